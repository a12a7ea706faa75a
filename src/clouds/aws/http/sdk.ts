import { agentsOf } from '../../../egress/agents.ts'
import { productVersion } from '../../../egress/product.ts'
import type { Timing } from '../../../model/timing.ts'
import type { Partition } from '../sign-in/partition.ts'
import type { ClientOptions } from './client-options.ts'
import { caBundle, requestHandlerOf } from './http-options.ts'
import { takingOut } from './large-answer.ts'
import { noteEndpoint, noteTime, type Went } from './middleware.ts'
import { ATTEMPTS, retryOf } from './retry.ts'
import type { AnyClient } from './sdk-client.ts'

/** A service's part of the SDK: its client and the commands of its operations, by name. */
export type AnyModule = Record<string, new (input: unknown) => AnyClient>

/** A service that the provider calls. */
export type Service = 'iam' | 'sts' | 'organizations' | 'secretsmanager' | 'ec2'

const MODULES: { readonly [service in Service]: { client: string; load: () => Promise<unknown> } } = {
  iam: { client: 'IAMClient', load: () => import('@aws-sdk/client-iam') },
  sts: { client: 'STSClient', load: () => import('@aws-sdk/client-sts') },
  organizations: { client: 'OrganizationsClient', load: () => import('@aws-sdk/client-organizations') },
  secretsmanager: {
    client: 'SecretsManagerClient',
    load: () => import('@aws-sdk/client-secrets-manager'),
  },
  ec2: { client: 'EC2Client', load: () => import('@aws-sdk/client-ec2') },
}

/** Loads what a containment may need; some of the SDK's modules take a third of a second each. */
export async function warmUp(): Promise<void> {
  await Promise.all([
    import('@smithy/core/retry'),
    ...(['iam', 'sts', 'ec2'] as const).map(each => MODULES[each].load()),
  ])
}

/** The report of a large account is too much for the SDK's parser. */
export async function send(client: AnyClient, command: AnyClient, where: string): Promise<unknown> {
  if (where !== 'iam:GetCredentialReport') return await client.send(command)
  const { middleware, taken } = takingOut('Content')
  command.middlewareStack.add(middleware, { step: 'deserialize', priority: 'low', name: 'interdictTakeOut' })
  return Object.assign({}, await client.send(command), { Content: taken() })
}

/** Loads a service's part of the SDK and makes its client. */
export async function load(
  service: Service,
  region: string,
  { credentials, endpoint, profile, run, clock, pool, timing, callTimeout = 10_000 }: ClientOptions,
  went: Went,
): Promise<{ module: AnyModule; client: AnyClient }> {
  const { client: name, load } = MODULES[service]
  const module = (await load()) as AnyModule
  const Client = module[name]
  if (!Client) throw new TypeError(`no ${name} in the SDK`)
  const agents = profile === undefined && pool !== undefined ? pool : await ownAgents(endpoint, profile)
  const requestHandler = requestHandlerOf(callTimeout, agents)
  const client = new Client({
    region: await signingRegion(service, region),
    retryStrategy: await retryFor(service, timing, went),
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
export async function signingRegion(service: Service, region: string): Promise<string> {
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
  const Client = ((await load()) as AnyModule)[name]
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
async function retryFor(service: Service, timing: Timing, went: Went) {
  const { StandardRetryStrategy } = await import('@smithy/core/retry')
  type Refresh = InstanceType<typeof StandardRetryStrategy>['refreshRetryTokenForRetry']
  class SortedRetry extends StandardRetryStrategy {
    override async refreshRetryTokenForRetry(...[token, info]: Parameters<Refresh>): ReturnType<Refresh> {
      const retry = retryOf(info, service, timing, went.custom)
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
