import type { Identity } from '../../../model/identity.ts'
import type { GcpClient } from '../client.ts'
import { gcpCall } from '../http/call.ts'
import { gcpId } from '../names.ts'
import { accountOf, commonFacts } from './common-facts.ts'
import { unreadable } from './grants.ts'

/** As IAM v1 lists it. */
interface Pool {
  /** `projects/<number>/locations/global/workloadIdentityPools/<id>` */
  name?: string
  displayName?: string
  description?: string
  disabled?: boolean
  /** `ACTIVE` or `DELETED`. */
  state?: string
  mode?: string
}

interface PoolProvider extends Pool {
  attributeCondition?: string
  attributeMapping?: { [name: string]: string }
  oidc?: { issuerUri?: string; allowedAudiences?: string[] }
  aws?: { accountId?: string }
  saml?: object
  x509?: object
}

const PARENT = 'workloadIdentityPools'

async function* list<Item extends Pool>(client: GcpClient, under = ''): AsyncGenerator<Item> {
  const operation =
    `iam.projects.locations.workloadIdentityPools.${under === '' ? '' : 'providers.'}list` as const
  const pages = client.pages<Item>(
    gcpCall(
      'GET',
      operation,
      under === ''
        ? `/v1/projects/${client.projectNumber}/locations/global/${PARENT}`
        : `/v1/${pathOf(under)}/providers`,
      { query: { pageSize: under === '' ? '50' : '100' } },
    ),
  )
  for await (const each of pages) if (each.state !== 'DELETED') yield each
}

/**
 * The pools of a project, and behind each its providers, which also say whom the pool trusts: one call a pool. A pool whose
 * providers may not be listed has no `issuers`, which `warn` reports.
 */
export async function* workloadPools(
  client: GcpClient,
  wants: { pools: boolean; providers: boolean },
  warn: (message: string, missing: readonly string[]) => void,
): AsyncGenerator<Identity> {
  for await (const pool of list<Pool>(client)) {
    const id = lastOf(pool)
    const providers = await providersOf(client, pool, warn)
    if (wants.pools) {
      const issuers = providers && [...new Set(providers.map(issuerOf))].filter(issuer => issuer !== '')
      const known = issuers === undefined ? {} : { issuers }
      yield identity(client, 'workload-pool', id, pool, { mode: pool.mode ?? '', ...known })
    }
    if (!wants.providers || providers === undefined) continue
    for (const provider of providers) {
      yield identity(client, 'workload-provider', `${id}/${lastOf(provider)}`, provider, {
        pool: id,
        idp: idpOf(provider),
        issuer: issuerOf(provider),
        audiences: provider.oidc?.allowedAudiences ?? [],
        attributeCondition: provider.attributeCondition ?? '',
        attributes: { ...provider.attributeMapping },
      })
    }
  }
}

async function providersOf(
  client: GcpClient,
  pool: Pool,
  warn: (message: string, missing: readonly string[]) => void,
): Promise<PoolProvider[] | undefined> {
  try {
    return await Array.fromAsync(list<PoolProvider>(client, pool.name ?? ''))
  } catch (error) {
    const { message } = unreadable(error)
    warn(`${client.project}: providers of workload pools are not known: ${message}`, ['workload-provider'])
    return undefined
  }
}

/** A name cannot be used again within thirty days of its deletion, so that the resource name serves as the unique id. */
function identity(
  client: GcpClient,
  kind: string,
  name: string,
  of: Pool,
  facts: Identity['facts'],
): Identity {
  const account = accountOf(client)
  const { displayName = '', description = '' } = of
  return {
    id: gcpId(account, kind, name),
    uid: of.name ?? '',
    cloud: 'gcp',
    account,
    kind,
    name,
    facts: { ...commonFacts({ enabled: of.disabled !== true }, 0), displayName, description, ...facts },
  }
}

function lastOf({ name = '' }: Pool): string {
  return name.split('/').at(-1) ?? ''
}

function issuerOf({ oidc, aws }: PoolProvider): string {
  return oidc?.issuerUri ?? aws?.accountId ?? ''
}

function pathOf(name: string): string {
  return name.split('/').map(encodeURIComponent).join('/')
}

const ISSUERS: readonly [RegExp, string][] = [
  [/^https:\/\/token\.actions\.githubusercontent\.com(\/|$)/, 'github'],
  [/^https:\/\/gitlab\.com(\/|$)/, 'gitlab'],
  [/^https:\/\/(sts\.windows\.net|login\.microsoftonline\.com)\//, 'azure'],
  [/^https:\/\/container\.googleapis\.com\//, 'gke'],
  [/^https:\/\/app\.terraform\.io(\/|$)/, 'terraform'],
]

function idpOf({ aws, saml, x509, oidc }: PoolProvider): string {
  if (aws) return 'aws'
  if (saml) return 'saml'
  if (x509) return 'x509'
  const issuer = oidc?.issuerUri ?? ''
  return ISSUERS.find(([pattern]) => pattern.test(issuer))?.[1] ?? 'oidc'
}
