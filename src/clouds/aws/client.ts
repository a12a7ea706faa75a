import type * as EC2 from '@aws-sdk/client-ec2'
import type * as IAM from '@aws-sdk/client-iam'
import type * as Organizations from '@aws-sdk/client-organizations'
import type * as SecretsManager from '@aws-sdk/client-secrets-manager'
import type * as STS from '@aws-sdk/client-sts'
import { currentAsking } from '../../model/purpose.ts'
import type { Timing } from '../../model/timing.ts'
import { Readings } from '../kit/http/readings.ts'
import { Tally } from '../kit/http/tally.ts'
import type { AccountGuard, Wanted } from './guard/account-guard.ts'
import type { ClientOptions, Credentials } from './http/client-options.ts'
import { toAwsFault } from './http/faults.ts'
import type { Went } from './http/middleware.ts'
import type { Call, InputOf, OperationsOf, OutputOf } from './http/operation-types.ts'
import { familyOf, isShared, isWrite, subjectOf } from './http/operations.ts'
import { untilNotThrottled } from './http/retry.ts'
import { type AnyModule, load, type Service, send, signingRegion } from './http/sdk.ts'
import type { AnyClient } from './http/sdk-client.ts'
import { UnsupportedOperations } from './http/unsupported-operations.ts'
import { canRenew, hasExpired } from './sign-in/renewable.ts'

export type {
  AccessKeyMetadata,
  GetAccountAuthorizationDetailsCommandOutput as AccountDetails,
  RoleDetail,
  ServiceSpecificCredentialMetadata,
  SigningCertificate,
  SSHPublicKeyMetadata,
  UserDetail,
} from '@aws-sdk/client-iam'
export type { ClientOptions, Credentials } from './http/client-options.ts'

/**
 * All that the provider may call, one account. Every call takes its turn in the account's lane, is counted, and fails
 * with a Fault whose `where` names the operation (`iam:GetUser`).
 */
export interface AwsClient {
  account: string
  /** `aws`, `aws-us-gov`, `aws-cn`, `aws-eusc` or one of the isolated ones (`aws-iso`, …). */
  partition: string
  /** The region of IAM in this partition: calls are signed for it, and its events are recorded there. */
  globalRegion(): Promise<string>
  iam: Call<typeof IAM>
  sts: Call<typeof STS>
  organizations: Call<typeof Organizations>
  /** Who writes the guard policies of the organization, or why nobody can; absent where nobody was named. */
  guard?: GuardWriter | { because: string }
  /** Secrets live in a region: that of the environment unless named. */
  secrets: <Operation extends keyof OperationsOf<typeof SecretsManager> & string>(
    operation: Operation,
    input: InputOf<OperationsOf<typeof SecretsManager>[Operation]>,
    region?: string,
  ) => Promise<OutputOf<OperationsOf<typeof SecretsManager>[Operation]>>
  /** The same account and endpoint with other credentials; to be closed by who asked. */
  as(credentials: Credentials): AwsClient
  /** Instances live in regions; everything else that we call does not. */
  ec2: <Operation extends keyof OperationsOf<typeof EC2> & string>(
    operation: Operation,
    input: InputOf<OperationsOf<typeof EC2>[Operation]>,
    region?: string,
  ) => Promise<OutputOf<OperationsOf<typeof EC2>[Operation]>>
  /** Regions whose instances are looked at; empty: all that the account has switched on. */
  regions: readonly string[]
  /** Shares within a stage a value that is made of several answers, as one answer is shared. The callers must not change it. */
  shared<Made>(question: string, make: () => Promise<Made>): Promise<Made>
  /** Calls made so far; those that the SDK repeats by itself count once. */
  tally: Tally
  /** Clock, waiting and chance. */
  timing: Timing
  /** See `Session.clockOffset`. */
  clockOffset(): number | undefined
  /** Where a call went that did not go to AWS: an override in the environment or the profile, or the lab. */
  endpoint(): string | undefined
  close(): void
}

