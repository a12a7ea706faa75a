import type * as EC2 from '@aws-sdk/client-ec2'
import type * as IAM from '@aws-sdk/client-iam'
import type * as Organizations from '@aws-sdk/client-organizations'
import type * as SecretsManager from '@aws-sdk/client-secrets-manager'
import type * as STS from '@aws-sdk/client-sts'
import { agentsOf } from '../../egress/agents.ts'
import { productVersion } from '../../egress/product.ts'
import { currentAsking } from '../../model/asking.ts'
import type { Fault } from '../../model/fault.ts'
import type { Timing } from '../../model/timing.ts'
import { Readings } from '../kit/http/readings.ts'
import { Tally } from '../kit/http/tally.ts'
import type { AccountGuard, Wanted } from './guard/account-guard.ts'
import type { ClientOptions, Credentials } from './http/client-options.ts'
import { toAwsFault } from './http/faults.ts'
import { caBundle, requestHandlerOf } from './http/http-options.ts'
import { takingOut } from './http/large-answer.ts'
import { noteEndpoint, noteTime, type Went } from './http/middleware.ts'
import type { Call, InputOf, OperationsOf, OutputOf } from './http/operation-types.ts'
import { familyOf, isShared, isWrite, subjectOf } from './http/operations.ts'
import { ATTEMPTS, retryOf, untilNotThrottled } from './http/retry.ts'
import type { AnyClient } from './http/sdk-client.ts'
import type { Partition } from './sign-in/partition.ts'
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

type AnyModule = Record<string, new (input: unknown) => AnyClient>

const MODULES = {
  iam: { client: 'IAMClient', load: () => import('@aws-sdk/client-iam') },
  sts: { client: 'STSClient', load: () => import('@aws-sdk/client-sts') },
  organizations: { client: 'OrganizationsClient', load: () => import('@aws-sdk/client-organizations') },
  secretsmanager: {
    client: 'SecretsManagerClient',
    load: () => import('@aws-sdk/client-secrets-manager'),
  },
  ec2: { client: 'EC2Client', load: () => import('@aws-sdk/client-ec2') },
} as const

type Service = keyof typeof MODULES

/** Loads what a containment may need; some of the SDK's modules take a third of a second each. */
export async function warmUp(): Promise<void> {
  await Promise.all([
    import('@smithy/core/retry'),
    ...(['iam', 'sts', 'ec2'] as const).map(each => MODULES[each].load()),
  ])
}

/** Nothing is loaded or called until an operation is used. */
export function awsClient(options: ClientOptions & Pick<AwsClient, 'guard'>): AwsClient {
  const { account, partition, regions, lane, timing } = options
  const tally = new Tally()
  const readings = new Readings()
  /** Operations that an endpoint does not know: it will not learn them while we are signed in. */
  const unsupported = new Map<string, Fault>()
  const went: Went = { custom: undefined }
  const opened = new Map<string, Promise<{ module: AnyModule; client: AnyClient }>>()

  const open = (service: Service, region: string) => {
    const name = `${service} ${region}`
    const client = opened.get(name) ?? load(service, region, options, went)
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
        const fault = toAwsFault(error, where, account, went.custom !== undefined)
        if (fault.code === 'unsupported') unsupported.set(where, fault)
        throw fault
      }
    }
    if (isShared(operation)) {
      return await readings.read(`${where} ${region} ${JSON.stringify(input)}`, subject, ask)
    }
    if (!isWrite(operation)) return await ask()
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
    globalRegion: () => signingRegion('iam', options.region),
    as: credentials => awsClient({ ...options, credentials }),
    clockOffset: () => options.clock?.offset,
    endpoint: () => went.custom,
    close() {
      for (const each of opened.values()) each.then(({ client }) => client.destroy()).catch(() => undefined)
    },
  }
}

/** The report of a large account is too much for the SDK's parser. */
async function send(client: AnyClient, command: AnyClient, where: string): Promise<unknown> {
  if (where !== 'iam:GetCredentialReport') return await client.send(command)
  const { middleware, taken } = takingOut('Content')
  command.middlewareStack.add(middleware, { step: 'deserialize', priority: 'low', name: 'interdictTakeOut' })
  return Object.assign({}, await client.send(command), { Content: taken() })
}

