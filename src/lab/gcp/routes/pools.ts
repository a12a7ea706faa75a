import { mistakeIn } from '../cel.ts'
import { poolKey, providerKey, under } from '../estate.ts'
import { GoogleError, invalid, notFound } from '../google-error.ts'
import type { Pool, PoolProvider } from '../store.ts'
import { type Call, onProject, page, projectOf, type Route } from './route.ts'

const POOLS = 'v1/projects/{project}/locations/global/workloadIdentityPools'
const PROVIDERS = `${POOLS}/{pool}/providers`
const SIZES = { usual: 50, most: 100 }

const POOL_FIELDS = ['displayName', 'description', 'disabled']
const PROVIDER_FIELDS = [...POOL_FIELDS, 'attributeCondition', 'attributeMapping', 'oidc']

/** IAM v1, projects.locations.workloadIdentityPools: no etags, long-running patches. */
export const poolRoutes: readonly Route[] = [
  {
    id: 'iam.projects.locations.workloadIdentityPools.list',
    verb: 'GET',
    path: POOLS,
    permissions: ['iam.workloadIdentityPools.list'],
    resource: onProject,
    run: call => {
      const prefix = `${projectOf(call).id}/`
      const from = function* (marker: string | undefined) {
        for (const entry of under(call.world.estate.pools, prefix, marker, call.view)) {
          if (entry[1].ofClusters !== true) yield entry
        }
      }
      const { items, more } = page(call, from, SIZES)
      const pools = items.map(pool => poolShown(call, pool))
      return { ...(pools.length > 0 ? { workloadIdentityPools: pools } : {}), ...more }
    },
  },
  {
    id: 'iam.projects.locations.workloadIdentityPools.get',
    verb: 'GET',
    path: `${POOLS}/{pool}`,
    permissions: ['iam.workloadIdentityPools.get'],
    resource: onProject,
    run: call => poolShown(call, poolOf(call, call.view)),
  },
  {
    id: 'iam.projects.locations.workloadIdentityPools.create',
    verb: 'POST',
    path: POOLS,
    permissions: ['iam.workloadIdentityPools.create'],
    resource: onProject,
    writes: true,
    run: call => {
      const { pools } = call.world.estate
      const project = projectOf(call).id
      const id = newId(call, 'workloadIdentityPoolId')
      if (pools.get(poolKey({ project, id })) !== undefined) throw taken(id)
      const blank: Pool = { project, id, displayName: '', description: '', disabled: false }
      const pool = filledIn(call, blank, POOL_FIELDS)
      pools.set(poolKey(pool), pool)
      return begin(call, poolName(call, pool), 'google.iam.v1.WorkloadIdentityPool', poolShown(call, pool))
    },
  },
  {
    id: 'iam.projects.locations.workloadIdentityPools.patch',
    verb: 'PATCH',
    path: `${POOLS}/{pool}`,
    permissions: ['iam.workloadIdentityPools.update'],
    resource: onProject,
    writes: true,
    run: call => {
      const next = patched(call, poolOf(call), POOL_FIELDS)
      call.world.estate.pools.set(poolKey(next), next)
      return begin(call, poolName(call, next), 'google.iam.v1.WorkloadIdentityPool', poolShown(call, next))
    },
  },
  {
    id: 'iam.projects.locations.workloadIdentityPools.operations.get',
    verb: 'GET',
    path: `${POOLS}/{pool}/operations/{operation}`,
    permissions: ['iam.workloadIdentityPools.get'],
    resource: onProject,
    run: call => poll(call, `${poolName(call, poolOf(call))}/operations/${call.path['operation']}`),
  },
  {
    id: 'iam.projects.locations.workloadIdentityPools.providers.list',
    verb: 'GET',
    path: PROVIDERS,
    permissions: ['iam.workloadIdentityPoolProviders.list'],
    resource: onProject,
    run: call => {
      const { project, id } = poolOf(call)
      const { items, more } = page(
        call,
        marker => under(call.world.estate.providers, `${project}/${id}/`, marker, call.view),
        SIZES,
      )
      const providers = items.map(provider => providerShown(call, provider))
      return { ...(providers.length > 0 ? { workloadIdentityPoolProviders: providers } : {}), ...more }
    },
  },
  {
    id: 'iam.projects.locations.workloadIdentityPools.providers.get',
    verb: 'GET',
    path: `${PROVIDERS}/{provider}`,
    permissions: ['iam.workloadIdentityPoolProviders.get'],
    resource: onProject,
    run: call => providerShown(call, providerOf(call, call.view)),
  },
  {
    id: 'iam.projects.locations.workloadIdentityPools.providers.create',
    verb: 'POST',
    path: PROVIDERS,
    permissions: ['iam.workloadIdentityPoolProviders.create'],
    resource: onProject,
    writes: true,
    run: call => {
      const { providers } = call.world.estate
      const { project, id: pool } = poolOf(call)
      const id = newId(call, 'workloadIdentityPoolProviderId')
      if (providers.get(providerKey({ project, pool, id })) !== undefined) throw taken(id)
      const blank: PoolProvider = {
        project,
        pool,
        id,
        displayName: '',
        description: '',
        disabled: false,
        attributeCondition: '',
        attributeMapping: {},
      }
      const provider = checked(filledIn(call, blank, [...PROVIDER_FIELDS, 'aws']))
      if ((provider.oidc === undefined) === (provider.aws === undefined)) {
        throw invalid('Exactly one of aws, oidc, saml or x509 is required.')
      }
      providers.set(providerKey(provider), provider)
      const type = 'google.iam.v1.WorkloadIdentityPoolProvider'
      return begin(call, providerName(call, provider), type, providerShown(call, provider))
    },
  },
  {
    id: 'iam.projects.locations.workloadIdentityPools.providers.patch',
    verb: 'PATCH',
    path: `${PROVIDERS}/{provider}`,
    permissions: ['iam.workloadIdentityPoolProviders.update'],
    resource: onProject,
    writes: true,
    run: call => {
      const kept = checked(patched(call, providerOf(call), PROVIDER_FIELDS))
      call.world.estate.providers.set(providerKey(kept), kept)
      const type = 'google.iam.v1.WorkloadIdentityPoolProvider'
      return begin(call, providerName(call, kept), type, providerShown(call, kept))
    },
  },
  {
    id: 'iam.projects.locations.workloadIdentityPools.providers.operations.get',
    verb: 'GET',
    path: `${PROVIDERS}/{provider}/operations/{operation}`,
    permissions: ['iam.workloadIdentityPoolProviders.get'],
    resource: onProject,
    run: call => poll(call, `${providerName(call, providerOf(call))}/operations/${call.path['operation']}`),
  },
]

