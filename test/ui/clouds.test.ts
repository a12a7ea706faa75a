import { expect, test } from 'vitest'
import type { Identity } from '../../src/model/identity.ts'
import { identityText, identityWhole, namesOf } from '../../src/model/identity-text.ts'
import type { PlannedChange } from '../../src/model/plan.ts'
import { replay } from '../../src/model/run/replay.ts'
import { accountText } from '../../src/ui/account.ts'
import { inventoryText } from '../../src/ui/inventory.ts'
import { planText } from '../../src/ui/plan.ts'
import { previewText } from '../../src/ui/restore.ts'
import { runText } from '../../src/ui/status.ts'
import { summaryText } from '../../src/ui/summary.ts'
import { width, wrapNames } from '../../src/ui/text.ts'
import { change, entries, page, plan, started } from './fixture.ts'

const TENANT = '8b683b98-7802-4b1e-918c-5c3890b5f37b'
const APP = 'c09743c7-be6f-4eb3-8e21-fa61adfd452c'
const PRINCIPAL = '7b4ecf25-114e-46e4-85fd-608c6dd4d16d'

function entra(kind: string, name: string, facts: Identity['facts'], owner?: string): Identity {
  const id = `azure:${TENANT}:${kind}/${name}`
  const more = owner === undefined ? {} : { owner: `azure:${TENANT}:${owner}` }
  return { id, uid: name, cloud: 'azure', account: TENANT, kind, name, facts, ...more }
}

const mail = entra('service-principal', PRINCIPAL, { displayName: 'Mail Insights' })
const release = (number: number, facts: Identity['facts'] = {}) =>
  entra(
    'federated-credential',
    `${APP}/release-${number}`,
    { displayName: `release-${number}`, subject: `repo:acme/s-${number}:ref:refs/heads/main`, ...facts },
    `application/${APP}`,
  )
const callers = [{ cloud: 'azure', account: TENANT, alias: 'Acme', name: 'interdict' }]
const widest = (text: string) => Math.max(...text.split('\n').map(width))

function cut(of: Identity, verb: PlannedChange['verb'], more: Partial<PlannedChange>): PlannedChange {
  return { ...change(of, verb), leaves: 'some of it', ...more }
}

test('an id that nobody knows is shortened beside its name; an owner is named where anything tells', () => {
  expect(identityText(mail)).toBe('service-principal Mail Insights (7b4ecf25…)')
  expect(identityWhole(mail)).toBe(`service-principal Mail Insights (${PRINCIPAL})`)
  expect(identityText(release(1))).toBe('federated-credential release-1 of c09743c7…')
  expect(identityText(release(1, { ownerName: 'release-bot' }))).toBe(
    'federated-credential release-1 of release-bot',
  )
  const bot = entra('application', APP, { displayName: 'Release Bot' })
  expect(identityText(release(1), namesOf([bot]))).toBe('federated-credential release-1 of Release Bot')
  const secret = entra(
    'client-secret',
    `${APP}/eaa71b0c-995d-4731-ad59-d8a0ce7c541a`,
    { displayName: 'stolen', ownerName: 'Mail Insights' },
    `application/${APP}`,
  )
  expect(identityText(secret)).toBe('client-secret stolen (eaa71b0c…) of Mail Insights')
  expect(accountText({ cloud: 'azure', account: TENANT, alias: 'Acme' })).toBe('Azure Acme')
  expect(accountText({ cloud: 'aws', account: '111122223333', alias: 'acme' })).toBe('AWS 111122223333')
})

test('plan: verbs in the order of execution, entries in words and never cut', () => {
  const azureRole = 'azure-role/0f1f0fee-d370-447f-8cf1-406d13c29a71'
  const grant = `grant/roles/iam.serviceAccountTokenCreator@projects/acme-prod/serviceAccounts/${'x'.repeat(30)}@acme-prod.iam.gserviceaccount.com`
  const changes = [
    cut(mail, 'detach', {
      differences: [
        { entry: azureRole, from: { scope: '/subscriptions/x' }, to: undefined },
        { entry: grant, from: { conditions: [null] }, to: undefined },
      ],
      seen: {
        told: {
          [azureRole]: 'role Key Vault Secrets User on vaults/kv-acme-prod/secrets/payments in rg-payments',
        },
      },
    }),
    cut(mail, 'quarantine', { differences: [{ entry: 'deny/x', from: undefined, to: true }] }),
    cut(mail, 'disable', { differences: [{ entry: 'enabled', from: true, to: false }] }),
  ]
  const text = planText(plan(changes, { callers }), page())
  expect(text.match(/quarantine|disable|detach/g)).toEqual(['quarantine', 'disable', 'detach'])
  expect(text).toContain('add deny/x\n')
  expect(text.replace(/\s+/g, ' ')).toContain(
    'remove role Key Vault Secrets User on vaults/kv-acme-prod/secrets/payments in rg-payments',
  )
  expect(text.replace(/\s+/g, '')).toContain(`remove${grant}`)
  expect(text).not.toContain('…\n')
  expect(widest(text)).toBeLessThanOrEqual(80)
  expect(planText(plan(changes, { callers }), page(160))).toContain(`Mail Insights (${PRINCIPAL})`)
})

