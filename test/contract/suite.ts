import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { entryOf, type Facet } from '../../src/model/facet.ts'
import type { Identity } from '../../src/model/identity.ts'
import type { Context, Interruption } from '../../src/model/interruption.ts'
import { type Json, same } from '../../src/model/json.ts'
import type { Session } from '../../src/model/provider.ts'
import { sampled } from './sampled.ts'

/** A cloud's lab, as the contract needs it. Each cloud brings its own; the laws below are the same for all. */
export interface Range {
  session: Session
  /** The whole estate as plain data, without what only the server makes. */
  snapshot(): Json
  /** Operations that went over the wire since the last call, by the cloud's own names. */
  operations(): string[]
  /** Those that change something, since the last call of either. */
  writes(): string[]
  /** The same in their order, each as often as it was made, and what the range itself notes between them. */
  trace(): string[]
  now(): string
  close(): Promise<void>
}

/** An interruption and the identities of the seed that it is tried on. */
export interface Subject {
  interruption: Interruption
  /** Names of identities of a kind in `on`; several where the interruption behaves differently. */
  names: string[]
  params?: Json
}

const RUN = 'c0de'

/** The laws of a lens, over the real client and the wire. */
export function contractSuite(cloud: string, open: () => Promise<Range>, subjects: Subject[]): void {
  for (const { interruption, names, params = {} } of subjects) {
    describe(`${cloud}: ${interruption.id}`, () => {
      let range: Range
      beforeAll(async () => {
        range = await open()
      })
      afterAll(async () => {
        await range.close()
      })

      it.each(sampled(names, 2))('keeps the laws on %s', async name => {
        const identity = await find(range.session, interruption.on, name)
        const context: Context = {
          run: RUN,
          now: range.now(),
          identity,
          params: interruption.params.parse(params),
          exhausted: [],
        }
        const at = async () => {
          const reading = await interruption.read(range.session.client, context)
          if (!reading) throw new Error(`${identity.id} is gone`)
          return reading
        }
        const seed = range.snapshot()

        range.operations()
        const before = await at()
        expect(before.uid).toBe(identity.uid)
        const readCalls = range.operations()
        expect(readCalls.filter(call => !interruption.permissions.read.includes(call))).toEqual([])

        // Writing what was read changes nothing.
        await interruption.write(range.session.client, before.facet, before.facet, context)
        expect(range.snapshot()).toEqual(seed)
        range.operations()

        // A reading returns the written values.
        const seen = { ...context, ...(before.seen === undefined ? {} : { seen: before.seen }) }
        expect(interruption.refuse?.(before.facet, seen)).toBeUndefined()
        const cut = interruption.cut(before.facet, seen)
        expect(same(cut, before.facet), 'the subject is not cut yet').toBe(false)
        await interruption.write(range.session.client, before.facet, cut, seen)
        const cutCalls = range.operations()
        expect(cutCalls.filter(call => !allowed(interruption, 'cut', call))).toEqual([])
        const after = await at()
        expect(after.facet).toEqual(cut)
        expect(range.snapshot()).not.toEqual(seed)

        // Cutting twice is cutting once.
        const again = { ...context, ...(after.seen === undefined ? {} : { seen: after.seen }) }
        expect(interruption.cut(after.facet, again)).toEqual(cut)
        await interruption.write(range.session.client, before.facet, cut, seen)
        expect((await at()).facet).toEqual(cut)

        // Restore gives the seed back.
        range.operations()
        await interruption.write(range.session.client, after.facet, before.facet, again)
        const restoreCalls = range.operations()
        expect(restoreCalls.filter(call => !allowed(interruption, 'restore', call))).toEqual([])
        expect((await at()).facet).toEqual(before.facet)
        expect(range.snapshot()).toEqual(seed)

        // Restoring twice is restoring once, as after a crash.
        await interruption.write(range.session.client, after.facet, before.facet, again)
        expect(range.snapshot()).toEqual(seed)
      })
    })
  }
}

/** Cut and restore may read what they change; the declared reads cover that. */
function allowed(interruption: Interruption, side: 'cut' | 'restore', call: string): boolean {
  return interruption.permissions[side].includes(call) || interruption.permissions.read.includes(call)
}

/** An identity of the lab by kind and name; credentials are asked of their owners when a listing leaves them out. */
export async function find(session: Session, kinds: readonly string[], name: string): Promise<Identity> {
  const only = kinds.map(kind => ({ kind, name }))
  for await (const identity of session.inventory({ kinds, only })) {
    if (kinds.includes(identity.kind) && identity.name === name) return identity
  }
  throw new Error(`no ${kinds.join(' or ')} ${name} in the seed`)
}

/** The entries of a facet that differ from another's, for messages. */
export function changed(from: Facet, to: Facet): string[] {
  return Object.keys({ ...from, ...to }).filter(entry => !same(entryOf(from, entry), entryOf(to, entry)))
}
