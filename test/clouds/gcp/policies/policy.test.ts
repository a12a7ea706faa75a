import { describe, expect, it } from 'vitest'
import { grantsOf, type Policy, withDeltas } from '../../../../src/clouds/gcp/policies/policy.ts'
import { policyCall, policyPermission, typeOf } from '../../../../src/clouds/gcp/policies/resource.ts'
import { Gathering, sharedBy } from '../../../../src/clouds/kit/session/gathering.ts'

const ME = 'serviceAccount:app@acme.iam.gserviceaccount.com'
const GHOST = 'deleted:serviceAccount:old@acme.iam.gserviceaccount.com?uid=123'
const WEEKDAYS = { title: 'weekdays', expression: 'true', location: 'somewhere' }

const live = (): Policy => ({
  version: 3,
  etag: 'one',
  bindings: [
    { role: 'roles/viewer', members: [GHOST, ME, 'user:a@acme.example'] },
    { role: 'roles/viewer', members: [ME], condition: WEEKDAYS, bindingId: 'of the future' },
    { role: 'roles/editor', members: ['user:a@acme.example'] },
  ],
  auditConfigs: [{ service: 'allServices' }],
  futureField: { kept: true },
})

describe('an allow policy', () => {
  it('loses one member of one binding, and nothing else', () => {
    const { policy, changed } = withDeltas(live(), [{ op: 'remove', role: 'roles/viewer', member: ME }])
    const expected = live()
    expected.bindings![0]!.members = [GHOST, 'user:a@acme.example']
    expect(changed).toBe(true)
    expect(policy).toEqual(expected)
  })

  it('loses a binding with its last member, and gets it back with its condition to the letter', () => {
    const delta = { role: 'roles/viewer', member: ME, condition: WEEKDAYS }
    const { policy } = withDeltas(live(), [{ op: 'remove', ...delta }])
    expect(policy.bindings).toHaveLength(2)
    const { policy: back } = withDeltas(policy, [{ op: 'add', ...delta }])
    expect(back.bindings?.[2]).toEqual({ role: 'roles/viewer', members: [ME], condition: WEEKDAYS })
  })

  it('is not changed by what is there already, whatever the case of the address', () => {
    const member = ME.replace('app', 'App')
    expect(withDeltas(live(), [{ op: 'add', role: 'roles/viewer', member }]).changed).toBe(false)
    expect(withDeltas(live(), [{ op: 'remove', role: 'roles/owner', member }]).changed).toBe(false)
    expect(withDeltas(live(), [{ op: 'remove', role: 'roles/viewer', member }]).changed).toBe(true)
  })

  it('that nobody ever set gets its first binding', () => {
    const { policy } = withDeltas({ etag: 'ACAB' }, [{ op: 'add', role: 'roles/viewer', member: ME }])
    expect(policy).toEqual({
      version: 3,
      etag: 'ACAB',
      bindings: [{ role: 'roles/viewer', members: [ME] }],
    })
  })

  it('says no more by two bindings that are alike than by one', () => {
    const policy = live()
    policy.bindings?.push({ role: 'roles/viewer', members: [ME], condition: { ...WEEKDAYS } })
    expect(grantsOf(policy, ME)).toEqual(grantsOf(live(), ME))
  })

  it('is read the same in whatever order the bindings come', () => {
    const turned = { ...live(), bindings: live().bindings!.reverse() }
    expect(grantsOf(turned, ME)).toEqual(grantsOf(live(), ME))
    expect(grantsOf(live(), ME)).toEqual([
      { role: 'roles/viewer', member: ME, conditions: expect.arrayContaining([null, WEEKDAYS]) },
    ])
  })
})

describe('a resource', () => {
  it('is called as its own service wants it', () => {
    expect(policyCall('projects/p/serviceAccounts/1', 'getIamPolicy')).toMatchObject({
      service: 'iam',
      query: { 'options.requestedPolicyVersion': '3' },
    })
    expect(policyCall('folders/12', 'getIamPolicy')).toMatchObject({
      service: 'cloudresourcemanager',
      path: '/v3/folders/12:getIamPolicy',
      body: { options: { requestedPolicyVersion: 3 } },
    })
    expect(policyPermission('organization', 'setIamPolicy')).toBe(
      'resourcemanager.organizations.setIamPolicy',
    )
  })

  it.each(['', 'projects', 'buckets/b', 'projects/p/secrets/s', 'projects/p/serviceAccounts/1/keys/2'])(
    'is none of ours: %s',
    name => {
      expect(typeOf(name)).toBeUndefined()
      expect(() => policyCall(name, 'getIamPolicy')).toThrow(/no policy of ours/)
    },
  )
})

describe('what is asked for together', () => {
  it('is one piece of work; what comes while it is under way is the next one', async () => {
    const batches: string[][] = []
    let release: () => void = () => undefined
    const held = new Promise<void>(resolve => {
      release = resolve
    })
    const gathering = new Gathering<string, number>(async (_, items) => {
      batches.push(items)
      if (batches.length === 1) await held
      return sharedBy(items.length, batches.length)
    })
    const early = [gathering.add('x', 'a'), gathering.add('x', 'b')]
    while (batches.length === 0) await new Promise(setImmediate)
    const late = [gathering.add('x', 'c'), gathering.add('x', 'd')]
    release()
    expect(await Promise.all([...early, ...late])).toEqual([1, 1, 2, 2])
    expect(batches).toEqual([
      ['a', 'b'],
      ['c', 'd'],
    ])
  })

  it('fails for those who asked, and works for the next', async () => {
    let fails = true
    const gathering = new Gathering<string, string>(async (_, items) => {
      if (fails) throw new Error('no')
      return sharedBy(items.length, 'yes')
    })
    await expect(gathering.add('x', 'a')).rejects.toThrow('no')
    fails = false
    expect(await gathering.add('x', 'a')).toBe('yes')
  })
})
