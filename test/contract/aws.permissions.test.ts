import { describe, expect, it } from 'vitest'
import type { Facet } from '../../src/model/facet.ts'
import type { Context, Reading } from '../../src/model/interruption.ts'
import type { Json } from '../../src/model/json.ts'
import { interruptions } from '../../src/providers/aws/interruptions/index.ts'
import { type AwsRange, openAws } from './aws-range.ts'
import { fillUp, SUBJECTS, SUBJECTS_WITHOUT_ROOM } from './aws-subjects.ts'
import { find, type Subject } from './suite.ts'

/** Declared and never called by us: AWS asks for it when another operation is called. */
const ASKED_BY_AWS = new Set(['iam:PassRole'])

/** What somebody else may have put in the place of ours, and a forced restore has to take away again. */
const DRIFTED: { [id: string]: Facet } = {
  'aws.instance-profile-association.detach': {
    'instance-profile': 'arn:aws:iam::111122223333:instance-profile/log-collector',
  },
}

interface Called {
  read: Set<string>
  cut: Set<string>
  restore: Set<string>
}

/** Everything that can be done with an interruption on its subjects, and the operations that it took. */
async function exercise(range: AwsRange, { interruption, names, params = {} }: Subject, called: Called) {
  const { client } = range.session
  for (const name of names) {
    const identity = await find(range.session, interruption.on, name)
    const context: Context = {
      run: 'c0de',
      now: range.now(),
      identity,
      params: interruption.params.parse(params) as Json,
      exhausted: [],
    }
    const seenIn = (reading: Reading): Context => ({
      ...context,
      ...(reading.seen === undefined ? {} : { seen: reading.seen }),
    })
    const note = (side: keyof Called) => {
      for (const call of range.operations()) called[side].add(call)
    }
    const read = async () => {
      const reading = await interruption.read(client, context)
      if (!reading) throw new Error(`${identity.id} is gone`)
      return reading
    }
    range.operations()
    const before = await read()
    note('read')
    const cut = interruption.cut(before.facet, seenIn(before))
    await interruption.write(client, before.facet, cut, seenIn(before))
    note('cut')
    const after = await read()
    await interruption.probe?.(client, seenIn(after))
    note('read')
    const drifted = DRIFTED[interruption.id]
    if (drifted) {
      await interruption.write(client, after.facet, drifted, seenIn(after))
      range.operations()
      await interruption.write(client, drifted, before.facet, seenIn(after))
      note('restore')
      continue
    }
    const stepped = interruption.stepDown?.(before.facet, seenIn(after))
    if (stepped) await interruption.write(client, after.facet, stepped, seenIn(after))
    await interruption.write(client, stepped ?? after.facet, before.facet, seenIn(after))
    note('restore')
  }
}

describe('permissions are the operations that are called', () => {
  it.each(interruptions.map(({ id }) => id))('%s', async id => {
    const called: Called = { read: new Set(), cut: new Set(), restore: new Set() }
    for (const [subjects, prepare] of [
      [SUBJECTS, () => undefined],
      [SUBJECTS_WITHOUT_ROOM, fillUp],
    ] as const) {
      const own = subjects.filter(({ interruption }) => interruption.id === id)
      if (own.length === 0) continue
      const range = await openAws(prepare)
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
      sorted(calls).filter(call => !declared?.read.includes(call) && !ASKED_BY_AWS.has(call))
    expect(sorted(called.read)).toEqual(sorted(declared?.read ?? []))
    expect(beyondReading(called.cut)).toEqual(beyondReading(declared?.cut ?? []))
    expect(beyondReading(called.restore)).toEqual(beyondReading(declared?.restore ?? []))
  })
})