async function load(
  service: Service,
  region: string,
  { credentials, endpoint, profile, run, clock, pool, timing, callTimeout = 10_000 }: ClientOptions,
  went: Went,
): Promise<{ module: AnyModule; client: AnyClient }> {
  const { client: name, load } = MODULES[service]
  const module = (await load()) as unknown as AnyModule
  const Client = module[name]
  if (!Client) throw new TypeError(`no ${name} in the SDK`)
  const agents = profile === undefined && pool !== undefined ? pool : await ownAgents(endpoint, profile)
  const requestHandler = requestHandlerOf(callTimeout, agents)
  const client = new Client({
    region: await signingRegion(service, region),
    retryStrategy: await retryFor(service, timing),
    requestHandler,
    // The SDK hands it to the clients by which single sign-on gets credentials; those of STS take the handler above.
    clientConfig: { requestHandler },
    customUserAgent: [['interdict', productVersion()], ...(run === undefined ? [] : [['run', run]])],
    ...(credentials === undefined ? {} : { credentials }),
    ...(profile === undefined ? {} : { profile }),
    ...(endpoint === undefined ? {} : { endpoint }),
  })
  const { dnsSuffix, dualStackDnsSuffix } = await partitionOf(region)
  const note = noteEndpoint(went, [dnsSuffix, dualStackDnsSuffix])
  client.middlewareStack.add(note, { step: 'finalizeRequest', name: 'interdictEndpoint' })
  client.middlewareStack.add(noteTime(clock, timing), {
    step: 'deserialize',
    priority: 'low',
    name: 'interdictClock',
  })
  return { module, client }
}

/** Agents that go where the environment says; undefined where the SDK's own do, and for a lab, which is on this machine. */
export async function ownAgents(endpoint: string | undefined, profile?: string) {
  return endpoint === undefined ? agentsOf(await caBundle(profile, profiles)) : undefined
}

/**
 * The region that a call is signed for. IAM and Organizations have one endpoint a partition; which region that is, the SDK's
 * endpoint rules know, which are not asked where an endpoint is configured.
 */
async function signingRegion(service: Service, region: string): Promise<string> {
  if (service !== 'iam' && service !== 'organizations') return region
  const key = `${service} ${region}`
  const found = signingRegions.get(key) ?? globalRegionOf(service, region)
  signingRegions.set(key, found)
  return await found
}

/** By service and region: every account of an organization asks. */
const signingRegions = new Map<string, Promise<string>>()

async function globalRegionOf(service: Service, region: string): Promise<string> {
  const { client: name, load } = MODULES[service]
  const Client = ((await load()) as unknown as AnyModule)[name]
  if (!Client) return region
  const { properties } = new Client({ region }).config.endpointProvider({
    Region: region,
    UseDualStack: false,
    UseFIPS: false,
  })
  return properties?.authSchemes?.[0]?.signingRegion ?? region
}

/** The partition of a region. */
export async function partitionOf(region: string): Promise<Partition> {
  // The SDK's clients register its data there.
  const [{ customEndpointFunctions }] = await Promise.all([
    import('@smithy/core/endpoints'),
    MODULES.sts.load(),
  ])
  const found = customEndpointFunctions['aws']?.['partition']?.(region)
  if (typeof found === 'object' && found !== null && 'name' in found) return found as unknown as Partition
  throw new TypeError('the SDK has no data of partitions')
}

/** The SDK's standard strategy with IAM's errors sorted right. */
async function retryFor(service: Service, timing: Timing) {
  const { StandardRetryStrategy } = await import('@smithy/core/retry')
  type Refresh = InstanceType<typeof StandardRetryStrategy>['refreshRetryTokenForRetry']
  class SortedRetry extends StandardRetryStrategy {
    override async refreshRetryTokenForRetry(...[token, info]: Parameters<Refresh>): ReturnType<Refresh> {
      const retry = retryOf(info, service, timing)
      // The caller gets the error of the call, not this one (tested).
      if (retry === 'never') throw new Error('not retried')
      return await super.refreshRetryTokenForRetry(
        token,
        retry === 'always' ? { ...info, errorType: 'TRANSIENT' } : info,
      )
    }
  }
  return new SortedRetry(ATTEMPTS)
}

/** The region of the environment or the profile, as the SDK finds it. */
export async function configuredRegion(): Promise<string | undefined> {
  const { STSClient } = await import('@aws-sdk/client-sts')
  const client = new STSClient({})
  // It rejects where none is configured.
  return await client.config.region().catch(() => undefined)
}

/** The profiles of the shared configuration and credentials files, by name; none where they cannot be read. */
export async function profiles(): Promise<{ [name: string]: { [key: string]: string | undefined } }> {
  const { parseKnownFiles } = await import('@smithy/core/config')
  return await parseKnownFiles({}).catch(() => ({}))
}
