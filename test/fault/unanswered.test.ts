import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { FaultRule, Trouble } from '../../src/lab/index.ts'
import { awsCase } from '../cases/aws.ts'
import { azureCase } from '../cases/azure.ts'
import type { Case } from '../cases/case.ts'
import { gcpCase } from '../cases/gcp.ts'
import { someOf } from '../setup/whole.ts'
import { Beginning } from './beginning.ts'
import { Incident } from './incident.ts'

const LONG = 600_000
/** Milliseconds; long enough for an answer of the lab on a busy machine, and short enough to wait for. */
const CALL_TIMEOUT = 3_000

const CLOUDS: [string, () => Case][] = [
  ['AWS', awsCase],
  ['Google Cloud', gcpCase],
  ['Azure', azureCase],
]

/** Ways in which no whole answer comes. */
const TROUBLES: [string, Trouble][] = [
  ['hangs', { kind: 'hang' }],
  ['is reset', { kind: 'reset' }],
  ['is done and then reset', { kind: 'applied-then-reset' }],
  ['gets half an answer', { kind: 'half-answer' }],
]

describe.each(CLOUDS.map(([name, open], cloud) => ({ name, open, cloud })))('$name', ({ open, cloud }) => {
  let began: Beginning
  beforeAll(async () => {
    began = await Beginning.planned(open)
  })
  afterAll(async () => {
    await began.close()
  })

  describe.each(TROUBLES.map(([name, trouble], nth) => ({ name, trouble, nth: nth + cloud })))(
    'a call that $name',
    ({ trouble, nth }) => {
      it.each(someOf(['reads', 'cuts'] as const, 2, nth))(
        'never interrupts the run, and stops no other change (%s)',
        async side => {
          const given = open()
          const [operation = ''] = given.operations[side]
          const incident = await Incident.open(given, { callTimeout: CALL_TIMEOUT, began })
          const rule: FaultRule = { trouble, operation }
          try {
            incident.once('run.started', () => incident.lab.faults.add(rule))
            const state = await incident.contain()
            const faults = [...state.changes.values()].flatMap(({ fault }) => fault ?? [])
            expect(faults.filter(({ code }) => code === 'interrupted' || code === 'bug')).toEqual([])
            expect(state.finished === 'complete' || faults.length === 1, JSON.stringify(faults)).toBe(true)
            expect(state.swept).toBe(true)
            expect([...state.changes.values()].filter(({ phase }) => phase === 'planned')).toEqual([])
            incident.lab.faults.clear()
            if (state.finished !== 'complete') expect((await incident.resume()).finished).toBe('complete')
            expect(incident.contained()).toBe(true)
            expect((await incident.restore()).restore?.finished).toBe('complete')
            expect(incident.snapshot()).toEqual(incident.seed)
          } finally {
            await incident.close()
          }
        },
        LONG,
      )
    },
  )
})
