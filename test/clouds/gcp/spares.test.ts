import { describe, expect, it } from 'vitest'
import { advise, manual } from '../../../src/clouds/gcp/advice.ts'
import { administered } from '../../../src/clouds/gcp/inventory/administration.ts'
import { sparesFor } from '../../../src/clouds/gcp/inventory/spares.ts'
import type { Who } from '../../../src/clouds/gcp/sign-in/auth.ts'
import { selfOf } from '../../../src/clouds/gcp/sign-in/caller.ts'
import type { Facts, Identity } from '../../../src/model/identity.ts'
import { isAbsolute } from '../../../src/model/spare.ts'

const POOL = 'projects/123/locations/global/workloadIdentityPools/github'
const chain: Who[] = [
  {
    type: 'service-account',
    email: 'Responder@acme-prod.iam.gserviceaccount.com',
    uid: '111',
    key: 'own-key',
  },
  { type: 'service-account', email: 'hop@acme-prod.iam.gserviceaccount.com' },
  { type: 'federated', email: '', provider: `${POOL}/providers/actions` },
]
const spareOf = sparesFor(selfOf(chain))
const spares = (identity: Identity) => spareOf(identity)?.because

function identity(kind: string, name: string, facts: Facts = {}, uid = '222'): Identity {
  return { id: `gcp:acme-prod:${kind}/${name}`, uid, cloud: 'gcp', account: 'acme-prod', kind, name, facts }
}
/** Of an account that is known to administer nothing, unless the facts say otherwise. */
const account = (name: string, facts: Facts = {}, uid?: string) =>
  spares(identity('service-account', name, { administers: '', ...facts }, uid))

describe('never touched', () => {
  it('ourselves, by address or unique id, and what we came through', () => {
    expect(account('responder@acme-prod.iam.gserviceaccount.com')).toBe('that is you')
    expect(account('renamed@acme-prod.iam.gserviceaccount.com', {}, '111')).toBe('you came through it')
    expect(account('hop@acme-prod.iam.gserviceaccount.com')).toBe('you came through it')
    expect(account('other@acme-prod.iam.gserviceaccount.com')).toBeUndefined()
  })

  it('our own key, and every credential that is ours', () => {
    expect(spares(identity('service-account-key', 'own-key'))).toBe('that is your own key')
    const serviceAccount = 'hop@acme-prod.iam.gserviceaccount.com'
    for (const kind of ['service-account-key', 'hmac-key', 'api-key']) {
      expect(spares(identity(kind, 'x', { serviceAccount }))).toBe('that is yours')
    }
    expect(spares(identity('api-key', 'x', { serviceAccount: '' }))).toBeUndefined()
  })

  it('the pool and the provider that we signed in through, and no others', () => {
    expect(spares(identity('workload-pool', 'github', {}, POOL))).toBe('you signed in through it')
    const provider = identity('workload-provider', 'github/actions', {}, `${POOL}/providers/actions`)
    expect(spares(provider)).toBe('you signed in through it')
    expect(
      spares(identity('workload-provider', 'github/gitlab', {}, `${POOL}/providers/gitlab`)),
    ).toBeUndefined()
  })

  it.each([
    '123@cloudservices.gserviceaccount.com',
    'service-123@gcp-sa-pubsub.iam.gserviceaccount.com',
    'service-123@compute-system.iam.gserviceaccount.com',
    'service-123@container-engine-robot.iam.gserviceaccount.com',
    '123@cloudbuild.gserviceaccount.com',
    'gcp-compromised-key-response@system.gserviceaccount.com',
  ])('%s, which is Google’s', name => {
    expect(account(name)).toBe('service agent: only Google may change it')
  })

  it('but an account of a project that is called like one of Google’s can be contained', () => {
    const name = 'service-123@acme-robot.iam.gserviceaccount.com'
    expect(
      spares({ ...identity('service-account', name, { administers: '' }), account: 'acme-robot' }),
    ).toBeUndefined()
    expect(account('123456789012-compute@developer.gserviceaccount.com')).toBeUndefined()
    expect(account('acme-prod@appspot.gserviceaccount.com')).toBeUndefined()
  })

  it('who administers the organization; not who owns a project', () => {
    const name = 'terraform@acme-prod.iam.gserviceaccount.com'
    const holding = (role: string, resource: string) => {
      const grants = { of: () => [{ role, resource, condition: '' }], unread: [] }
      const organization = administered({ hidden: [] } as never, grants.of(), grants)
      return account(name, organization === undefined ? {} : { administers: organization })
    }
    expect(holding('roles/resourcemanager.organizationAdmin', 'organizations/9')).toBe(
      'it administers organizations/9',
    )
    expect(holding('roles/iam.denyAdmin', 'organizations/9')).toBeDefined()
    expect(holding('roles/owner', 'projects/acme-prod')).toBeUndefined()
    expect(holding('roles/viewer', 'organizations/9')).toBeUndefined()
  })

  it('an account of which it cannot be told whether it administers the organization, which a person may overrule', () => {
    const undecided = sparesFor(
      selfOf(chain),
      () => 'organizations/9 may not be read (a right would decide it)',
    )
    const found = undecided(identity('service-account', 'app@acme-prod.iam.gserviceaccount.com'))
    expect(found?.because).toBe(
      'unknown whether it administers the organization: organizations/9 may not be read (a right would decide it); --include-protected with --reason includes it',
    )
    expect(found && isAbsolute(found)).toBe(false)
  })

  it('what Google itself disabled; but what is only exposed is a target', () => {
    const key = (facts: Facts) => spares(identity('service-account-key', 'k', facts))
    expect(key({ enabled: false, disabledBy: 'google', exposed: true })).toMatch(/^Google disabled this key/)
    expect(key({ enabled: true, disabledBy: '', exposed: true })).toBeUndefined()
    expect(key({ enabled: false, disabledBy: 'user' })).toBeUndefined()
  })

  it('what its description protects', () => {
    const name = 'billing@acme-prod.iam.gserviceaccount.com'
    expect(account(name, { description: 'Billing. interdict:protected' })).toMatch(/interdict:protected/)
    expect(account(name, { description: 'not-interdict:protectedness' })).toBeUndefined()
  })
})

describe('advice', () => {
  const key = identity('service-account-key', 'k')
  it('a disabled key leaves its tokens, unless the account is stopped as well', () => {
    expect(advise(key, ['gcp.service-account-key.disable'])).toEqual([
      expect.stringContaining('disable or quarantine the service account'),
    ])
    expect(advise(key, ['gcp.service-account-key.disable', 'gcp.service-account.disable'])).toEqual([])
    expect(advise(key, ['gcp.service-account-key.disable', 'gcp.service-account.quarantine'])).toEqual([])
    expect(advise(key, [])).toEqual([])
  })

  it('a disabled provider leaves its tokens', () => {
    const provider = identity('workload-provider', 'github/actions')
    expect(advise(provider, ['gcp.workload-provider.disable'])).toEqual([
      expect.stringContaining('disable the pool'),
    ])
    expect(advise(provider, ['gcp.workload-provider.disable', 'gcp.workload-pool.disable'])).toEqual([])
  })

  it('domain-wide delegation is for a person to look at, by the client id', () => {
    const steps = manual(identity('service-account', 'x@y', { oauth2ClientId: '1234567890' }))
    expect(steps).toEqual([expect.stringContaining('client ID 1234567890 in admin.google.com')])
    expect(manual(identity('service-account', 'x@y'))).toEqual([])
    expect(manual(key)).toEqual([])
  })
})
