import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { differences, type Facet } from '../../src/model/facet.ts'
import type { Context, Interruption } from '../../src/model/interruption.ts'
import type { Json } from '../../src/model/json.ts'

/** One cloud's part in the laws below, which are the same for all. */
export interface LawsCase {
  /** First part of the ids. */
  prefix: string
  interruptions: readonly Interruption[]
  /** An entry as readings have them, of whatever interruption. */
  entry: fc.Arbitrary<[string, Json]>
  /** The `seen` of a reading. */
  seen?: fc.Arbitrary<Json | undefined>
  /** Entries that there may turn out to be no room for. */
  exhausted: string[]
  /** Entries that no cut removes: denials, boundaries, what belongs to people or to the cloud itself. */
  kept: RegExp
  contextFor(kind: string, over: Partial<Context>): Context
}

/** The laws of the pure half of every interruption, over facets of any kind. */
export function lawsSuite(its: LawsCase): void {
  const facet: fc.Arbitrary<Facet> = fc.array(its.entry).map(entries => Object.fromEntries(entries))
  const exhausted = fc.subarray(its.exhausted)
  const seen = its.seen ?? fc.constant(undefined)

  describe.each(its.interruptions.map(each => [each.id, each] as const))('%s', (_, each) => {
    const context = (over: Partial<Context> = {}) =>
      its.contextFor(each.on[0] ?? '', { params: each.params.parse(each.example ?? {}) as Json, ...over })
    const told = (found: Json | undefined) => (found === undefined ? {} : { seen: found })

    it('changes nothing that is cut already, at whatever time', () => {
      fc.assert(
        fc.property(facet, seen, exhausted, (before, found, full) => {
          const first = context({ exhausted: full, ...told(found) })
          const once = each.cut(before, first)
          const later = { ...first, now: '2027-01-01T00:00:00Z' }
          expect(differences(once, each.cut(once, later))).toEqual([])
        }),
      )
    })

    it('never sets what it was told there is no room for', () => {
      fc.assert(
        fc.property(facet, seen, exhausted, (before, found, full) => {
          const cut = each.cut(before, context({ exhausted: full, ...told(found) }))
          for (const { entry, to } of differences(before, cut))
            if (to !== undefined) expect(full).not.toContain(entry)
        }),
      )
    })

    it('never widens: what denies stays, and what is not ours to take', () => {
      fc.assert(
        fc.property(facet, seen, (before, found) => {
          const cut = each.cut(before, context(told(found)))
          for (const { entry, to } of differences(before, cut))
            if (to === undefined) expect(entry).not.toMatch(its.kept)
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
      expect(each.leaves.length).toBeLessThanOrEqual(200)
      expect(each.params.safeParse(each.example).success).toBe(true)
      expect(each.params.safeParse({ ...(each.example as object), surprise: 1 }).success).toBe(false)
    })
  })

  it('has every id once, made of cloud, kind and verb', () => {
    expect(new Set(its.interruptions.map(each => each.id)).size).toBe(its.interruptions.length)
    for (const { id, on, verbs } of its.interruptions) expect(id).toBe(`${its.prefix}.${on[0]}.${verbs[0]}`)
  })
}
