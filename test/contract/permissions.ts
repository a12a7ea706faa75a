import { describe, expect, it } from 'vitest'
import { differences, type Facet, withEntries } from '../../src/model/facet.ts'
import { Fault } from '../../src/model/fault.ts'
import type { Context, Interruption, Reading } from '../../src/model/interruption.ts'
import type { Json } from '../../src/model/json.ts'
import { find, type Range, type Subject } from './suite.ts'

/** An estate and what is tried on it. */
export interface Round {
  open: () => Promise<Range>
  subjects: Subject[]
}

export interface PermissionCase {
  cloud: string
  interruptions: readonly Interruption[]
  rounds: Round[]
  /** Declared and never called here: the cloud asks for it when something else is called, or it was asked when the session was opened. */
  askedByCloud?: ReadonlySet<string>
  /** Values that somebody else may have put in the place of ours, and that a forced restore has to take away again. */
  drifted?: { [id: string]: (before: Facet) => Facet }
}

interface Called {
  read: Set<string>
  cut: Set<string>
  restore: Set<string>
}

/** The declared permissions are those of the calls that are made, no more and no fewer. */
export function permissionSuite(its: PermissionCase): void {
  const asked = its.askedByCloud ?? new Set()
  describe(`${its.cloud}: permissions are those of what is called`, () => {
    it.each(its.interruptions.map(({ id }) => id))('%s', async id => {
      const called: Called = { read: new Set(), cut: new Set(), restore: new Set() }
      for (const { open, subjects } of its.rounds) {
        const own = subjects.filter(({ interruption }) => interruption.id === id)
        if (own.length === 0) continue
        const range = await open()
        try {
          const seed = range.snapshot()
          for (const subject of own) await exercise(range, subject, called, its.drifted?.[id])
          expect(range.snapshot()).toEqual(seed)
        } finally {
          await range.close()
        }
      }
      const declared = its.interruptions.find(each => each.id === id)?.permissions
      const sorted = (calls: Iterable<string>) => [...new Set(calls)].filter(call => !asked.has(call)).sort()
      // A write may also read first, as far as reading is declared.
      const beyondReading = (calls: Iterable<string>) =>
        sorted(calls).filter(call => !declared?.read.includes(call))
      expect(sorted(called.read)).toEqual(sorted(declared?.read ?? []))
      expect(beyondReading(called.cut)).toEqual(beyondReading(declared?.cut ?? []))
      expect(beyondReading(called.restore)).toEqual(beyondReading(declared?.restore ?? []))
    })
  })
}

/** All names of a subject one after the other, then put back in the same order, so that they meet where they share. */
async function exercise(
  range: Range,
  { interruption, names, params = {} }: Subject,
  called: Called,
  drift?: (before: Facet) => Facet,
): Promise<void> {
  const { client } = range.session
  const note = (side: keyof Called) => {
    for (const call of range.operations()) called[side].add(call)
  }
  const cuts: { before: Facet; after: Facet; context: Context }[] = []
  for (const name of names) {
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
    range.operations()
    const before = await read()
    const told = { ...base, ...(before.seen === undefined ? {} : { seen: before.seen }) }
    expect(await interruption.oneWay?.(client, told)).toBeUndefined()
    note('read')
    const context = await cutDown(interruption, range, before, base)
    note('cut')
    const after = await read()
    await interruption.probe?.(client, seenIn(context, after))
    note('read')
    cuts.push({ before: before.facet, after: after.facet, context: seenIn(context, after) })
  }
  for (const each of cuts) {
    const down = drift?.(each.before) ?? interruption.stepDown?.(each.before, each.context)
    if (!down) continue
    await interruption.write(client, each.after, down, each.context)
    // Somebody else makes the drift.
    if (drift) range.operations()
    each.after = down
  }
  for (const { before, after, context } of cuts) {
    const held = Object.keys({ ...before, ...after })
    const live = (await interruption.read(client, { ...context, held }))?.facet ?? {}
    const to = withEntries(
      live,
      held.map(entry => [entry, before[entry]]),
    )
    await interruption.write(client, after, to, context)
  }
  note('restore')
}

/** As the engine goes down the rungs. */
async function cutDown(
  interruption: Interruption,
  { session: { client } }: Range,
  before: Reading,
  base: Context,
): Promise<Context> {
  const context = seenIn(base, before)
  const cut = interruption.cut(before.facet, context)
  try {
    await interruption.write(client, before.facet, cut, context)
    return context
  } catch (error) {
    if (!(error instanceof Fault) || error.code !== 'quota') throw error
    const exhausted = differences(before.facet, cut).map(({ entry }) => entry)
    const lower = { ...context, exhausted }
    await interruption.write(client, before.facet, interruption.cut(before.facet, lower), lower)
    return lower
  }
}

function seenIn(context: Context, { seen }: Reading): Context {
  return { ...context, ...(seen === undefined ? {} : { seen }) }
}
