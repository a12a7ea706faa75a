import type * as EC2 from '@aws-sdk/client-ec2'
import type * as IAM from '@aws-sdk/client-iam'
import type * as Organizations from '@aws-sdk/client-organizations'
import type * as SecretsManager from '@aws-sdk/client-secrets-manager'
import type * as STS from '@aws-sdk/client-sts'
import type { CloudClock } from '../../model/cloud-clock.ts'
import type { Lane } from '../lane.ts'
import { canRenew, hasExpired } from './assumed-role.ts'
import { customEndpoint } from './endpoint.ts'
import { toAwsFault } from './faults.ts'
import type { GuardPolicies } from './guard/policy.ts'
import { takingOut } from './large-answer.ts'
import { isWrite, version } from './operations.ts'
import type { Pool } from './pool.ts'
import { ATTEMPTS, retryOf } from './retry.ts'

export type {
  AccessKeyMetadata,
  GetAccountAuthorizationDetailsCommandOutput as AccountDetails,
  RoleDetail,
  ServiceSpecificCredentialMetadata,
  SigningCertificate,
  SSHPublicKeyMetadata,
  UserDetail,
} from '@aws-sdk/client-iam'

/** The operations of an SDK module, by AWS's own names: `GetUser` for `GetUserCommand`. */
type OperationsOf<Module> = {
  [Name in keyof Module as Name extends `${infer Operation}Command` ? Operation : never]: Module[Name]
}
type InputOf<Class> = Class extends new (...args: infer Args) => unknown ? OnlyOf<Args> : never
/** An operation without required members may be constructed with no input. */
type OnlyOf<Args> = Args extends [infer Input] ? Input : never
type OutputOf<Class> = Class extends new (
  ...args: never[]
) => { resolveMiddleware: (...args: never[]) => infer Handler }
  ? Handler extends (...args: never[]) => Promise<{ output: infer Output }>
    ? Output
    : never
  : never

type Call<Module> = <Operation extends keyof OperationsOf<Module> & string>(
  operation: Operation,
  input: InputOf<OperationsOf<Module>[Operation]>,
) => Promise<OutputOf<OperationsOf<Module>[Operation]>>

/**
 * All that the provider may call, one account. Every call takes its turn in the account's lane, is counted, and fails
 * with a Fault whose `where` names the operation (`iam:GetUser`).
 */
export interface AwsClient {
  account: string
  /** `aws`, `aws-us-gov` or `aws-cn`. */
  partition: string
  iam: Call<typeof IAM>
  sts: Call<typeof STS>
  organizations: Call<typeof Organizations>
  /** Who writes the guard policies of the organization, or why nobody can; absent where nobody was named. */
  guard?: GuardPolicies | { because: string }
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
  calls: Record<string, number>
  /** See `Session.clockOffset`. */
  clockOffset(): number | undefined
  /** Where a call went that did not go to AWS: an override in the environment or the profile, or the lab. */
  endpoint(): string | undefined
  close(): void
}

/** Credentials as the SDK takes them: fixed ones, or a function that refreshes them. */
export type Credentials =
  | { accessKeyId: string; secretAccessKey: string; sessionToken?: string }
  | (() => Promise<{ accessKeyId: string; secretAccessKey: string; sessionToken?: string }>)

export interface ClientOptions {
  account: string
  partition: string
  region: string
  regions: readonly string[]
  /** Undefined: the SDK's default chain (environment, profile, SSO, container, instance). */
  credentials?: Credentials
  /** A profile other than that of the environment, e.g. the one that this came through. */
  profile?: string
  /** Only for the lab; an override in the environment or the profile is honoured by the SDK itself. */
  endpoint?: string
  lane: Lane
  guard?: AwsClient['guard']
  /** Appended to the user agent as `interdict/<version> run/<run>`, so that our own calls are found in CloudTrail. */
  run?: string
  /** Milliseconds after which a call counts as unanswered; 10,000 when missing. */
  callTimeout?: number
  /** Told of the `Date` of each answer. */
  clock?: CloudClock
  /** Connections shared with other clients; a client of another profile has its own. */
  pool?: Pool
}

type Middleware = (next: (args: unknown) => Promise<unknown>) => (args: unknown) => Promise<unknown>
type AnyClient = {
  send(command: unknown): Promise<unknown>
  destroy(): void
  middlewareStack: {
    add(
      middleware: Middleware,
      options: { step: 'finalizeRequest' | 'deserialize'; priority?: 'low'; name: string },
    ): void
  }
}
type AnyModule = Record<string, new (input: unknown) => AnyClient>

