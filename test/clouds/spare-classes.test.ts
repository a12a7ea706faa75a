import { describe, expect, it } from 'vitest'
import { sparesFor as awsSpares } from '../../src/clouds/aws/inventory/spares.ts'
import { doubts as azureDoubts } from '../../src/clouds/azure/inventory/doubts.ts'
import { sparesFor as azureSpares } from '../../src/clouds/azure/inventory/spares.ts'
import { sparesFor as gcpSpares } from '../../src/clouds/gcp/inventory/spares.ts'
import { selfOf } from '../../src/clouds/gcp/sign-in/caller.ts'
import type { Facts, Identity } from '../../src/model/identity.ts'
import { isAbsolute, type Spare, type SpareClass } from '../../src/model/spare.ts'

type Row = [kind: string, name: string, facts: Facts, spareClass: SpareClass | undefined, absolute: boolean]

const AWS: Row[] = [
  ['role', 'me', {}, 'self', true],
  ['oidc-provider', 'issuer', {}, 'self', true],
  ['role', 'x', { reserved: 'service-linked' }, 'provider', true],
  ['role', 'x', { reserved: 'sso' }, 'provider', true],
  ['role', 'stacksets-exec-x', {}, 'name', false],
  ['role', 'AWSSecurityIncidentResponseTriage', {}, 'name', false],
  ['user', 'x', { tags: { 'interdict:protected': 'true' } }, 'mark', false],
  // Called like a role of AWS's own, in a path that anybody may use.
  ['role', 'AWSServiceRoleForSupport', { reserved: '', path: '/' }, undefined, false],
]

const AZURE: Row[] = [
  ['service-principal', 'me', {}, 'self', true],
  ['service-principal', 'x', { firstParty: true, displayName: 'Graph' }, 'provider', true],
  ['service-principal', 'admin', {}, 'administrator', false],
  ['managed-identity', 'last-owner', {}, 'administrator', false],
  ['service-principal', 'x', { displayName: 'ConnectSyncProvisioning_DC02' }, 'name', false],
  ['service-principal', 'x', { tags: { 'interdict:protected': 'true' } }, 'mark', false],
  // A display name is nobody's alone.
  ['service-principal', 'x', { firstParty: false, displayName: 'Microsoft Graph' }, undefined, false],
]

const GCP: Row[] = [
  ['service-account', 'me@acme.iam.gserviceaccount.com', {}, 'self', true],
  ['service-account-key', 'own', {}, 'self', true],
  ['service-account', 'service-1@gcp-sa-pubsub.iam.gserviceaccount.com', {}, 'provider', true],
  ['service-account-key', 'x', { disabledBy: 'google' }, 'provider', true],
  [
    'service-account',
    'x@acme.iam.gserviceaccount.com',
    { administers: 'organizations/9' },
    'administrator',
    false,
  ],
  [
    'service-account',
    'x@acme.iam.gserviceaccount.com',
    { administers: '', description: 'interdict:protected' },
    'mark',
    false,
  ],
  // It is not known whether it administers anything.
  ['service-account', 'x@acme.iam.gserviceaccount.com', {}, 'administrator', false],
  ['service-account', 'y@acme.iam.gserviceaccount.com', { administers: '' }, undefined, false],
]

const spares: { [cloud: string]: (identity: Identity) => Spare | undefined } = {
  aws: awsSpares({ uids: ['me'], users: [], roles: [], issuers: ['issuer'] }),
  azure: azureSpares(
    {
      uids: ['me'],
      owners: [],
      lastGlobalAdministrator: 'admin',
      undecidedGlobal: undefined,
      appId: undefined,
    },
    {
      lastAdministratorOf: id => (id === 'last-owner' ? ['/subscriptions/1'] : []),
      undecided: () => undefined,
    },
  ),
  gcp: gcpSpares(selfOf([{ type: 'service-account', email: 'me@acme.iam.gserviceaccount.com', key: 'own' }])),
}

function identity(cloud: string, kind: string, name: string, facts: Facts): Identity {
  const account = 'acme'
  return { id: `${cloud}:${account}:${kind}/${name}`, uid: name, cloud, account, kind, name, facts }
}

describe.each([
  ['aws', AWS],
  ['azure', AZURE],
  ['gcp', GCP],
])('%s spares', (cloud, rows) => {
  it.each(rows)('%s %s %j as %s', (kind, name, facts, of, absolute) => {
    const spare = spares[cloud]?.(identity(cloud, kind, name, facts))
    expect(spare?.class).toBe(of)
    expect(spare !== undefined && isAbsolute(spare)).toBe(absolute)
  })
})

describe('spares that rest on what an identity may write itself', () => {
  it('name the members that they read, so that a cloud can be asked about them', () => {
    for (const [cloud, rows] of Object.entries({ aws: AWS, azure: AZURE, gcp: GCP })) {
      for (const [kind, name, facts, of] of rows) {
        if (of !== 'name' && of !== 'mark') continue
        expect(spares[cloud]?.(identity(cloud, kind, name, facts))?.reads, `${cloud} ${name}`).not.toEqual([])
      }
    }
  })

  it('give all reasons when an administrator is marked as well', () => {
    const roles = [{ role: 'roles/owner', resource: 'organizations/9' }]
    const facts = { roles, description: 'interdict:protected' }
    const spare = spares['gcp']?.(identity('gcp', 'service-account', 'x@acme.iam.gserviceaccount.com', facts))
    expect(spare?.also?.map(each => each.class)).toEqual(['mark'])
  })
})

describe('Azure doubts a mark', () => {
  const now = Date.parse('2026-11-30T00:00:00Z')
  const app = (facts: Facts) =>
    azureDoubts(identity('azure', 'service-principal', 'x', facts), ['displayName'], now)
  const known = { appRoles: [], directoryRoles: [], owners: [] }
  it.each<[string, Facts, RegExp | undefined]>([
    ['when the principal owns itself', { ...known, owners: ['X'] }, /may write this name itself/],
    [
      'when it may write all applications',
      { ...known, appRoles: [{ value: 'Application.ReadWrite.All' }] },
      /may write this name itself/,
    ],
    [
      'when it holds a directory role that manages applications',
      { ...known, directoryRoles: ['Cloud Application Administrator'] },
      /may write this name itself/,
    ],
    ['when what it may do was not listed', {}, /is not known/],
    ['when it was created yesterday', { ...known, created: '2026-11-28T23:00:00Z' }, /created 1 day ago/],
    ['and not when it may do nothing and is old', { ...known, created: '2024-01-01T00:00:00Z' }, undefined],
  ])('%s', async (_, facts, expected) => {
    const doubt = await app(facts)
    if (expected === undefined) expect(doubt).toBeUndefined()
    else expect(doubt).toMatch(expected)
  })
})
