import { describe, it } from 'vitest'
import { interruptions } from '../../src/clouds/gcp/interruptions/index.ts'
import type { FaultRule } from '../../src/lab/index.ts'
import type { Facet } from '../../src/model/facet.ts'
import { Fault } from '../../src/model/fault.ts'
import type { Context } from '../../src/model/interruption.ts'
import type { Json } from '../../src/model/json.ts'
import { someOf } from '../setup/whole.ts'
import { openGcp } from './gcp-range.ts'
import { SUBJECTS } from './gcp-subjects.ts'
import { find } from './suite.ts'

/** A write that goes wrong in a way, made again until it is through as `resume` would. */
const TROUBLES: { [name: string]: FaultRule['trouble'] } = {
  'it is done and answered with 503': { kind: 'applied-then-503' },
  'it is done and the connection breaks': { kind: 'applied-then-reset' },
  'it is not done, and answered with 503': { kind: 'error', code: 'UNAVAILABLE', status: 503 },
  'it is throttled': { kind: 'throttle' },
  'somebody else was quicker': { kind: 'error', code: 'ABORTED', status: 409 },
}

const first = interruptions.map(({ id }) => {
  const subject = SUBJECTS.find(({ interruption }) => interruption.id === id)
  if (!subject) throw new Error(`no subject for ${id}`)
  return [id, subject] as const
})

describe.each(Object.entries(TROUBLES).map(([name, trouble], nth) => ({ name, trouble, nth })))(
  '$name',
  ({ trouble, nth }) => {
    it.concurrent.for(someOf(first, 2, nth))(
      '%s gets there, and back',
      async ([, subject], { expect, onTestFinished }) => {
        const { interruption, names, params = {} } = subject
        const range = await openGcp()
        onTestFinished(() => range.close())
        const { session, lab } = range
        const identity = await find(session, interruption.on, names[0] ?? '')
        const seed = range.snapshot()
        const context: Context = {
          run: 'c0de',
          now: range.now(),
          identity,
          params: interruption.params.parse(params) as Json,
          exhausted: [],
        }
        const read = async (client = session.client) => {
          const reading = await interruption.read(client, context)
          if (!reading) throw new Error('gone')
          return reading
        }
        const before = await read()
        const told = { ...context, ...(before.seen === undefined ? {} : { seen: before.seen }) }
        const cut = interruption.cut(before.facet, told)
        const methods = async (work: () => Promise<unknown>) => {
          range.operations()
          await work()
          return range.writes()
        }
        /** Faults of the cloud only, and at most as often as a person would try. */
        const insist = async (from: Facet, to: Facet) => {
          for (let attempt = 1; attempt <= 3; attempt++) {
            try {
              await interruption.write(session.client, from, to, told)
              return
            } catch (error) {
              expect(error).toBeInstanceOf(Fault)
              expect((error as Fault).code).not.toBe('bug')
            }
          }
          throw new Error('it does not get through')
        }
        // Which methods a write calls is found by making it once without trouble.
        const [forth, back] = [
          await methods(() => interruption.write(session.client, before.facet, cut, told)),
          await methods(() => interruption.write(session.client, cut, before.facet, told)),
        ]
        expect(range.snapshot()).toEqual(seed)
        for (const [operations, from, to] of [
          [forth, before.facet, cut],
          [back, cut, before.facet],
        ] as const) {
          for (const operation of operations) lab.faults.add({ trouble, operation })
          await insist(from, to)
          lab.faults.clear()
          const again = await range.again()
          expect((await read(again.client)).facet).toEqual(to)
        }
        expect(range.snapshot()).toEqual(seed)
      },
    )
  },
)