test('plan: identities to which the same happens are listed together, and what is left is said once', () => {
  const trust = [{ entry: 'trust', from: { issuer: 'https://token' }, to: undefined }]
  const changes = [
    ...Array.from({ length: 20 }, (_, at) =>
      cut(release(at, { ownerName: 'release-bot' }), 'disable', { differences: trust }),
    ),
    cut(mail, 'disable', {
      interruption: 'azure.federated-credential.disable',
      differences: [{ entry: 'enabled', from: true, to: false }],
    }),
  ].map(each => ({ ...each, interruption: 'azure.x.disable' }))
  const advice = changes.map(({ identity }) => ({ identity: identity.id, text: 'tokens that are out' }))
  const text = planText(plan(changes, { callers, advice }), page())
  expect(text.match(/remove trust/g)).toHaveLength(1)
  expect(text.match(/some of it/g)).toHaveLength(1)
  expect(text).toContain(
    '  federated-credential release-0 of release-bot\n    trusts repo:acme/s-0:ref:refs/heads/main\n',
  )
  expect(text).toContain(
    '  … and 14 more of the same (--all shows them)\n    disable         - remove trust\n',
  )
  expect(text).toContain('service-principal Mail Insights')
  expect(text.match(/tokens that are out/g)).toHaveLength(1)
  expect(text).not.toContain(APP)
  const all = planText(plan(changes, { callers, advice }), page(80, true))
  expect(all).not.toContain('… and')
  expect(all).toContain('leaves          as above')
})

test('plan: callers are named once; what was asked for is told, and what was not', () => {
  const aws = plan([]).callers[0] ?? { cloud: 'aws', account: '1', name: 'x' }
  const both = [aws, { ...aws, account: '444455556666' }]
  const fault = { code: 'not-authenticated', message: 'no credentials' } as const
  const text = planText(
    plan([], {
      callers: both,
      target: { kind: 'lab', at: 'lab-1' },
      inputs: { vendor_accounts: ['998877665544'], vendor_projects: [] },
      unreached: [{ cloud: 'gcp', account: 'self', fault }],
    }),
    page(),
  )
  expect(text).toContain('\nwith vendor_accounts 998877665544; vendor_projects none\n')
  expect(text).toContain('✖ Google Cloud was not reached: no credentials\n')
  expect(text.match(/^as /gm)).toHaveLength(1)
  expect(text.match(/in the lab lab-1/g)).toHaveLength(1)
})

test('status and restore speak of names, and of roles in words', () => {
  const entry = 'azure-role/0f1f0fee-d370-447f-8cf1-406d13c29a71'
  const seen = { told: { [entry]: 'role Reader on subscription Production' } }
  const taken = cut(mail, 'detach', { differences: [{ entry, from: { scope: '/x' }, to: undefined }], seen })
  const found = release(1)
  const run = replay(
    entries([
      started(plan([taken], { callers })),
      { type: 'sweep.found', identity: found, owner: mail.id, contained: true },
    ]),
  )
  if (!run) throw new Error('no state')
  const text = runText(run, '/x', page())
  expect(text).toContain('service-principal Mail Insights (7b4ecf25…)')
  expect(text).not.toContain(PRINCIPAL)
  const preview = previewText(
    run,
    [
      {
        key: taken.key,
        identity: mail,
        interruption: 'azure.service-principal.detach',
        entries: [
          {
            entry,
            before: { scope: '/x' },
            ours: undefined,
            live: undefined,
            decision: 'put-back',
            to: { scope: '/x' },
          },
        ],
      },
    ],
    page(),
  )
  expect(preview).toContain('role Reader on subscription Production  added again\n')
})

test('contain: what is wrong with many in the same way is said once', () => {
  const trust = [{ entry: 'trust', from: { issuer: 'https://token' }, to: undefined }]
  const changes = Array.from({ length: 9 }, (_, at) =>
    cut(release(at, { ownerName: 'release-bot' }), 'disable', { differences: trust }),
  )
  const run = replay(entries([started(plan(changes, { callers }))]))
  if (!run) throw new Error('no state')
  const text = summaryText(run, '/x', page())
  expect(text.replace(/\s+/g, ' ')).toContain(
    '✖ 9 changes: was not begun: federated-credential release-0 of release-bot disable,',
  )
  expect(text.match(/was not begun/g)).toHaveLength(1)
  expect(text).toContain('Azure Acme')
})

test('inventory: an account each, in the order of names, with what belongs to somebody below', () => {
  const identities = [
    release(2),
    entra('application', APP, { displayName: 'zebra' }),
    entra('application', PRINCIPAL, { displayName: 'Apple' }),
    {
      ...mail,
      id: 'gcp:acme-prod:service-account/a',
      cloud: 'gcp',
      account: 'acme-prod',
      name: 'a',
      facts: {},
    },
  ]
  const text = inventoryText(identities, page())
  expect(text.indexOf('Azure ')).toBeLessThan(text.indexOf('Google Cloud acme-prod'))
  expect(text).toMatch(/application +Apple *\napplication +zebra *\n.*federated-credential +release-2 +zebra/)
  expect(widest(text)).toBeLessThanOrEqual(80)
})

test('a word that is too wide goes on in the next line, after a separator where it has one', () => {
  expect(wrapNames('principalSet://iam/projects/1 acts', 16)).toEqual([
    'principalSet://',
    'iam/projects/1',
    'acts',
  ])
  expect(wrapNames('abcdefgh', 3)).toEqual(['abc', 'def', 'gh'])
  expect(wrapNames('a  b', 10)).toEqual(['a  b'])
})
