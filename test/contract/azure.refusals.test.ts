import { describe, expect, it } from 'vitest'
import { objectId } from '../../src/lab/azure/seed/index.ts'
import type { AzureEstate } from '../../src/lab/azure/store.ts'
import { withEntries } from '../../src/model/facet.ts'
import type { Context } from '../../src/model/interruption.ts'
import type { Json } from '../../src/model/json.ts'
import { type AzureRange, openAzure } from './azure-range.ts'
import { applicationId, certificateId, interruption, mayOnlyLook } from './azure-subjects.ts'
import { look as lookAt, rangeOfTest } from './reading.ts'
import { changed, find } from './suite.ts'

const ofTest = rangeOfTest<AzureRange>()

interface Asked {
  params?: Json
  prepare?: (estate: AzureEstate) => void
}

async function look(id: string, name: string, { params, prepare }: Asked = {}) {
  return await lookAt(await ofTest(await openAzure(prepare)), interruption(id), name, params)
}

describe('what only Microsoft, or only we, may touch', () => {
  it.each([
    ['Microsoft Graph', /Microsoft itself/],
    ['ConnectSyncProvisioning_DC01_4f1b2c', /directory synchronisation/],
  ])('%s is refused by every interruption of principals', async (name, message) => {
    for (const verb of ['quarantine', 'disable', 'gate', 'detach']) {
      const { refusal } = await look(`azure.service-principal.${verb}`, objectId(name))
      expect(refusal, verb).toMatch(message)
    }
  })

  it.each(['responder', 'emergency-access'])('%s is spared', async name => {
    const { session, identity } = await look('azure.service-principal.disable', objectId(name))
    expect(session.spares(identity)).toBeDefined()
  })
})

describe('what is off already', () => {
  it.each([
    ['azure.service-principal.disable', objectId('retired-importer')],
    ['azure.application.disable', applicationId('legacy-export')],
    ['azure.storage-account.constrain', 'stacmevault'],
  ])('%s on %s changes nothing and calls nothing', async (id, name) => {
    const { refusal, facet, cut, write, written, seed, snapshot } = await look(id, name)
    expect(refusal).toBeUndefined()
    expect(cut).toEqual(facet)
    await write(cut)
    expect(written()).toEqual([])
    expect(snapshot()).toEqual(seed)
  })
})

describe('what could not be put back, and the directory agrees', () => {
  it.each([
    ['whose public part is kept back', certificateId('ledger-sync', 'ledger-2025'), /could not be put back/],
    ['that has expired', certificateId('ledger-sync', 'ledger-2023'), /has expired/],
  ])('a certificate %s', async (_, name, message) => {
    const { range, refusal, facet, cut, write } = await look('azure.certificate.disable', name)
    expect(refusal).toMatch(message)
    await write(cut)
    const subject = interruption('azure.certificate.disable')
    const { session } = range
    const identity = { ...(await find(session, ['application'], applicationId('ledger-sync'))) }
    expect(identity.facts.certificates).toHaveLength(2)
    const context: Context = {
      run: 'c0de',
      now: range.now(),
      identity: {
        ...identity,
        kind: 'certificate',
        name,
        facts: { on: 'application', objectId: applicationId('ledger-sync') },
      },
      params: {},
      exhausted: [],
    }
    await expect(subject.write(session.client, cut, facet, context)).rejects.toMatchObject({
      code: 'rejected',
    })
  })

  it('a certificate that signs SAML answers', async () => {
    const certificates = await identities(await ofTest(await openAzure()), 'certificate')
    const name = certificates.find(each => each.facts.usage === 'Sign')?.name ?? ''
    const { refusal } = await look('azure.certificate.disable', name)
    expect(refusal).toMatch(/single sign-on would stop/)
  })
})

describe('an application that other tenants use', () => {
  it('is refused unless it is said', async () => {
    const id = 'azure.application.disable'
    const { refusal } = await look(id, applicationId('saas-product'))
    expect(refusal).toMatch(/stop in all of them/)
    const { refusal: none } = await look(id, applicationId('saas-product'), { params: { allTenants: true } })
    expect(none).toBeUndefined()
  })
})

