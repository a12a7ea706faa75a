import { expect, test } from 'vitest'
import { permissionOf } from '../../../src/clouds/azure/permission-map.ts'
import { azure } from '../../../src/clouds/azure/provider.ts'

test.each([
  ['GET /v1.0/servicePrincipals/{id}', 'Application.Read.All'],
  ['GET /beta/applications/{objectId}/federatedIdentityCredentials', 'Application.Read.All'],
  ['GET /v1.0/servicePrincipals(appId={value})', 'Application.Read.All'],
  ['PATCH /v1.0/servicePrincipals/microsoft.graph.agentIdentity/{id}', 'AgentIdentity.EnableDisable.All'],
  ['DELETE /v1.0/groups/{id}/members/{memberId}/$ref', 'GroupMember.ReadWrite.All'],
  ['Microsoft.Authorization/roleAssignments/read', 'Microsoft.Authorization/roleAssignments/read'],
  ['DELETE /v1.0/applications/{id}', undefined],
])('%s takes %s', (operation, permission) => {
  expect(permissionOf(operation)).toBe(permission)
})

test('the policy has both forms, each permission once, and none that another includes', () => {
  expect(
    azure.policy([
      'GET /v1.0/servicePrincipals/{id}',
      'Application.Read.All',
      'Application.ReadWrite.All',
      'RoleManagement.Read.Directory',
      'Microsoft.Resources/subscriptions/read',
      'Microsoft.Authorization/roleAssignments/delete',
      'Microsoft.Authorization/roleAssignments/delete',
      'Microsoft.KeyVault/vaults/secrets/setSecret/action',
    ]),
  ).toEqual({
    graph: ['Application.ReadWrite.All', 'RoleManagement.Read.Directory'],
    azure: {
      Name: 'interdict',
      IsCustom: true,
      Description: expect.any(String),
      Actions: ['Microsoft.Authorization/roleAssignments/delete'],
      NotActions: [],
      // The content of a vault is data: Azure refuses a role that names it among the actions.
      DataActions: ['Microsoft.KeyVault/vaults/secrets/setSecret/action'],
      AssignableScopes: ['/subscriptions/00000000-0000-0000-0000-000000000000'],
    },
  })
})

test('what the provider and its interruptions declare are permissions of Graph or actions of Azure', () => {
  const declared = [
    ...azure.permissions,
    ...azure.interruptions.flatMap(({ permissions: { read, cut, restore } }) => [
      ...read,
      ...cut,
      ...restore,
    ]),
    ...(azure.rotations ?? []).flatMap(({ permissions: { read, rotate, remove } }) => [
      ...read,
      ...rotate,
      ...remove,
    ]),
    ...(azure.sinks ?? []).flatMap(({ permissions }) => permissions),
  ]
  const strange = declared.filter(
    each =>
      !/^[A-Z][\w-]+(\.\w+){1,3}$/.test(each) &&
      !/^Microsoft\.\w+(\/\w+)+\/(read|write|delete|action)$/.test(each),
  )
  expect(strange).toEqual([])
})
