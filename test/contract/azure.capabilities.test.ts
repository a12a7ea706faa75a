import { interruptions } from '../../src/clouds/azure/interruptions/index.ts'
import { objectId } from '../../src/lab/azure/seed/index.ts'
import { graphRole, ROLES } from '../../src/lab/azure/seed/permissions.ts'
import type { AzureEstate } from '../../src/lab/azure/store.ts'
import { type AzureRange, openAzure } from './azure-range.ts'
import { enriched, SUBJECTS } from './azure-subjects.ts'
import { capabilitySuite } from './capability-suite.ts'

const WRITES = /\.(ReadWrite|EnableDisable)\./

function takeGraph(estate: AzureEstate, permission: string): void {
  const responder = objectId('responder')
  const own = estate.appRoleAssignments.find(
    each => each.principalId === responder && each.appRoleId === graphRole(permission),
  )
  if (own === undefined) throw new Error(`the responder has no ${permission}`)
  estate.appRoleAssignments = estate.appRoleAssignments.filter(each => each !== own)
  const read = permission.replace(WRITES, '.Read.')
  if (read !== permission && graphRole(read) !== '') {
    estate.appRoleAssignments.push({ ...own, id: `${own.id}-read`, appRoleId: graphRole(read) })
  }
}

function actions(estate: AzureEstate, keep: (action: string) => boolean): void {
  estate.roleDefinitions = estate.roleDefinitions.map(each => {
    if (each.name !== ROLES.Responder) return each
    const permissions = each.permissions.map(one => ({ ...one, actions: one.actions.filter(keep) }))
    return { ...each, permissions }
  })
}

capabilitySuite<AzureEstate>({
  cloud: 'Azure',
  interruptions,
  subjects: SUBJECTS,
  open: prepare =>
    openAzure(estate => {
      enriched(estate)
      prepare?.(estate)
    }),
  estateOf: range => (range as AzureRange).estate(),
  take: (estate, permission) =>
    permission.includes('/') ? actions(estate, each => each !== permission) : takeGraph(estate, permission),
  readOnly(estate) {
    actions(estate, each => each.endsWith('/read'))
    const responder = objectId('responder')
    const held = estate.appRoleAssignments.filter(each => each.principalId === responder)
    for (const value of [
      'Application',
      'AppRoleAssignment',
      'DelegatedPermissionGrant',
      'GroupMember',
      'RoleManagement',
    ]) {
      const name = `${value}.ReadWrite.${value === 'RoleManagement' ? 'Directory' : 'All'}`
      if (held.some(each => each.appRoleId === graphRole(name))) takeGraph(estate, name)
    }
    for (const name of [
      'AgentIdentity.EnableDisable.All',
      'AgentIdentityBlueprintPrincipal.EnableDisable.All',
      'Policy.ReadWrite.ConditionalAccess',
    ]) {
      takeGraph(estate, name)
    }
  },
  kept: new Set([
    'Microsoft.Authorization/permissions/read',
    'Application.Read.All',
    'GroupMember.Read.All',
    'RoleManagement.Read.Directory',
  ]),
  replaced: new Set(['LicenseAssignment.Read.All', 'RoleAssignmentSchedule.Read.Directory']),
})
