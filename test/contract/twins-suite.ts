import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { differences } from '../../src/model/facet.ts'
import type { Context } from '../../src/model/interruption.ts'
import type { Json } from '../../src/model/json.ts'
import { find, type Range, type Subject } from './suite.ts'

/** A subject with settings that only look alike: in the case of letters, by a prefix, under another condition. */
export interface Twins extends Omit<Subject, 'names'> {
  name: string
  /** The part of the lab's snapshot in which texts are looked for; all of it when missing. */
  part?: (snapshot: Json) => Json | undefined
  /** Texts that the part has before, and no longer after the cut. */
  takes: string[]
  /** Texts that the part still has after the cut: twins that the parameters do not mean. */
  keeps: string[]
}

/**
 * No setting swallows a second one: what a cut takes away is in its differences, each setting under a name of its own, and
 * no other one goes with it; a restore gives all of them back.
 */
export function twinsSuite(cloud: string, open: () => Promise<Range>, all: Twins[]): void {
  describe(`${cloud}: settings that look alike`, () => {
    let range: Range
    beforeAll(async () => {
      range = await open()
    })
    afterAll(() => range.close())

    it.each(all.map(each => [each.interruption.id, each.name, each] as const))(
      '%s takes those of %s that are meant, and gives them back',
      async (_, name, { interruption, params = {}, part = all => all, takes, keeps }) => {
        const { client } = range.session
        const identity = await find(range.session, interruption.on, name)
        const base: Context = {
          run: 'c0de',
          now: range.now(),
          identity,
          params: interruption.params.parse(params) as Json,
          exhausted: [],
        }
        const read = async () => {
          const reading = await interruption.read(client, base)
          if (!reading) throw new Error(`${identity.id} is gone`)
          return reading
        }
        const seed = range.snapshot()
        const quoted = (text: string) => JSON.stringify(text).slice(1, -1)
        const has = (text: string) => JSON.stringify(part(range.snapshot())).includes(quoted(text))
        expect(
          [...takes, ...keeps].filter(text => !has(text)),
          'the seed has all of them',
        ).toEqual([])

        const before = await read()
        const seen = { ...base, ...(before.seen === undefined ? {} : { seen: before.seen }) }
        expect(interruption.refuse?.(before.facet, seen)).toBeUndefined()
        const cut = interruption.cut(before.facet, seen)
        const recorded = JSON.stringify(differences(before.facet, cut))
        await interruption.write(client, before.facet, cut, seen)

        expect(takes.filter(has), 'taken').toEqual([])
        expect(
          takes.filter(text => !recorded.includes(quoted(text))),
          'each is recorded',
        ).toEqual([])
        expect(
          keeps.filter(text => !has(text)),
          'not meant, so still there',
        ).toEqual([])
        const after = await read()
        expect(after.facet).toEqual(cut)

        const again = { ...base, ...(after.seen === undefined ? {} : { seen: after.seen }) }
        await interruption.write(client, after.facet, before.facet, again)
        expect((await read()).facet).toEqual(before.facet)
        expect(range.snapshot()).toEqual(seed)
      },
    )
  })
}