/** The guard policies of an organization's accounts, as a client of one account uses them. */
export interface GuardWriter {
  /** With the credentials of the management account or of a delegated administrator. */
  readonly client: AwsClient
  /** As whom they are written: an STS ARN. */
  readonly as: string
  /** Whether this is the unique id of something that we are or came through. */
  isOurs(uid: string): boolean
  /** Faults: those of the calls. */
  read(account: string): Promise<AccountGuard>
  /** Faults: `quota` without a place or room for the characters, `refused` where no guard can be written; those of the calls. */
  write(account: string, wanted: Wanted): Promise<void>
  /** Attaches an empty guard policy beforehand. Changes nothing where one is attached. */
  prepare(account: string): Promise<void>
}

/** Nothing is loaded or called until an operation is used. */
export function awsClient(options: ClientOptions & Pick<AwsClient, 'guard'>): AwsClient {
  const { account, partition, regions, lane, timing } = options
  const tally = new Tally()
  const readings = new Readings(options.pool?.answered)
  const unsupported = new UnsupportedOperations()
  /** By service: a custom endpoint may be set for one of them alone. */
  const went = new Map<Service, Went>()
  const opened = new Map<string, Promise<{ module: AnyModule; client: AnyClient }>>()

  const wentOf = (service: Service): Went => {
    const known = went.get(service) ?? { custom: undefined }
    went.set(service, known)
    return known
  }

  const open = (service: Service, region: string) => {
    const name = `${service} ${region}`
    const client = opened.get(name) ?? load(service, region, options, wentOf(service))
    opened.set(name, client)
    // Credentials of the environment may be dear to get again.
    if (options.credentials !== undefined) {
      options.pool?.clients.use(client, () => {
        if (opened.get(name) === client) opened.delete(name)
      })
    }
    return client
  }

  // Types and names meet here: the operation's name picks the command class, and `never` fits every output.
  const call = async (
    service: Service,
    operation: string,
    input: unknown,
    region: string,
    subject = subjectOf(input),
  ): Promise<never> => {
    const where = `${service}:${operation}`
    const asked = currentAsking()
    const known = unsupported.get(where)
    if (known) throw known
    let counted = false
    const attempt = async () => {
      const { module, client } = await open(service, region)
      const Command = module[`${operation}Command`]
      if (!Command) throw new TypeError(`no such operation: ${where}`)
      if (!counted) tally.count(where, asked)
      counted = true
      return (await send(client, new Command(input), where)) as never
    }
    const renewing = async () => {
      try {
        return await attempt()
      } catch (error) {
        const { credentials } = options
        if (!hasExpired(error) || !canRenew(credentials)) throw error
        // A machine that slept, a clock that was moved: the SDK keeps expired credentials and uses them again.
        credentials.renew()
        opened.clear()
        return await attempt()
      }
    }
    const turn = { kind: isWrite(operation) ? 'write' : 'read', family: familyOf(service, region) } as const
    const ask = async () => {
      try {
        return await untilNotThrottled(timing, tried => lane.run({ ...turn, again: tried > 0 }, renewing))
      } catch (error) {
        const fault = toAwsFault(error, where, account, wentOf(service).custom)
        unsupported.failed(where, fault)
        throw fault
      }
    }
    // AWS has all of them, and a cut waits for nothing.
    const read = () => (wentOf(service).custom === undefined ? ask() : unsupported.ask(where, ask))
    if (isShared(operation)) {
      return await readings.read(`${where} ${region} ${JSON.stringify(input)}`, subject, read)
    }
    if (!isWrite(operation)) return await read()
    try {
      return await ask()
    } finally {
      readings.wrote(subject)
    }
  }

  return {
    account,
    partition,
    regions,
    tally,
    timing,
    ...(options.guard === undefined ? {} : { guard: options.guard }),
    iam: (operation, input, subject) => call('iam', operation, input, options.region, subject),
    sts: (operation, input) => call('sts', operation, input, options.region),
    organizations: (operation, input) => call('organizations', operation, input, options.region),
    ec2: (operation, input, region = options.region) => call('ec2', operation, input, region),
    secrets: (operation, input, region = options.region) => call('secretsmanager', operation, input, region),
    shared: (question, make) => readings.read(question, undefined, make),
    globalRegion: () => signingRegion('iam', options.region),
    as: credentials => awsClient({ ...options, credentials }),
    clockOffset: () => options.clock?.offset,
    endpoint: () => [...went.values()].find(({ custom }) => custom !== undefined)?.custom,
    close() {
      for (const each of opened.values()) each.then(({ client }) => client.destroy()).catch(() => undefined)
    },
  }
}
