import type { Json } from '../../model/json.ts'
import { permissionOf } from './permission-map.ts'

/** Actions that anybody who is signed in has; a role definition may not name some of them. */
const FREE = new Set(['Microsoft.Resources/subscriptions/read', 'Microsoft.Resources/tenants/read'])

/** Actions on the data of a resource: a role definition has a place of its own for it ("Understand Azure role definitions"). */
const DATA =
  /^Microsoft\.(KeyVault\/vaults\/secrets|Storage\/storageAccounts\/\w+Services\/\w+\/(?:blobs|messages))\//

/** Graph permissions that include others of our list (Microsoft Graph permissions reference). */
const INCLUDED: { readonly [permission: string]: string } = {
  'Application.Read.All': 'Application.ReadWrite.All',
  'RoleManagement.Read.Directory': 'RoleManagement.ReadWrite.Directory',
  'GroupMember.Read.All': 'GroupMember.ReadWrite.All',
  'GroupMember.ReadBasic.All': 'GroupMember.Read.All',
}

/**
 * The least that an identity needs, in the two forms that Microsoft has for it: application permissions of Microsoft
 * Graph, to be consented to, and a custom role of Azure, to be assigned at the scope that may need containing.
 *
 * @param permissions Graph permissions, Graph operations and ARM actions, in any order
 */
export function policyDocument(permissions: readonly string[]): Json {
  const all = new Set(permissions.map(each => permissionOf(each) ?? each))
  const names = [...all].sort()
  const graph = names.filter(each => !each.includes('/')).filter(each => !all.has(INCLUDED[each] ?? ''))
  const actions = names.filter(each => each.includes('/') && !FREE.has(each))
  return {
    graph,
    azure: {
      Name: 'interdict',
      IsCustom: true,
      Description:
        'Operations that interdict calls in Azure; assign it at the subscriptions that may need containing',
      Actions: actions.filter(each => !DATA.test(each)),
      NotActions: [],
      DataActions: actions.filter(each => DATA.test(each)),
      AssignableScopes: ['/subscriptions/00000000-0000-0000-0000-000000000000'],
    },
  }
}
