import { afterEach, describe, expect, it } from 'vitest'
import type { Facet } from '../../src/model/facet.ts'
import { withEntries } from '../../src/model/facet.ts'
import type { Context, Reading } from '../../src/model/interruption.ts'
import type { Json } from '../../src/model/json.ts'
import { interruptions } from '../../src/providers/gcp/interruptions/index.ts'
import { type GcpRange, openGcp } from './gcp-range.ts'
import { guarded, SUBJECTS, SUBJECTS_GUARDED } from './gcp-subjects.ts'
import { find, type Subject } from './suite.ts'

/** Declared, and asked for by Google where the lab asks for nothing. */
const ASKED_BY_GOOGLE = new Set(['iam.roles.get', 'serviceusage.operations.get'])

interface Called {
  read: Set<string>
  cut: Set<string>
  restore: Set<string>
}

let range: GcpRange | undefined
afterEach(async () => {
  await range?.close()
  range = undefined
})

/** All names of a subject one after the other, then put back in the same order: so that they meet in one deny policy. */
async function exercise(opened: GcpRange, { interruption, names, params = {} }: Subject, called: Called) {
  const { client } = opened.session
  const note = (side: keyof Called) => {
    for (const call of opened.operations()) called[side].add(call)
  }
  const left: { before: Reading; after: Facet; context: Context }[] = []
  for (const name of names) {
    const identity = await find(opened.session, interruption.on, name)
    const base: Context = {
      run: 'c0de',
      now: opened.now(),
      identity,
      params: interruption.params.parse(params) as Json,
      exhausted: [],
    }
    const seenIn = (reading: Reading): Context => ({
      ...base,
      ...(reading.seen === undefined ? {} : { seen: reading.seen }),
    })
    const read = async () => {
      const reading = await interruption.read(client, base)
      if (!reading) throw new Error(`${identity.id} is gone`)
      return reading
    }
    opened.operations()
    const before = await read()
    note('read')
    const cut = interruption.cut(before.facet, seenIn(before))
    await interruption.write(client, before.facet, cut, seenIn(before))
    note('cut')
    const after = await read()
    await interruption.probe?.(client, seenIn(after))
    await interruption.oneWay?.(client, base)
    note('read')
    left.push({ before, after: after.facet, context: seenIn(after) })
  }
  const stepped: typeof left = []
  for (const each of left) {
    const { before, after, context } = each
    const down = interruption.stepDown?.(before.facet, context) ?? before.facet
    await interruption.write(client, after, down, context)
    stepped.push({ before, after: down, context })
  }
  for (const { before, after, context } of stepped) {
    const held = Object.keys({ ...before.facet, ...after })
    const reading = await interruption.read(client, { ...context, held })
    const to = withEntries(
      reading?.facet ?? {},
      held.map(entry => [entry, before.facet[entry]]),
    )
    await interruption.write(client, after, to, context)
  }
  note('restore')
}

describe('permissions are those of the methods that are called', () => {
  it.each(interruptions.map(({ id }) => id))('%s', async id => {
    const called: Called = { read: new Set(), cut: new Set(), restore: new Set() }
    for (const [subjects, prepare, project] of [
      [SUBJECTS, undefined, 'acme-prod'],
      [SUBJECTS_GUARDED, guarded, 'acme-data'],
    ] as const) {
      const own = subjects.filter(({ interruption }) => interruption.id === id)
      if (own.length === 0) continue
      range = await openGcp(prepare, project)
      const seed = range.snapshot()
      for (const subject of own) await exercise(range, subject, called)
      expect(range.snapshot()).toEqual(seed)
      await range.close()
    }
    range = undefined
    const declared = interruptions.find(each => each.id === id)?.permissions
    const sorted = (calls: Iterable<string>) => [...new Set(calls)].sort()
    // What changes something may also look first, as far as reading is declared.
    const beyondReading = (calls: Iterable<string>) =>
      sorted(calls).filter(call => !declared?.read.includes(call) && !ASKED_BY_GOOGLE.has(call))
    expect(sorted(called.read)).toEqual(
      sorted(declared?.read ?? []).filter(call => !ASKED_BY_GOOGLE.has(call)),
    )
    expect(beyondReading(called.cut)).toEqual(beyondReading(declared?.cut ?? []))
    expect(beyondReading(called.restore)).toEqual(beyondReading(declared?.restore ?? []))
  })
})
