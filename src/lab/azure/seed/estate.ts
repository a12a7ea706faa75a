import type { AzureEstate } from '../store.ts'
import { appIdOf, Directory, userId } from './directory.ts'
import { appId, DOMAIN, guid, secretOf, TENANT } from './ids.ts'
import { directoryRoles, roleDefinitions } from './permissions.ts'
import { Rights } from './principal-rights.ts'
import { principals } from './principals.ts'
import {
  denyAssignments,
  identities,
  managementGroups,
  resources,
  secrets,
  subscriptions,
} from './resources.ts'

/** A tenant with what is awkward in real ones. The same for the same moment, and each estate has its own copy of everything. */
export function seedAzure(at: string): AzureEstate {
  const directory = new Directory(at)
  const rights = new Rights(days => directory.daysFrom(days))
  return structuredClone({
    tenant: { id: TENANT, displayName: 'Acme', domain: DOMAIN },
    responder: { tenantId: TENANT, clientId: appId('responder'), clientSecret: secretOf('responder/tool') },
    switches: {
      denyAssignments: true,
      managedIdentityPatch: true,
      pageSize: 15,
      batchThrottleEvery: 0,
      concurrencyEvery: 0,
    },
    applications: directory.applications(),
    servicePrincipals: directory.servicePrincipals(),
    outsideSecrets: ['vendor-sync', 'vendor-sync/nightly', 'partner-reports'].map(name => ({
      appId: appId(name.split('/')[0] ?? ''),
      secretText: secretOf(name),
    })),
    federatedCredentials: directory.federatedCredentials(),
    users: directory.users(),
    groups: directory.groups(),
    appRoleAssignments: rights.appRoleAssignments(),
    grants: rights.grants(),
    directoryRoles,
    directoryAssignments: rights.directoryAssignments(),
    conditionalAccess: [
      {
        id: guid('policy mfa'),
        displayName: 'Administrators need a second factor',
        state: 'enabled',
        createdDateTime: directory.daysFrom(-500),
        modifiedDateTime: null,
        conditions: {
          applications: { includeApplications: ['All'] },
          users: { includeUsers: ['All'], excludeUsers: [userId('emergency')] },
          clientAppTypes: ['all'],
        },
        grantControls: { operator: 'OR', builtInControls: ['mfa'] },
        sessionControls: null,
      },
    ],
    servicePlans: ['AAD_PREMIUM', 'AAD_PREMIUM_P2', 'AAD_WRKLDID_P1', 'AAD_WRKLDID_P2'],
    signIns: principals.flatMap(spec =>
      spec.used === undefined ? [] : [{ appId: appIdOf(spec), lastSignIn: directory.daysFrom(-spec.used) }],
    ),
    managementGroups,
    subscriptions,
    roleDefinitions,
    roleAssignments: rights.roleAssignments(),
    denyAssignments,
    identities,
    resources,
    secrets: secrets(directory.daysFrom(-300)),
  })
}
