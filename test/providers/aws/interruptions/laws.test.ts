import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { differences, type Facet } from '../../../../src/model/facet.ts'
import { interruptions } from '../../../../src/providers/aws/interruptions/index.ts'
import { contextFor } from './subjects.ts'

const arn = fc.constantFrom(
  'arn:aws:iam::aws:policy/AWSDenyAll',
  'arn:aws:iam::aws:policy/ReadOnlyAccess',
  'arn:aws:iam::aws:policy/AWSCompromisedKeyQuarantineV4',
  'arn:aws:iam::111122223333:policy/team/deploy',
)
const entry = fc.oneof(
  fc.tuple(fc.constant('status'), fc.constantFrom('Active', 'Inactive', 'Expired')),
  fc.tuple(
    fc.constantFrom('inline/app', 'inline/interdict-7f3k', 'inline/interdict-7f3k-sessions'),
    fc.string(),
  ),
  fc.tuple(
    arn.map(each => `attached/${each}`),
    fc.constant(true),
  ),
  fc.tuple(fc.constant('boundary'), arn),
  fc.tuple(fc.constantFrom('group/admins', 'audience/sts.amazonaws.com'), fc.constant(true)),
  fc.tuple(fc.constant('instance-profile'), fc.constant('arn:aws:iam::111122223333:instance-profile/web')),
)
const facet: fc.Arbitrary<Facet> = fc.array(entry).map(entries => Object.fromEntries(entries))
const seen = fc.oneof(
  fc.constant(undefined),
  fc.record({
    inlineUsed: fc.nat(2048),
    inlineQuota: fc.constant(2048),
    attachedCount: fc.nat(10),
    attachedQuota: fc.constant(10),
  }),
)
const exhausted = fc.subarray([
  'inline/interdict-7f3k',
  'attached/arn:aws:iam::aws:policy/AWSDenyAll',
  'boundary',
])

describe.each(interruptions.map(each => [each.id, each] as const))('%s', (_, each) => {
  const context = (over = {}) => contextFor(each.on[0] ?? '', { params: each.example ?? {}, ...over })

  it('changes nothing that is cut already, at whatever time', () => {
    fc.assert(
      fc.property(facet, seen, exhausted, (before, found, full) => {
        const first = { ...context({ exhausted: full }), ...(found ? { seen: found } : {}) }
        const once = each.cut(before, first)
        const later = { ...first, now: '2027-01-01T00:00:00Z' }
        expect(differences(once, each.cut(once, later))).toEqual([])
      }),
    )
  })

  it('never sets what it was told there is no room for', () => {
    fc.assert(
      fc.property(facet, exhausted, (before, full) => {
        const cut = each.cut(before, context({ exhausted: full }))
        for (const { entry, to } of differences(before, cut))
          if (to !== undefined) expect(full).not.toContain(entry)
      }),
    )
  })

  it('never widens: it removes no boundary, deny of ours or quarantine of AWS', () => {
    fc.assert(
      fc.property(facet, before => {
        const removed = differences(before, each.cut(before, context())).filter(({ to }) => to === undefined)
        for (const { entry } of removed) {
          expect(entry).not.toMatch(/boundary|interdict-|AWSDenyAll|AWSCompromisedKeyQuarantine/)
        }
      }),
    )
  })

  it('leaves the same after stepping down twice', () => {
    fc.assert(
      fc.property(facet, restored => {
        const down = each.stepDown?.(restored, context()) ?? restored
        expect(each.stepDown?.(down, context()) ?? down).toEqual(down)
      }),
    )
  })

  it('says shortly what it leaves, and takes its example', () => {
    expect(each.leaves.length).toBeLessThanOrEqual(100)
    expect(each.params.safeParse(each.example).success).toBe(true)
    expect(each.params.safeParse({ ...(each.example as object), surprise: 1 }).success).toBe(false)
  })
})

it('has every id once, made of cloud, kind and verb', () => {
  expect(new Set(interruptions.map(each => each.id)).size).toBe(interruptions.length)
  for (const { id, on, verbs } of interruptions) expect(id).toBe(`aws.${on[0]}.${verbs[0]}`)
})
