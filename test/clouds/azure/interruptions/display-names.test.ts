import { expect, test } from 'vitest'
import { giftNames, roleNames, scopeText } from '../../../../src/clouds/azure/settings/display-names.ts'

const subscriptions = [{ id: '74FBDD5A-f232-4e93-a451-ac34aee3955c', name: 'Production' }]
const at = '/subscriptions/74fbdd5a-f232-4e93-a451-ac34aee3955c'

test.each([
  ['/', 'everything'],
  ['/providers/Microsoft.Management/managementGroups/root', 'management group root'],
  [at, 'subscription Production'],
  [
    '/subscriptions/20993a6b-b7f9-4a3a-b0e3-cafd877e6767',
    'subscription 20993a6b-b7f9-4a3a-b0e3-cafd877e6767',
  ],
  [`${at}/resourceGroups/rg`, 'resource group rg in subscription Production'],
  [`${at}/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/kv/secrets/s`, 'vaults/kv/secrets/s in rg'],
  ['what is this', 'what is this'],
])('a scope in words: %s', (scope, text) => {
  expect(scopeText(scope, subscriptions)).toBe(text)
})

test('roles and gifts are named as the listing names them, else by their ids', () => {
  const value = { scope: at, roleDefinitionId: `${at}/roleDefinitions/4633458b`, condition: 'x' }
  const facts = { roles: [{ role: 'Reader', id: `${at}/roleAssignments/0f1f` }] }
  expect(roleNames([['azure-role/0f1f', value]], facts, subscriptions)).toEqual({
    'azure-role/0f1f': 'role Reader on subscription Production, under a condition',
  })
  expect(roleNames([['azure-role/0f1f', value]], {}, [])['azure-role/0f1f']).toMatch(/^role 4633458b on /)
  const given = { entry: 'app-role/graph/1', value: true, id: 'a', labels: ['1', 'graph', 'Microsoft Graph'] }
  expect(giftNames('app-role', [given], { appRoles: [{ id: 'a', value: 'Mail.Read' }] })).toEqual({
    'app-role/graph/1': 'app role Mail.Read of Microsoft Graph',
  })
  const consent = { entry: 'delegated/graph/all', value: 'Mail.Read', id: 'b', labels: [] }
  expect(giftNames('delegated', [consent], {})).toEqual({
    'delegated/graph/all': 'delegated Mail.Read of graph, for everybody',
  })
})
