import { describe, expect, it } from 'vitest'
import { differences, type Facet } from '../../src/model/facet.ts'
import { Fault } from '../../src/model/fault.ts'
import type { Context, Interruption, Reading } from '../../src/model/interruption.ts'
import type { Json } from '../../src/model/json.ts'
import { interruptions } from '../../src/providers/azure/interruptions/index.ts'
import { type AzureRange, openAzure } from './azure-range.ts'
import { enriched, SUBJECTS, SUBJECTS_WITHOUT_DENIES, withoutDenies } from './azure-subjects.ts'
import { find, type Subject } from './suite.ts'

interface Called {
  read: Set<string>
  cut: Set<string>
  restore: Set<string>
}

/** What somebody else may have made of it, and a forced restore changes in place. */
const DRIFTED: { [id: string]: (before: Facet) => Facet } = {
  'azure.service-principal.detach': before =>
    Object.fromEntries(
      Object.entries(before).map(([entry, value]) => [
        entry,
        entry.startsWith('delegated/') ? 'openid' : value,
      ]),
    ),
}

/** Everything that can be done with an interruption on its subjects, and the permissions that it took. */
async function exercise(range: AzureRange, { interruption, names, params = {} }: Subject, called: Called) {
  const { client } = range.session
  for (const name of names) {
    const identity = await find(range.session, interruption.on, name)
    const exhausted: string[] = []
    const context = (): Context => ({
      run: 'c0de',
      now: range.now(),
      identity,
      params: interruption.params.parse(params) as Json,
      exhausted,
    })
    const seenIn = (reading: Reading): Context => ({
      ...context(),
      ...(reading.seen === undefined ? {} : { seen: reading.seen }),
    })
    const note = (side: keyof Called) => {
      for (const call of range.operations()) called[side].add(call)
    }
    const read = async () => {
      const reading = await interruption.read(client, context())
      if (!reading) throw new Error(`${identity.id} is gone`)
      return reading
    }
    range.operations()
    const before = await read()
    expect(await interruption.oneWay?.(client, context())).toBeUndefined()
    note('read')
    await cutDown(interruption, range, before, () => seenIn(before), exhausted)
    note('cut')
    const after = await read()
    note('read')
    const drifted = DRIFTED[interruption.id]?.(before.facet)
    if (drifted) {
      await interruption.write(client, after.facet, drifted, seenIn(after))
      await interruption.write(client, drifted, before.facet, seenIn(after))
    } else {
      await interruption.write(client, after.facet, before.facet, seenIn(after))
    }
    note('restore')
  }
}

/** As the engine goes down the rungs. */
async function cutDown(
  interruption: Interruption,
  { session: { client } }: AzureRange,
  { facet }: Reading,
  context: () => Context,
  exhausted: string[],
): Promise<void> {
  const cut = interruption.cut(facet, context())
  try {
    await interruption.write(client, facet, cut, context())
  } catch (error) {
    if (!(error instanceof Fault) || error.code !== 'quota') throw error
    exhausted.push(...differences(facet, cut).map(({ entry }) => entry))
    await interruption.write(client, facet, interruption.cut(facet, context()), context())
  }
}

/** The second of the denials that are made is refused, so that the first has to go again. */
function halfWay({ lab }: AzureRange): void {
  lab.faults.add({
    cloud: 'azure',
    operation: 'Microsoft.Authorization/denyAssignments/write',
    nth: 2,
    trouble: { kind: 'error', code: 'NoRegisteredProviderFound', status: 400 },
  })
}

const nothing = () => undefined

describe('permissions are those of the operations that are called', () => {
  it.each(interruptions.map(({ id }) => id))('%s', async id => {
    const called: Called = { read: new Set(), cut: new Set(), restore: new Set() }
    for (const [subjects, prepare, begin] of [
      [SUBJECTS, enriched, nothing],
      [SUBJECTS_WITHOUT_DENIES, withoutDenies, nothing],
      [SUBJECTS_WITHOUT_DENIES.map(each => ({ ...each, names: each.names.slice(0, 1) })), nothing, halfWay],
    ] as const) {
      const own = subjects.filter(({ interruption }) => interruption.id === id)
      if (own.length === 0) continue
      const range = await openAzure(prepare)
      begin(range)
      try {
        for (const subject of own) await exercise(range, subject, called)
      } finally {
        await range.close()
      }
    }
    const declared = interruptions.find(each => each.id === id)?.permissions
    const sorted = (calls: Iterable<string>) => [...new Set(calls)].sort()
    // What changes something may also look first, as far as reading is declared.
    const beyondReading = (calls: Iterable<string>) =>
      sorted(calls).filter(call => !declared?.read.includes(call))
    expect(sorted(called.read)).toEqual(sorted(declared?.read ?? []))
    expect(beyondReading(called.cut)).toEqual(beyondReading(declared?.cut ?? []))
    expect(beyondReading(called.restore)).toEqual(beyondReading(declared?.restore ?? []))
  })
})
