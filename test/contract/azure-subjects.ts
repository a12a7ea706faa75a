import { interruptions } from '../../src/clouds/azure/interruptions/index.ts'
import { guid, objectId, SUBSCRIPTIONS } from '../../src/lab/azure/seed/index.ts'
import type { AzureEstate } from '../../src/lab/azure/store.ts'
import type { Interruption } from '../../src/model/interruption.ts'
import type { Subject } from './suite.ts'

export function interruption(id: string): Interruption {
  const found = interruptions.find(each => each.id === id)
  if (!found) throw new Error(`no interruption ${id}`)
  return found as Interruption
}

const subject = (id: string, names: string[], params?: Subject['params']): Subject => ({
  interruption: interruption(id),
  names,
  ...(params === undefined ? {} : { params }),
})

export const applicationId = (name: string) => guid(`application ${name}`)
export const federatedId = (on: string, name: string) => `${applicationId(on)}/${name}`
export const certificateId = (on: string, name: string) =>
  `${applicationId(on)}/${guid(`certificate ${name}`)}`
const principals = (...names: string[]) => names.map(objectId)

const PRODUCTION = `/subscriptions/${SUBSCRIPTIONS.production}`

/** Every interruption, on the identities of the seed on which it has something different to do. */
export const SUBJECTS: Subject[] = [
  // At home, of another tenant, an agent, its blueprint, one with roles in two subscriptions, one with none.
  subject(
    'azure.service-principal.quarantine',
    principals('billing-export', 'vendor-sync', 'agent-refunds', 'support-agents', 'shop-deploy', 'formula'),
  ),
  subject('azure.service-principal.quarantine', principals('shop-deploy'), {
    scopes: [`${PRODUCTION}/resourceGroups/rg-payments`],
  }),
  subject('azure.managed-identity.quarantine', principals('id-backup', 'orders-web')),
  subject(
    'azure.service-principal.disable',
    principals('billing-export', 'vendor-sync', 'agent-triage', 'support-agents', 'old-intranet'),
  ),
  subject('azure.managed-identity.disable', principals('id-runner', 'orders-web')),
  subject('azure.application.disable', [applicationId('mail-insights')]),
  subject('azure.application.disable', [applicationId('saas-product')], { allTenants: true }),
  // A subject, an expression, one of twenty, and one that Azure keeps.
  subject('azure.federated-credential.disable', [
    federatedId('docs-deploy', 'docs-main'),
    federatedId('shop-deploy', 'any-shop-branch'),
    federatedId('release-bot', 'release-7'),
    `${objectId('id-runner')}/runners-main`,
  ]),
  subject('azure.certificate.disable', [certificateId('ledger-sync', 'ledger-2026')]),
  subject('azure.storage-account.constrain', ['stacmeledger', 'stacmelogs']),
  subject('azure.service-principal.gate', principals('billing-export')),
  subject('azure.service-principal.gate', principals('reports-api'), {
    allowLocations: [guid('location office')],
  }),
  // Azure roles with and without condition, app roles, grants for all and for one, groups, a directory role, roles for a time beside.
  subject(
    'azure.service-principal.detach',
    principals(
      'billing-export',
      'mail-insights',
      'identity-automation',
      'vendor-sync',
      'iac-pipeline',
      'agent-refunds',
    ),
  ),
  subject('azure.service-principal.detach', principals('mail-insights'), {
    grants: ['app-roles', 'delegated'],
  }),
  subject('azure.service-principal.detach', principals('mail-insights', 'reports-api'), {
    only: ['sg-*', 'Microsoft Graph'],
  }),
  // A role that names the identity's own resource, one at a resource group with a group besides, a system-assigned one.
  subject('azure.managed-identity.detach', principals('id-backup', 'id-runner', 'orders-web')),
]

/** Where no deny assignment can be made, and reading has told so: roles are taken instead. */
export const SUBJECTS_WITHOUT_DENIES: Subject[] = [
  subject('azure.service-principal.quarantine', principals('billing-export', 'shop-deploy', 'vendor-sync')),
  subject('azure.managed-identity.quarantine', principals('id-backup')),
]

/** A cloud that has no deny assignments of one's own. */
export function withoutDenies(estate: AzureEstate): void {
  estate.switches.denyAssignments = false
}

const GLOBAL_ADMINISTRATOR = '62e90394-69f5-4237-9190-012177145e10'

/** A second Global Administrator, since the last one keeps its role, and a managed identity with an app role. */
export function enriched(estate: AzureEstate): void {
  const administrator = estate.directoryAssignments.find(
    each => each.roleDefinitionId === GLOBAL_ADMINISTRATOR,
  )
  const [assignment] = estate.appRoleAssignments
  if (!administrator || !assignment) throw new Error('no Global Administrator, or no app role, in the seed')
  estate.directoryAssignments.push({
    ...administrator,
    id: 'second-1',
    principalId: objectId('emergency-access'),
  })
  estate.appRoleAssignments.push({ ...assignment, id: 'ofRunner', principalId: objectId('id-runner') })
}

/** Takes from the responder every permission to change anything. */
export function mayOnlyLook(estate: AzureEstate): void {
  const responder = objectId('responder')
  const graph = estate.servicePrincipals.find(each => each.displayName === 'Microsoft Graph')
  const harmless = new Set(
    (graph?.appRoles ?? []).filter(({ value }) => /\.Read\./.test(value)).map(each => each.id),
  )
  estate.appRoleAssignments = estate.appRoleAssignments.filter(
    each => each.principalId !== responder || harmless.has(each.appRoleId),
  )
  const application = graph?.appRoles.find(({ value }) => value === 'Application.Read.All')
  const [any] = estate.appRoleAssignments
  if (any && application) {
    for (const value of ['Application.Read.All', 'GroupMember.Read.All', 'RoleManagement.Read.Directory']) {
      const role = graph?.appRoles.find(each => each.value === value)
      if (role)
        estate.appRoleAssignments.push({
          ...any,
          id: `r${value}`,
          principalId: responder,
          appRoleId: role.id,
        })
    }
  }
  // The seed's own are shared by all estates.
  estate.roleDefinitions = structuredClone(estate.roleDefinitions)
  for (const definition of estate.roleDefinitions) {
    for (const permission of definition.permissions) {
      if (definition.type === 'CustomRole') permission.actions = ['*/read']
    }
  }
}