function newId({ query }: Call, name: string): string {
  const id = query.get(name) ?? ''
  if (/^[a-z0-9-]{4,32}$/.test(id) && !id.startsWith('gcp-')) return id
  throw invalid(`${name} must be 4 to 32 characters of [a-z0-9-], and not begin with gcp-.`)
}

function taken(id: string): GoogleError {
  return new GoogleError('ALREADY_EXISTS', `Requested entity already exists: ${id}`)
}

function filledIn<T extends Pool | PoolProvider>({ body }: Call, blank: T, fields: readonly string[]): T {
  const given = fields.filter(field => body[field] !== undefined).map(field => [field, body[field]])
  return { ...blank, ...Object.fromEntries(given) }
}

function checked(provider: PoolProvider): PoolProvider {
  const { attributeCondition = '' } = provider
  if (attributeCondition.length > 4096)
    throw invalid('The attribute condition has more than 4096 characters.')
  const mistake = attributeCondition === '' ? undefined : mistakeIn(attributeCondition)
  if (mistake !== undefined) throw invalid(`Invalid attribute condition: ${mistake}`)
  return { ...provider, attributeCondition }
}

function begin({ world }: Call, name: string, type: string, response: object): object {
  return world.operations.begin(`${name}/operations/`, type, response)
}

function poll({ world }: Call, name: string): object {
  const operation = world.operations.poll(name)
  if (operation === undefined) throw notFound(`Operation ${name} not found.`)
  return operation
}

function poolOf(call: Call, view: Call['view'] = 'now'): Pool {
  const { world, path } = call
  const pool = world.estate.pools.get(`${projectOf(call).id}/${path['pool']}`, view)
  if (pool === undefined || pool.ofClusters === true) throw notFound('Requested entity was not found.')
  return pool
}

function providerOf(call: Call, view: Call['view'] = 'now'): PoolProvider {
  const { project, id } = poolOf(call)
  const provider = call.world.estate.providers.get(`${project}/${id}/${call.path['provider']}`, view)
  if (provider === undefined) throw notFound('Requested entity was not found.')
  return provider
}

/** The fields of the mask from the body; a field that the body lacks gets its default. */
function patched<T extends Pool | PoolProvider>(call: Call, record: T, fields: readonly string[]): T {
  const mask = call.query.get('updateMask')
  if (mask === null || mask === '') throw invalid('update_mask is required.')
  const next: { [field: string]: unknown } = { ...record }
  for (const name of mask.split(',')) {
    const field = name.trim().replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
    if (!fields.includes(field)) throw invalid(`Invalid field in update_mask: ${name}`)
    next[field] = call.body[field] ?? (field === 'disabled' ? false : field === 'attributeMapping' ? {} : '')
  }
  if (typeof next['disabled'] !== 'boolean') throw invalid('Invalid value at disabled.')
  return next as object as T
}

function poolName({ world }: Call, { project, id }: Pool): string {
  const number = world.estate.project(project)?.number ?? project
  return `projects/${number}/locations/global/workloadIdentityPools/${id}`
}

function providerName({ world }: Call, { project, pool, id }: PoolProvider): string {
  const number = world.estate.project(project)?.number ?? project
  return `projects/${number}/locations/global/workloadIdentityPools/${pool}/providers/${id}`
}

function poolShown(call: Call, pool: Pool): object {
  const { displayName, description, disabled } = pool
  return {
    name: poolName(call, pool),
    ...texts({ displayName, description }),
    state: 'ACTIVE',
    ...on({ disabled }),
  }
}

function providerShown(call: Call, provider: PoolProvider): object {
  const { displayName, description, disabled, attributeCondition, attributeMapping, oidc, aws } = provider
  return {
    name: providerName(call, provider),
    ...texts({ displayName, description, attributeCondition }),
    state: 'ACTIVE',
    ...on({ disabled }),
    attributeMapping,
    ...(oidc === undefined ? {} : { oidc }),
    ...(aws === undefined ? {} : { aws }),
  }
}

function texts(values: { [name: string]: string }): object {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== ''))
}

function on({ disabled }: { disabled: boolean }): object {
  return disabled ? { disabled } : {}
}