describe('Conditional Access reaches', () => {
  it.each<[string, string, Asked, RegExp]>([
    ['no third party', 'vendor-sync', {}, /it is of another/],
    ['no application that others use', 'saas-product', {}, /other tenants use it/],
    [
      'nothing without the licence',
      'billing-export',
      {
        prepare: estate => {
          estate.servicePlans = ['AAD_PREMIUM']
        },
      },
      /Workload Identities Premium/,
    ],
  ])('%s, and the directory agrees', async (_, name, asked, message) => {
    const { refusal, cut, write, seed, snapshot } = await look(
      'azure.service-principal.gate',
      objectId(name),
      asked,
    )
    expect(refusal).toMatch(message)
    if (name !== 'saas-product') await expect(write(cut)).rejects.toMatchObject({ code: /denied|rejected/ })
    if (name !== 'saas-product') expect(snapshot()).toEqual(seed)
  })
})

describe('a detach leaves', () => {
  it('what is given for a time', async () => {
    const { refusal, facet } = await look('azure.service-principal.detach', objectId('dr-operator'))
    expect(facet).toEqual({})
    expect(refusal).toMatch(/Privileged Identity Management gives for a time/)
  })

  it('groups whose members a rule, the premises or roles decide', async () => {
    const { cut, facet } = await look('azure.service-principal.detach', objectId('mail-insights'))
    expect(changed(facet, cut).filter(entry => entry.startsWith('group/'))).toHaveLength(1)
    for (const [name, message] of [
      ['iac-pipeline', /can hold directory roles/],
      ['billing-export', /kept on premises/],
    ] as const) {
      const asked = { params: { grants: ['groups'] } }
      const { refusal } = await look('azure.service-principal.detach', objectId(name), asked)
      expect(refusal).toMatch(message)
    }
  })

  it('an agent that has nothing of its own, whose blueprint could make another', async () => {
    const { refusal } = await look('azure.service-principal.detach', objectId('agent-translate'))
    expect(refusal).toMatch(/blueprint.*make another/)
  })
})

it('a managed identity that Entra does not let us switch', async () => {
  const { cut, write, seed, snapshot } = await look('azure.managed-identity.disable', objectId('id-backup'), {
    prepare: estate => {
      estate.switches.managedIdentityPatch = false
    },
  })
  await expect(write(cut)).rejects.toMatchObject({
    code: 'denied',
    next: expect.stringMatching(/through its roles/) as string,
  })
  expect(snapshot()).toEqual(seed)
})

describe('what these credentials could not put back', () => {
  it.each<[string, string, RegExp]>([
    ['azure.service-principal.disable', objectId('billing-export'), /asks for Application\.ReadWrite\.All/],
    ['azure.service-principal.detach', objectId('billing-export'), /lack .*roleAssignments\/write at/],
    [
      'azure.service-principal.quarantine',
      objectId('billing-export'),
      /lack Microsoft\.Authorization\/roleAssignments\/write at/,
    ],
    ['azure.storage-account.constrain', 'stacmelogs', /lack Microsoft\.Storage\/storageAccounts\/write at/],
  ])('%s is one-way for who may only look', async (id, name, message) => {
    const { oneWay } = await look(id, name, {
      prepare: mayOnlyLook,
    })
    expect(await oneWay()).toMatch(message)
  })

  it('nothing is for the responder of the seed', async () => {
    const { oneWay } = await look('azure.service-principal.detach', objectId('mail-insights'))
    expect(await oneWay()).toBeUndefined()
  })
})

it('who is given a role again by somebody else meanwhile keeps theirs', async () => {
  const { facet, cut, write, session, identity, context } = await look(
    'azure.service-principal.detach',
    objectId('retired-importer'),
  )
  await write(cut)
  const [entry = ''] = changed(facet, cut)
  const value = facet[entry] as { scope: string; roleDefinitionId: string }
  const theirs = 'bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb'
  await session.client.call({
    service: 'arm',
    method: 'PUT',
    path: `${value.scope}/providers/Microsoft.Authorization/roleAssignments/${theirs}`,
    query: { 'api-version': '2022-04-01' },
    body: {
      properties: {
        roleDefinitionId: value.roleDefinitionId,
        principalId: identity.name,
        principalType: 'ServicePrincipal',
      },
    },
    operation: 'Microsoft.Authorization/roleAssignments/write',
  })
  const subject = interruption('azure.service-principal.detach')
  await expect(subject.write(session.client, cut, facet, context)).rejects.toMatchObject({
    code: 'rejected',
    message: expect.stringMatching(/somebody has given this role again/) as string,
  })
  const live = await subject.read(session.client, context)
  expect(Object.keys(live?.facet ?? {})).toEqual([`azure-role/${theirs}`])
  expect(withEntries(live?.facet ?? {}, [[`azure-role/${theirs}`, undefined]])).toEqual({})
})

async function identities({ session }: AzureRange, kind: string) {
  const found = []
  for await (const each of session.inventory({ kinds: [kind] })) found.push(each)
  return found
}
