import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { rights } from '../../../src/clouds/azure/capabilities.ts'
import { objectId, SUBSCRIPTIONS } from '../../../src/lab/azure/seed/index.ts'
import { graphRole, ROLES } from '../../../src/lab/azure/seed/permissions.ts'
import type { AzureEstate } from '../../../src/lab/azure/store.ts'
import { type Capabilities, capabilitiesOf } from '../../../src/model/capability.ts'
import { openAzure } from '../../contract/azure-range.ts'
import { interruption, withoutDenies } from '../../contract/azure-subjects.ts'
import { jwt, ScriptedAzure, TENANT } from './scripted-azure.ts'

const QUARANTINE = 'azure.service-principal.quarantine'
const STORAGE = 'azure.storage-account.constrain'
const FEATURE = 'Microsoft.Authorization/UserAssignedDenyAssignment'
const PRODUCTION = `/subscriptions/${SUBSCRIPTIONS.production}`

async function told(prepare: (estate: AzureEstate) => void, id: string): Promise<Capabilities> {
  const range = await openAzure(prepare)
  try {
    const { read, cut, restore } = interruption(id).permissions
    const found = await range.session.rights?.([...read, ...cut, ...restore])
    if (found === undefined) throw new Error('nothing is told')
    return capabilitiesOf(interruption(id), found)
  } finally {
    await range.close()
  }
}

const withActions = (keep: (action: string) => boolean) => (estate: AzureEstate) => {
  estate.roleDefinitions = estate.roleDefinitions.map(each => {
    if (each.name !== ROLES.Responder) return each
    const permissions = each.permissions.map(one => ({ ...one, actions: one.actions.filter(keep) }))
    return { ...each, permissions }
  })
}

const own = (estate: AzureEstate) =>
  estate.roleAssignments.filter(({ principalId }) => principalId === objectId('responder'))

describe('rights in Azure', () => {
  it('say that roles are taken away where the preview feature is not registered', async () => {
    const { contain, restore } = await told(withoutDenies, QUARANTINE)
    expect([contain.answer, restore.answer]).toEqual(['can', 'can'])
    expect(contain.why).toEqual([expect.stringContaining(`without the preview feature ${FEATURE}`)])
    expect(contain.why).toEqual([expect.stringContaining('acme-production (NotRegistered)')])
  })

  it('are not enough where the preview feature is not registered, and roles may not be taken', async () => {
    const { contain, restore } = await told(estate => {
      withoutDenies(estate)
      withActions(each => each !== 'Microsoft.Authorization/roleAssignments/delete')(estate)
    }, QUARANTINE)
    expect([contain.answer, restore.answer]).toEqual(['unavailable', 'can'])
  })

  it('is unknown of a deny assignment where the feature may not be read', async () => {
    const { contain } = await told(
      withActions(each => !each.startsWith('Microsoft.Features/')),
      QUARANTINE,
    )
    expect(contain).toMatchObject({
      answer: 'unknown',
      why: [expect.stringContaining('Microsoft.Features/providers/features/read')],
    })
  })

  it('ask for Workload Identities Premium by name', async () => {
    const { contain, restore } = await told(estate => {
      estate.servicePlans = []
    }, 'azure.service-principal.gate')
    expect([contain.answer, restore.answer]).toEqual(['unavailable', 'can'])
    expect(contain.why).toEqual([expect.stringContaining('Workload Identities Premium')])
  })

  it('name the subscriptions in which a permission is missing', async () => {
    const { contain } = await told(estate => {
      const [first] = own(estate)
      estate.roleAssignments = estate.roleAssignments
        .filter(each => each !== first)
        .concat(
          first
            ? [{ ...first, roleDefinitionId: first.roleDefinitionId.replace(ROLES.Responder, ROLES.Reader) }]
            : [],
        )
    }, STORAGE)
    expect(contain).toMatchObject({
      answer: 'partly',
      missing: [
        {
          permission: 'Microsoft.Storage/storageAccounts/write',
          where: expect.stringMatching(/^not on subscription /),
        },
      ],
    })
  })

  it('name the resource groups that alone give a permission', async () => {
    const { contain } = await told(estate => {
      const assignments = own(estate)
      for (const each of assignments)
        each.roleDefinitionId = each.roleDefinitionId.replace(ROLES.Responder, ROLES.Reader)
      const [first] = assignments
      if (!first) throw new Error('no role of the responder')
      estate.roleAssignments.push({
        ...first,
        name: '00000000-0000-4000-8000-00000000abcd',
        scope: `${PRODUCTION}/resourceGroups/rg-payments`,
        roleDefinitionId: first.roleDefinitionId.replace(ROLES.Reader, ROLES.Responder),
      })
    }, STORAGE)
    expect(contain).toMatchObject({
      answer: 'partly',
      missing: [{ where: expect.stringContaining(`only at ${PRODUCTION}/resourceGroups/rg-payments`) }],
    })
  })

  it('is unknown where a condition narrows whom roles are given to', async () => {
    const { restore } = await told(estate => {
      for (const each of own(estate))
        Object.assign(each, { condition: '!(ActionMatches{x})', conditionVersion: '2.0' })
    }, 'azure.managed-identity.detach')
    expect(restore).toMatchObject({ answer: 'unknown', why: [expect.stringContaining('has a condition')] })
  })

  it('are taken away by a deny assignment that names us', async () => {
    const { contain } = await told(estate => {
      estate.denyAssignments.push({
        name: '00000000-0000-4000-8000-00000000dddd',
        scope: PRODUCTION,
        denyAssignmentName: 'hands off',
        description: null,
        denyAssignmentEffect: 'enforced',
        permissions: [
          { actions: ['Microsoft.Storage/*'], notActions: [], dataActions: [], notDataActions: [] },
        ],
        principals: [{ id: objectId('responder'), type: 'ServicePrincipal' }],
        excludePrincipals: [],
        isSystemProtected: false,
      })
    }, STORAGE)
    expect(contain).toMatchObject({
      answer: 'partly',
      missing: [
        {
          permission: 'Microsoft.Storage/storageAccounts/read',
          where: expect.stringContaining('not on subscription acme-production'),
        },
        { permission: 'Microsoft.Storage/storageAccounts/write' },
      ],
    })
  })

  it('reach what they own alone with Application.ReadWrite.OwnedBy', async () => {
    const { contain } = await told(estate => {
      const given = estate.appRoleAssignments.find(
        each =>
          each.principalId === objectId('responder') &&
          each.appRoleId === graphRole('Application.ReadWrite.All'),
      )
      if (!given) throw new Error('no Application.ReadWrite.All')
      estate.appRoleAssignments.push({ ...given, id: 'read', appRoleId: graphRole('Application.Read.All') })
      given.appRoleId = graphRole('Application.ReadWrite.OwnedBy')
    }, 'azure.certificate.disable')
    expect(contain).toMatchObject({
      answer: 'partly',
      missing: [{ permission: 'Application.ReadWrite.All' }],
    })
  })
})

