import { expect, it } from 'vitest'
import {
  exitOf,
  exitOfDiagnosis,
  exitOfListed,
  exitOfListing,
  exitOfPlan,
  exitOfTests,
} from '../../src/cli/exit-code.ts'
import { Fault } from '../../src/model/fault.ts'

/** A result of which only what decides is there. */
const result = (parts: object) => exitOf(parts as Parameters<typeof exitOf>[0])

/** A run with these changes; what a row does not name is as in a proven run. */
const run = (state: object, ...changes: object[]) => ({
  finished: 'complete',
  found: [],
  ...state,
  changes: new Map(changes.map((change, at) => [String(at), { ...PROVEN, ...change }])),
})

const PROVEN = {
  held: [{}],
  phase: 'written',
  set: true,
  denied: 'denied',
  drift: [],
  undone: [],
  restored: [],
}

const FAULT = new Fault('denied', 'no')

it.each([
  ['done', { outcome: 'run', state: run({}) }],
  ['settling', { outcome: 'run', state: run({ finished: 'settling' }) }],
  ['incomplete', { outcome: 'run', state: run({ finished: 'incomplete' }) }],
  ['incomplete', { outcome: 'run', state: run({ finished: 'contested' }) }],
  ['interrupted', { outcome: 'run', state: run({ finished: 'interrupted' }) }],
  ['interrupted', { outcome: 'run', state: run({ finished: undefined }) }],
  ['done', { outcome: 'held', plan: { refused: [] }, unproven: [] }],
  ['incomplete', { outcome: 'held', plan: { refused: [] }, unproven: ['aaaa'] }],
  ['incomplete', { outcome: 'held', plan: { refused: [{}] }, unproven: [] }],
  ['done', { outcome: 'ended' }],
  ['done', { outcome: 'idle' }],
  ['done', { outcome: 'restored', tried: true, state: run({ restore: { finished: 'complete' } }) }],
  ['incomplete', { outcome: 'restored', tried: false, state: run({ restore: { finished: 'complete' } }) }],
  ['interrupted', { outcome: 'restored', tried: true, state: run({ restore: {} }) }],
  ['incomplete', { outcome: 'restored', tried: true, state: run({ restore: { finished: 'incomplete' } }) }],
  [
    'drift',
    {
      outcome: 'restored',
      tried: true,
      state: run({ restore: { finished: 'incomplete' } }, { restored: [{ decision: 'drift' }] }),
    },
  ],
  [
    'incomplete',
    {
      outcome: 'restored',
      tried: true,
      state: run(
        { restore: { finished: 'incomplete' } },
        { restored: [{ decision: 'drift' }] },
        { fault: {} },
      ),
    },
  ],
  ['done', { outcome: 'rotated', restored: false, state: run({ rotation: { finished: 'complete' } }) }],
  [
    'interrupted',
    { outcome: 'rotated', restored: false, state: run({ rotation: { finished: 'interrupted' } }) },
  ],
  [
    'incomplete',
    { outcome: 'rotated', restored: false, state: run({ rotation: { finished: 'interrupted', fault: {} } }) },
  ],
  [
    'incomplete',
    { outcome: 'rotated', restored: false, state: run({ rotation: { finished: 'incomplete' } }) },
  ],
  [
    'incomplete',
    {
      outcome: 'rotated',
      restored: false,
      state: run({ rotation: { finished: 'complete' } }, { rotation: { done: { tried: 'refused' } } }),
    },
  ],
  [
    'interrupted',
    { outcome: 'rotated', restored: true, state: run({ rotation: { finished: 'complete' }, restore: {} }) },
  ],
  ['done', { outcome: 'restore-planned', changes: [{ entries: [{ decision: 'restored' }] }] }],
  ['drift', { outcome: 'restore-planned', changes: [{ entries: [{ decision: 'drift' }] }] }],
  ['done', { outcome: 'rotation-planned', planned: [{}] }],
  ['refused', { outcome: 'rotation-planned', planned: [{ blocked: {} }] }],
  ['done', { outcome: 'verified', state: run({}, {}) }],
  ['done', { outcome: 'verified', state: run({}, { held: [], drift: [{}] }) }],
  ['drift', { outcome: 'verified', state: run({}, { drift: [{}] }) }],
  ['drift', { outcome: 'verified', state: run({}, { undone: [{}] }) }],
  ['incomplete', { outcome: 'verified', state: run({}, { denied: 'allowed' }) }],
  ['incomplete', { outcome: 'verified', state: run({}, { denied: 'unknown' }) }],
  ['done', { outcome: 'verified', state: run({}, { denied: 'unknown', unprovable: true }) }],
  [
    'incomplete',
    { outcome: 'verified', state: run({}, { denied: 'unknown', unprovable: true, set: false }) },
  ],
  ['incomplete', { outcome: 'verified', state: run({}, { denied: 'unknown', unprovable: true, fault: {} }) }],
  ['drift', { outcome: 'verified', state: run({}, { denied: 'unknown', unprovable: true, undone: ['x'] }) }],
  ['incomplete', { outcome: 'verified', state: run({ found: [{ contained: false }] }, {}) }],
  ['done', { outcome: 'verified', state: run({ found: [{ contained: true }] }, {}) }],
] as const)('a result exits with %s: %j', (exit, parts) => {
  expect(result(parts)).toBe(exit)
})

