import { afterEach, describe, expect, it } from 'vitest'
import { appId, guid, objectId, SUBSCRIPTIONS } from '../../../src/lab/azure/seed/ids.ts'
import { GLOBAL_ADMINISTRATOR, graphRole } from '../../../src/lab/azure/seed/permissions.ts'
import type { Identity } from '../../../src/model/identity.ts'
import { type ArmedLab, armedLab } from './armed-lab.ts'

const PRODUCTION = `/subscriptions/${SUBSCRIPTIONS.production}`

let cloud: ArmedLab
afterEach(() => cloud.close())

const undoes = (identity: Identity) => cloud.session.undoes?.(identity)

describe('what lets an identity of Azure undo its containment', () => {
  it('names roles in Azure with their scopes and application permissions', async () => {
    cloud = await armedLab()
    expect((await undoes(await cloud.principal('mail-insights')))?.sort()).toEqual([
      'AppRoleAssignment.ReadWrite.All',
      'Application.ReadWrite.All',
      `Owner at ${PRODUCTION}`,
    ])
  })

  it('is nothing for a principal that only reads', async () => {
    cloud = await armedLab()
    expect(await undoes(await cloud.principal('billing-export'))).toEqual([])
  })

  it('names directory roles, of its groups too', async () => {
    cloud = await armedLab(estate => {
      const [group] = estate.groups
      if (!group) throw new Error('no group')
      group.members.push(objectId('billing-export'))
      estate.directoryAssignments.push({
        id: 'group-admin',
        principalId: group.id,
        roleDefinitionId: GLOBAL_ADMINISTRATOR,
        directoryScopeId: '/',
        condition: null,
      })
    })
    expect(await undoes(await cloud.principal('billing-export'))).toEqual(['Global Administrator'])
  })

  it('names a custom role by what it permits, and no role that excludes authorization', async () => {
    cloud = await armedLab(estate => {
      const name = guid('custom role that gives roles')
      const permissions = [
        {
          actions: ['Microsoft.Authorization/roleAssignments/*'],
          notActions: [],
          dataActions: [],
          notDataActions: [],
        },
      ]
      estate.roleDefinitions.push({
        name,
        roleName: 'Access Desk',
        type: 'CustomRole',
        permissions,
        assignableScopes: [PRODUCTION],
      })
      const [example] = estate.roleAssignments
      if (!example) throw new Error('no role assignment')
      const give = (role: string, salt: string) => {
        estate.roleAssignments.push({
          ...example,
          name: guid(salt),
          scope: PRODUCTION,
          roleDefinitionId: `${PRODUCTION}/providers/Microsoft.Authorization/roleDefinitions/${role}`,
          principalId: objectId('billing-export'),
          principalType: 'ServicePrincipal',
          condition: null,
          conditionVersion: null,
        })
      }
      give(name, 'desk')
      give('b24988ac-6180-42a0-ab88-20f7382dd24c', 'contributor')
    })
    expect(await undoes(await cloud.principal('billing-export'))).toEqual([`Access Desk at ${PRODUCTION}`])
  })

  it('judges an application and its credentials by the principal, also where no principal was listed', async () => {
    cloud = await armedLab()
    const id = cloud.estate.applications.find(each => each.appId === appId('mail-insights'))?.id ?? ''
    const { tenant } = cloud.session.client
    const application: Identity = {
      id: `azure:${tenant}:application/${id}`,
      uid: id,
      cloud: 'azure',
      account: tenant,
      kind: 'application',
      name: id,
      facts: {},
    }
    expect(await undoes(application)).toContain(`Owner at ${PRODUCTION}`)
    const credential = { ...application, kind: 'certificate', name: `${id}/key`, owner: application.id }
    expect(await undoes(credential)).toContain('Application.ReadWrite.All')
  })

  it('is unknown where grants are hidden and none of the others would do', async () => {
    cloud = await armedLab(estate => {
      estate.appRoleAssignments = estate.appRoleAssignments.filter(
        each =>
          each.principalId !== objectId('responder') ||
          each.appRoleId === graphRole('Application.ReadWrite.All'),
      )
    })
    await expect(undoes(await cloud.principal('billing-export'))).rejects.toMatchObject({
      code: 'unsupported',
      message: expect.stringContaining('directory roles'),
    })
    expect(await undoes(await cloud.principal('mail-insights'))).toContain('Application.ReadWrite.All')
  })
})