describe('rights of a Graph token', () => {
  let scripted: ScriptedAzure
  beforeEach(async () => {
    scripted = await new ScriptedAzure().start()
  })
  afterEach(() => scripted.stop())

  async function heldBy(claims: { [name: string]: unknown }, permission = 'Application.ReadWrite.All') {
    scripted.login.script = () => {
      const token = jwt({
        aud: 'https://graph.microsoft.com',
        oid: 'me',
        appid: 'app',
        tid: TENANT,
        ...claims,
      })
      return { body: { token_type: 'Bearer', access_token: token, expires_in: 3_600 } }
    }
    const { held } = await rights(await scripted.client(), [permission])
    return held.get(permission)
  }

  it('are unknown with Directory.AccessAsUser.All, which az login gets', async () => {
    const scp = 'AuditLog.Read.All Directory.AccessAsUser.All email Group.ReadWrite.All openid profile'
    expect(await heldBy({ scp })).toMatchObject({
      held: 'unknown',
      why: expect.stringContaining('Directory.AccessAsUser.All'),
    })
  })

  it.each([
    ['an application that has it', { roles: ['Application.ReadWrite.All'] }, 'yes'],
    ['an application that has another', { roles: ['User.Read.All'] }, 'no'],
    [
      'an application with a directory role besides',
      { roles: ['User.Read.All'], wids: [ROLES.Owner] },
      'unknown',
    ],
    [
      'an application with the claim that all have',
      { roles: ['User.Read.All'], wids: ['0997a1d0-0d1d-4acb-b408-d5ca73121e90'] },
      'no',
    ],
    ['a person for whom the tool may', { scp: 'Application.ReadWrite.All' }, 'unknown'],
    ['a person for whom the tool may not', { scp: 'User.Read' }, 'no'],
    [
      'a Global Administrator for whom the tool may',
      { scp: 'Application.ReadWrite.All', wids: ['62e90394-69f5-4237-9190-012177145e10'] },
      'yes',
    ],
    ['an application without any', {}, 'unknown'],
  ])('are told of %s', async (_, claims, held) => {
    expect(await heldBy(claims)).toMatchObject({ held })
  })
})