/** IAM and Organizations have one endpoint a partition, signed for this region whatever region we work in. */
const GLOBAL_REGION: { [partition: string]: string } = {
  aws: 'us-east-1',
  'aws-us-gov': 'us-gov-west-1',
  'aws-cn': 'cn-north-1',
}

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
  await Promise.all([retryFor('iam'), ...(['iam', 'sts', 'ec2'] as const).map(each => MODULES[each].load())])
}

/** Nothing is loaded or called until an operation is used. */
export function awsClient(options: ClientOptions): AwsClient {
  const { account, partition, regions, lane } = options
  const calls: Record<string, number> = {}
  const went: Went = { custom: undefined }
  const opened = new Map<string, Promise<{ module: AnyModule; client: AnyClient }>>()

  const open = (service: Service, region: string) => {
    const name = `${service} ${region}`
    const known = opened.get(name)
    if (known) return known
    const fresh = load(service, region, options, went)
    opened.set(name, fresh)
    return fresh
  }

  // Types and names meet here: the operation's name picks the command class, and `never` fits every output.
  const call = async (
    service: Service,
    operation: string,
    input: unknown,
    region: string,
  ): Promise<never> => {
    const where = `${service}:${operation}`
    const attempt = async () => {
      const { module, client } = await open(service, region)
      const Command = module[`${operation}Command`]
      if (!Command) throw new TypeError(`no such operation: ${where}`)
      calls[where] = (calls[where] ?? 0) + 1
      return (await send(client, new Command(input), where)) as never
    }
    return await lane.run(isWrite(operation) ? 'write' : 'read', async () => {
      try {
        return await attempt().catch(async (error: unknown) => {
          const { credentials } = options
          if (!hasExpired(error) || !canRenew(credentials)) throw error
          // A machine that slept, a clock that was moved: the SDK keeps what has expired for whoever is asked.
          credentials.renew()
          opened.clear()
          return await attempt()
        })
      } catch (error) {
        throw toAwsFault(error, where, account, went.custom !== undefined)
      }
    })
  }

  const global = GLOBAL_REGION[partition] ?? 'us-east-1'
  return {
    account,
    partition,
    regions,
    calls,
    ...(options.guard === undefined ? {} : { guard: options.guard }),
    iam: (operation, input) => call('iam', operation, input, global),
    sts: (operation, input) => call('sts', operation, input, options.region),
    organizations: (operation, input) => call('organizations', operation, input, global),
    ec2: (operation, input, region = options.region) => call('ec2', operation, input, region),
    secrets: (operation, input, region = options.region) => call('secretsmanager', operation, input, region),
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
  { credentials, endpoint, profile, run, clock, pool, callTimeout = 10_000 }: ClientOptions,
  went: Went,
): Promise<{ module: AnyModule; client: AnyClient }> {
  const { client: name, load } = MODULES[service]
  const module = (await load()) as unknown as AnyModule
  const Client = module[name]
  if (!Client) throw new TypeError(`no ${name} in the SDK`)
  const client = new Client({
    region,
    retryStrategy: await retryFor(service),
    // Without these a call may hang for ever: the SDK has no request timeout of its own, and without the last it only
    // warns when the time is over (tested).
    requestHandler: {
      connectionTimeout: 3_000,
      requestTimeout: callTimeout,
      throwOnRequestTimeout: true,
      ...(pool === undefined || profile !== undefined
        ? {}
        : { httpAgent: pool.http, httpsAgent: pool.https }),
    },
    customUserAgent: [['interdict', version()], ...(run === undefined ? [] : [['run', run]])],
    ...(credentials === undefined ? {} : { credentials }),
    ...(profile === undefined ? {} : { profile }),
    ...(endpoint === undefined ? {} : { endpoint }),
  })
  const note: Middleware = next => async args => {
    went.custom ??= customEndpoint(args)
    return await next(args)
  }
  client.middlewareStack.add(note, { step: 'finalizeRequest', name: 'interdictEndpoint' })
  const time: Middleware = next => async args => {
    const sent = Date.now()
    const result = await next(args)
    clock?.note(dateOf(result), sent)
    return result
  }
  client.middlewareStack.add(time, { step: 'deserialize', priority: 'low', name: 'interdictClock' })
  return { module, client }
}

function dateOf(result: unknown): string | undefined {
  const { response } = (result ?? {}) as { response?: { headers?: { [name: string]: string } } }
  return response?.headers?.['date']
}

interface Went {
  custom: string | undefined
}

/** The SDK's standard strategy with IAM's errors sorted right. */
async function retryFor(service: Service) {
  const { StandardRetryStrategy } = await import('@smithy/core/retry')
  type Refresh = InstanceType<typeof StandardRetryStrategy>['refreshRetryTokenForRetry']
  class SortedRetry extends StandardRetryStrategy {
    override async refreshRetryTokenForRetry(...[token, info]: Parameters<Refresh>): ReturnType<Refresh> {
      const retry = retryOf(info.error, service)
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
