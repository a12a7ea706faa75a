import { afterEach, describe, expect, it } from 'vitest'
import { emailOf, openTown, subjectOf, type Town } from './small-estate.ts'

const ID = 'gcp.service-account.quarantine'
const NAMES = ['a', 'b', 'c']

let town: Town
afterEach(async () => await town.close())

describe('one deny policy for a run', () => {
  it('is made for the first, holds them all, and is deleted with the last', async () => {
    town = await openTown(NAMES)
    const seed = town.gcp.snapshot()
    const subjects = NAMES.map(name => subjectOf(town, ID, name))
    const before = await Promise.all(subjects.map(({ read }) => read()))
    expect(before.map(({ facet }) => facet)).toEqual([{}, {}, {}])
    expect(town.calls()['iam.policies.get']).toBe(1)
    // The cloud shows no deny of ours yet, whatever it can say of grants.
    expect(await subjects[0]!.interruption.probe?.(town.client, subjects[0]!.context)).toBe('pending')
    town.calls()
    const cut = subjects.map(({ interruption, told }, at) => interruption.cut({}, told(before[at]!)))
    await Promise.all(
      subjects.map(({ interruption, told }, at) =>
        interruption.write(town.client, {}, cut[at]!, told(before[at]!)),
      ),
    )
    expect(town.calls()).toMatchObject({ 'iam.policies.createPolicy': 1 })
    const [policy, ...others] = town.gcp.estate().denyPolicies
    expect(others).toEqual([])
    expect(policy).toMatchObject({ id: 'interdict-c0de', attachedTo: 'projects/111122223333' })
    expect(policy?.rules).toHaveLength(1)
    expect(policy?.rules[0]?.denyRule.deniedPrincipals).toEqual(
      NAMES.map(name => `principal://iam.googleapis.com/projects/-/serviceAccounts/${emailOf(name)}`),
    )
    const after = await Promise.all(subjects.map(({ read }) => read()))
    expect(after.map(({ facet }) => facet)).toEqual(cut)
    expect(
      await Promise.all(
        subjects.map(({ interruption, context }) => interruption.probe?.(town.client, context)),
      ),
    ).toEqual(['denied', 'denied', 'denied'])

    const [first, ...rest] = subjects
    await first!.interruption.write(town.client, cut[0]!, {}, first!.told(before[0]!))
    expect(town.gcp.estate().denyPolicies[0]?.rules[0]?.denyRule.deniedPrincipals).toHaveLength(2)
    await Promise.all(
      rest.map(({ interruption, told }, at) =>
        interruption.write(town.client, cut[at + 1]!, {}, told(before[at + 1]!)),
      ),
    )
    expect(town.gcp.snapshot()).toEqual(seed)
    expect(town.calls()).toMatchObject({ 'iam.policies.update': 1, 'iam.policies.delete': 1 })
  })
})
