import { assignmentId } from '../graph/assignments.ts'
import type { AzureEstate } from '../store.ts'
import { guid, objectId } from './ids.ts'
import { graphRole, ROLES } from './permissions.ts'
import { PRODUCTION } from './workloads.ts'

/** Thief → the principal that it has taken over, by its name in the seed. */
export const TAKEN_OVER: { readonly [thief: string]: string | undefined } = {
  'consented-app': 'mail-insights',
  'rogue-agent': 'agent-refunds',
  'breached-vendor-azure': 'vendor-sync',
  'forged-workflow-azure': 'shop-deploy',
}

/** A thief's second identity: an application whose secret it has, too. */
export const HELPER = 'iac-pipeline'

const GRAPH_RIGHTS = ['Application.ReadWrite.All', 'AppRoleAssignment.ReadWrite.All']

/**
 * The estate in which what these thieves took over, and their second identity, may change every application and every
 * grant in the directory, and own the production subscription.
 */
export function armed(estate: AzureEstate, thieves: readonly string[]): AzureEstate {
  const taken = thieves.map(thief => TAKEN_OVER[thief]).filter(name => name !== undefined)
  if (taken.length === 0) return estate
  const names = [...new Set([...taken, HELPER])]
  const created = estate.servicePrincipals[0]?.createdDateTime ?? new Date(0).toISOString()
  const resourceId = objectId('Microsoft Graph')
  return {
    ...estate,
    appRoleAssignments: [
      ...estate.appRoleAssignments,
      ...names.flatMap(name =>
        GRAPH_RIGHTS.map(permission => ({
          id: assignmentId(objectId(name), guid(`arms ${name} ${permission}`)),
          appRoleId: graphRole(permission),
          principalId: objectId(name),
          resourceId,
          createdDateTime: created,
        })),
      ),
    ],
    roleAssignments: [
      ...estate.roleAssignments,
      ...names.map(name => ({
        name: guid(`arms ${name}`),
        scope: PRODUCTION,
        roleDefinitionId: `${PRODUCTION}/providers/Microsoft.Authorization/roleDefinitions/${ROLES.Owner}`,
        principalId: objectId(name),
        principalType: 'ServicePrincipal' as const,
        condition: null,
        conditionVersion: null,
        description: null,
        delegatedManagedIdentityResourceId: null,
        createdOn: created,
        updatedOn: created,
        createdBy: objectId('emergency-access'),
        updatedBy: objectId('emergency-access'),
      })),
    ],
  }
}