it.each([
  ['done', { unreached: [] }],
  ['incomplete', { unreached: [{}] }],
  ['incomplete', { unreached: [], unlisted: [] }],
  ['refused', { unreached: [], missing: [] }],
  ['incomplete', { unreached: [{}], missing: [] }],
])('a plan exits with %s: %j', (exit, plan) => {
  expect(exitOfPlan(plan as unknown as Parameters<typeof exitOfPlan>[0])).toBe(exit)
})

const whole = { accounts: 1, complete: true, broken: [], unreached: [], warned: [], left: [] }
const broken = [{ cloud: 'aws', account: '1', fault: FAULT }]

it.each([
  ['done', whole],
  ['incomplete', { ...whole, complete: false }],
  ['interrupted', { ...whole, complete: false, fault: new Fault('interrupted', 'x') }],
  [FAULT.exit, { ...whole, complete: false, broken }],
  ['incomplete', { ...whole, complete: false, broken, accounts: 2 }],
])('a listing exits with %s: %j', (exit, listing) => {
  expect(exitOfListing(listing)).toBe(exit)
})

it('runs exit with the code of the first that cannot be believed, and tests with 4 when one fails', () => {
  expect(exitOfListed([{ state: {} }])).toBe('done')
  expect(exitOfListed([{}, { fault: { code: 'tampered', message: '' } }])).toBe('state')
  expect(exitOfTests([true, true])).toBe('done')
  expect(exitOfTests([true, false])).toBe('incomplete')
})

const account = { kinds: [{ kind: 'role' }], capabilities: [] }
const state = { damaged: [], loose: [], writable: true }

it.each([
  ['done', { accounts: [account], state }, true],
  ['incomplete', { accounts: [account], state }, false],
  ['incomplete', { accounts: [account], state: { ...state, writable: false } }, true],
  ['incomplete', { accounts: [{ kinds: [{ kind: 'role', fault: {} }] }], state }, true],
  ['state', { accounts: [account], state: { ...state, strange: 'x' } }, true],
  ['state', { accounts: [account], state: { ...state, loose: [{}] } }, true],
  ['state', { accounts: [account], state: { ...state, damaged: [{}] } }, true],
  ['usage', { accounts: [{ ...account, fault: {} }], state: { ...state, damaged: [{}] } }, false],
])('a diagnosis exits with %s: %j, prepared: %s', (exit, diagnosis, prepared) => {
  const diagnosed = { diagnosis, prepared } as unknown as Parameters<typeof exitOfDiagnosis>[0]
  expect(exitOfDiagnosis(diagnosed, false)).toBe(exit)
})
