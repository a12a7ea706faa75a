import type { Besides, Right, Rights } from '../../model/capability.ts'
import type { AzureClient } from './client.ts'
import { graphRights } from './graph-rights.ts'
import { resourceRights, rightsAt, whyOf } from './resource-rights.ts'
import { DENY_DELETE, DENY_WRITE, FEATURE_READ, ROLE_DELETE, ROLE_WRITE } from './settings/arm.ts'
import { FEATURE, featureState } from './settings/deny-availability.ts'
import { scopeText } from './settings/display-names.ts'
import { LICENCE_READ } from './settings/graph.ts'
import { grants } from './settings/restore-rights.ts'
import { isLicensed } from './settings/workload-identities-premium.ts'

const QUARANTINES = ['azure.service-principal.quarantine', 'azure.managed-identity.quarantine']

const BASIS =
  'by the permissions of the Graph token, and by their roles and deny assignments in each subscription (directory roles, locks and Azure Policy are not seen)'

/** Which permissions we have in the tenant and the subscriptions of the client, and what else is needed. Reads only. */
export async function rights(client: AzureClient, permissions: readonly string[]): Promise<Rights> {
  const isAction = (permission: string) => permission.includes('/')
  const [graph, arm] = await Promise.all([
    graphRights(
      client,
      permissions.filter(each => !isAction(each)),
    ),
    resourceRights(client, permissions.filter(isAction)),
  ])
  const held = new Map([...graph, ...arm])
  const asksDenies = permissions.includes(DENY_WRITE)
  const besides = await Promise.all([
    asksDenies ? features(client, held) : [],
    asksDenies ? managementGroups(client) : [],
    permissions.includes(LICENCE_READ) ? licence(client) : [],
  ])
  return { held, besides: besides.flat(), basis: BASIS }
}

async function features(client: AzureClient, held: ReadonlyMap<string, Right>): Promise<Besides[]> {
  const found = await Promise.all(
    client.subscriptions.map(async ({ id, name }) => ({ name, state: await featureOf(client, id) })),
  )
  const unknown = found.flatMap(({ state }) => (typeof state === 'object' ? [state.why] : []))
  const without = found.filter(({ state }) => typeof state === 'string' && state !== 'Registered')
  const besides: Besides[] = []
  for (const why of new Set(unknown)) {
    besides.push({
      on: QUARANTINES,
      stages: ['contain'],
      answer: 'unknown',
      why: `whether the preview feature ${FEATURE} is registered: ${why}`,
    })
  }
  if (without.length === 0) return besides
  const where = without.map(({ name, state }) => `${name} (${state})`).join(', ')
  const why = `no deny assignment can be made without the preview feature ${FEATURE}, in subscription ${where}: role assignments are taken away instead`
  const has = (permission: string) => held.get(permission)?.held !== 'no'
  for (const [stage, permission] of [
    ['contain', ROLE_DELETE],
    ['restore', ROLE_WRITE],
  ] as const) {
    besides.push({ on: QUARANTINES, stages: [stage], answer: has(permission) ? 'note' : 'unavailable', why })
  }
  return besides
}

/** `Registered`, `NotRegistered`, `Pending`, …, or why it is not known. */
async function featureOf(client: AzureClient, subscription: string): Promise<string | { why: string }> {
  try {
    return await featureState(client, subscription)
  } catch (error) {
    return { why: whyOf(error, FEATURE_READ) }
  }
}

/** The groups at which `at: management-group` denies. */
async function managementGroups(client: AzureClient): Promise<Besides[]> {
  const found = await Promise.all(
    client.managementGroups.map(async (name): Promise<Besides[]> => {
      const scope = `/providers/Microsoft.Management/managementGroups/${name}`
      const rights = await rightsAt(client, scope)
      const at = `quarantine at ${scopeText(scope, client.subscriptions)}`
      const note = (why: string): Besides[] => [
        { on: QUARANTINES, stages: ['contain'], answer: 'note', why: `${at}: ${why}` },
      ]
      if (!Array.isArray(rights)) return note(`unknown: ${rights.why}`)
      const missing = [DENY_WRITE, DENY_DELETE].filter(each => !rights.some(right => grants(right, each)))
      return missing.length === 0 ? [] : note(`needs ${missing.join(', ')} there`)
    }),
  )
  return found.flat()
}

async function licence(client: AzureClient): Promise<Besides[]> {
  const on = ['azure.service-principal.gate']
  const what = 'Workload Identities Premium, which Conditional Access for workload identities takes'
  try {
    if (await isLicensed(client)) return []
    return [{ on, stages: ['contain'], answer: 'unavailable', why: `the tenant has no licence of ${what}` }]
  } catch (error) {
    const why = `whether the tenant has ${what}: ${whyOf(error, LICENCE_READ)}`
    return [{ on, stages: ['contain'], answer: 'unknown', why }]
  }
}
