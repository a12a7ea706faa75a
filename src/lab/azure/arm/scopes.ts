import type { Subscription } from '../store.ts'
import { Problem } from '../wire.ts'
import { assignmentsFor, covers, lineage } from './rbac.ts'
import { type ArmCall, type ArmRoute, armPage } from './route.ts'

/** Subscriptions and management groups: a principal with a role anywhere in one sees it. */

const VERSIONS = /^\d{4}-\d\d-\d\d(?:-preview)?$/
const GROUPS = '/providers/Microsoft.Management/managementGroups'

function sees({ estate, enforced, claims }: ArmCall, scope: string): boolean {
  return [...assignmentsFor(estate, enforced, claims)].some(
    each => covers(estate, each.scope, scope) || covers(estate, scope, each.scope),
  )
}

function shown({ estate }: ArmCall, { subscriptionId, displayName, state }: Subscription) {
  return {
    id: `/subscriptions/${subscriptionId}`,
    subscriptionId,
    tenantId: estate.fixed.tenant.id,
    displayName,
    state,
    authorizationSource: 'RoleBased',
  }
}

function visible(call: ArmCall): Subscription[] {
  return call.estate.fixed.subscriptions
    .filter(each => sees(call, `/subscriptions/${each.subscriptionId}`))
    .toSorted((a, b) => (a.subscriptionId < b.subscriptionId ? -1 : 1))
}

function theGroup({ estate, params }: ArmCall) {
  const group = estate.fixed.managementGroups.find(
    each => each.name.toLowerCase() === params['name']?.toLowerCase(),
  )
  if (group === undefined) throw new Problem(404, 'NotFound', `'${params['name'] ?? ''}' not found`)
  return group
}

export const scopes: readonly ArmRoute[] = [
  {
    method: 'GET',
    pattern: /^\/subscriptions$/i,
    action: 'Microsoft.Resources/subscriptions/read',
    versions: VERSIONS,
    open: true,
    run: call =>
      armPage(
        call,
        visible(call).map(each => [each.subscriptionId, shown(call, each)] as const),
      ),
  },
  {
    method: 'GET',
    pattern: /^(?<scope>\/subscriptions\/(?<name>[^/]+))$/i,
    action: 'Microsoft.Resources/subscriptions/read',
    versions: VERSIONS,
    open: true,
    run: call => {
      const found = visible(call).find(each => each.subscriptionId === call.params['name']?.toLowerCase())
      if (found === undefined) {
        throw new Problem(
          404,
          'SubscriptionNotFound',
          `The subscription '${call.params['name'] ?? ''}' could not be found.`,
        )
      }
      return { body: shown(call, found) }
    },
  },
  {
    method: 'GET',
    pattern: /^\/tenants$/i,
    action: 'Microsoft.Resources/tenants/read',
    versions: VERSIONS,
    open: true,
    run: ({ estate }) => {
      const { id, displayName, domain } = estate.fixed.tenant
      return {
        body: { value: [{ id: `/tenants/${id}`, tenantId: id, displayName, defaultDomain: domain }] },
      }
    },
  },
  {
    method: 'GET',
    pattern: /^\/providers\/Microsoft\.Management\/managementGroups$/i,
    action: 'Microsoft.Management/managementGroups/read',
    versions: VERSIONS,
    open: true,
    run: call => {
      const groups = call.estate.fixed.managementGroups
        .filter(({ name }) => sees(call, `${GROUPS}/${name}`))
        .toSorted((a, b) => (a.name < b.name ? -1 : 1))
        .map(({ name, displayName }) => ({
          id: `${GROUPS}/${name}`,
          type: 'Microsoft.Management/managementGroups',
          name,
          properties: { tenantId: call.estate.fixed.tenant.id, displayName },
        }))
      return armPage(
        call,
        groups.map(each => [each.name, each] as const),
      )
    },
  },
  {
    method: 'GET',
    pattern: /^(?<scope>\/providers\/Microsoft\.Management\/managementGroups\/(?<name>[^/]+))$/i,
    action: 'Microsoft.Management/managementGroups/read',
    versions: VERSIONS,
    run: call => {
      const { name, displayName, parent } = theGroup(call)
      return {
        body: {
          id: `${GROUPS}/${name}`,
          type: 'Microsoft.Management/managementGroups',
          name,
          properties: {
            tenantId: call.estate.fixed.tenant.id,
            displayName,
            details: parent === null ? {} : { parent: { id: `${GROUPS}/${parent}`, name: parent } },
          },
        },
      }
    },
  },
  {
    method: 'GET',
    pattern:
      /^(?<scope>\/providers\/Microsoft\.Management\/managementGroups\/(?<name>[^/]+))\/(?:descendants|subscriptions)$/i,
    action: 'Microsoft.Management/managementGroups/descendants/read',
    versions: VERSIONS,
    run: call => {
      const { name } = theGroup(call)
      const parentOf = (parent: string) => ({ parent: { id: `${GROUPS}/${parent}` } })
      const subscriptions = call.estate.fixed.subscriptions
        .filter(each => lineage(call.estate, `/subscriptions/${each.subscriptionId}`).includes(name))
        .map(each => ({
          id: `/subscriptions/${each.subscriptionId}`,
          type: '/subscriptions',
          name: each.subscriptionId,
          properties: { displayName: each.displayName, ...parentOf(each.managementGroup) },
        }))
      const groups = call.path.endsWith('descendants')
        ? call.estate.fixed.managementGroups
            .filter(
              each => each.name !== name && lineage(call.estate, `${GROUPS}/${each.name}`).includes(name),
            )
            .map(each => ({
              id: `${GROUPS}/${each.name}`,
              type: 'Microsoft.Management/managementGroups',
              name: each.name,
              properties: { displayName: each.displayName, ...parentOf(each.parent ?? '') },
            }))
        : []
      const all = [...subscriptions, ...groups].map(each => [each.name, each] as const)
      return armPage(
        call,
        all.toSorted(([a], [b]) => (a < b ? -1 : 1)),
      )
    },
  },
]
