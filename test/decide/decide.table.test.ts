import { describe, expect, it } from 'vitest'
import { type Choice, decide } from '../../src/engine/decide.ts'
import { withEntries } from '../../src/model/facet.ts'
import type { Identity } from '../../src/model/identity.ts'
import type { Held } from '../../src/model/run/held-settings.ts'
import { Holds } from '../../src/model/run/holds.ts'
import type { ChangeState } from '../../src/model/run/state.ts'
import { type Case, DecisionTable, productOf } from './decision-table.ts'

const NOW = Date.parse('2026-11-30T12:00:00.000Z')
const at = (minutes: number) => new Date(NOW + minutes * 60_000).toISOString()

const identity: Identity = {
  id: 'toy:town:door/front',
  uid: 'UID',
  cloud: 'toy',
  account: 'town',
  kind: 'door',
  name: 'front',
  facts: {},
}

const SETTING = {
  /** How the setting reads: as before us, as we left it, as the other hold left it, or otherwise. */
  live: ['before', 'ours', 'others', 'strange'],
  /** Who holds it besides; `mixed`: another change of the run, and another run. */
  holds: ['nobody', 'older', 'newer', 'same-run', 'mixed'],
  /** The operator's choice for drift. */
  drift: ['skip', 'use-live', 'force'],
  /** A credential that leaked, and whether it is given back by its id. */
  leaked: ['no', 'kept', 'given'],
  /** Our setting is the residue of an earlier step-down; `over`: its time comes in this moment. */
  residue: ['none', 'waiting', 'over'],
} as const

const TOKENS = {
  /** Sessions issued before the containment: there are none, some may still live, the last expires in this moment. */
  horizon: ['none', 'open', 'over'],
  /** `cannot`: the interruption has no step-down; `nothing`: it would leave nothing of ours. */
  stepDown: ['off', 'on', 'cannot', 'nothing'],
  acceptLiveTokens: ['no', 'yes'],
} as const

const AXES = { ...SETTING, ...TOKENS } as const

function resultOf(row: Case<typeof AXES>) {
  const run = 'bbbb'
  const after = row.residue === 'none' ? 'ours' : 'residue'
  const held: Held = {
    entry: 'e',
    before: 'mine',
    after,
    // Intended long before it was written: the horizon counts from the write.
    at: at(-240),
    joined: false,
    ...(row.residue === 'none' ? {} : { until: at(row.residue === 'waiting' ? 30 : 0) }),
  }
  const holds = new Holds([])
  holds.add(identity.id, { ...held, run, key: 'k' })
  const other = { entry: 'e', before: 'mine', after: 'others', joined: false }
  if (row.holds === 'older') holds.add(identity.id, { ...other, at: at(-300), run: 'aaaa', key: 'k' })
  if (row.holds === 'newer' || row.holds === 'mixed')
    holds.add(identity.id, { ...other, at: at(-200), run: 'cccc', key: 'k' })
  if (row.holds === 'same-run' || row.holds === 'mixed')
    holds.add(identity.id, { ...other, at: at(-239), run, key: 'twin' })
  const live = { before: 'mine', ours: after, others: 'others', strange: 'strange' }[row.live]
  const change: ChangeState = {
    key: 'k',
    identity,
    phase: 'written',
    held: [held],
    writtenAt: at(row.horizon === 'over' ? -60 : -59),
    set: true,
    denied: null,
    drift: [],
    undone: [],
    left: [],
    restored: [],
    planned: {
      key: 'k',
      identity,
      interruption: 'toy.door.lock',
      verb: 'quarantine',
      params: {},
      step: 's',
      at: at(-241),
      differences: [],
      leaves: '',
      reversal: { kind: 'exact' },
      horizon: row.horizon === 'none' ? 0 : 3600,
      ...(row.leaked === 'no' ? {} : { after: 'keep-off' as const }),
    },
  }
  const choice: Choice = row.drift
  return decide({
    interruption: {
      ...(row.stepDown === 'cannot'
        ? {}
        : {
            stepDown: (facet, { now }) =>
              row.stepDown === 'nothing' ? facet : withEntries(facet, [['deny', `before ${now}`]]),
          }),
      noStepDown: () => 'no room',
    },
    change,
    reading: { uid: 'UID', facet: { e: live } },
    context: { run, now: at(0), identity, params: {}, exhausted: [] },
    holds,
    options: {
      drift: choice,
      stepDown: row.stepDown !== 'off',
      acceptLiveTokens: row.acceptLiveTokens === 'yes',
      ...(row.leaked === 'given' ? { giveBack: [identity.id] } : {}),
    },
    choose: () => choice,
  })
}

/** The decision about the setting, and the value to write. */
function decisionOf(row: Case<typeof AXES>): string {
  const [first] = resultOf(row).entries
  if (!first) return 'nothing'
  const { decision, to, within } = first
  return [decision, ...(to === undefined ? [] : [`to ${to}`]), ...(within ? ['within'] : [])].join(' ')
}

describe('a restore decides about a setting', () => {
  const table = new DecisionTable(
    { ...SETTING, stepDown: TOKENS.stepDown, acceptLiveTokens: TOKENS.acceptLiveTokens },
    [
      // live         | holds      | drift    | leaked | residue  | stepDown  | accept
      '  before        | nobody     | *        | !kept  | *        | *         | *   | already',
      '  before        | nobody     | !use-live | kept  | *        | *         | *   | drift',
      '  before        | nobody     | use-live | kept   | *        | *         | *   | use-live',
      '  others        | older      | *        | *      | *        | *         | *   | released',
      '  others        | newer      | *        | *      | *        | *         | *   | released',
      '  others        | mixed      | *        | *      | *        | *         | *   | released',
      '  others        | same-run   | *        | *      | *        | *         | *   | released within',
      '  ours          | *          | *        | kept   | *        | *         | *   | kept-off',
      '  ours          | *          | *        | !kept  | waiting  | !off      | no  | stepped-down',
      '  ours          | nobody     | *        | !kept  | waiting  | !off      | yes | put-back to mine',
      '  ours          | nobody     | *        | !kept  | waiting  | off       | *   | put-back to mine',
      '  ours          | nobody     | *        | !kept  | !waiting | *         | *   | put-back to mine',
      '  ours          | !nobody    | *        | !kept  | waiting  | !off      | yes | put-back to others',
      '  ours          | !nobody    | *        | !kept  | waiting  | off       | *   | put-back to others',
      '  ours          | !nobody    | *        | !kept  | !waiting | *         | *   | put-back to others',
      '  strange       | *          | skip     | *      | *        | *         | *   | drift',
      '  strange       | *          | use-live | *      | *        | *         | *   | use-live',
      '  strange       | nobody     | force    | *      | *        | *         | *   | force to mine',
      '  strange       | !nobody    | force    | *      | *        | *         | *   | force to others',
      '  others        | nobody     | skip     | *      | *        | *         | *   | drift',
      '  others        | nobody     | use-live | *      | *        | *         | *   | use-live',
      '  others        | nobody     | force    | *      | *        | *         | *   | force to mine',
      '  before        | !nobody    | skip     | *      | *        | *         | *   | drift',
      '  before        | !nobody    | use-live | *      | *        | *         | *   | use-live',
      '  before        | !nobody    | force    | *      | *        | *         | *   | force to others',
    ],
  )
  table.check(row => decisionOf({ ...row, horizon: 'none' }))
})

describe('a restore of a setting, while sessions from before the containment may live,', () => {
  const table = new DecisionTable({ lifts: ['no', 'yes'], ...TOKENS, residue: SETTING.residue }, [
    // lifts | horizon | stepDown | accept | residue
    '  no     | *       | *        | *      | *       | done',
    '  yes    | none    | *        | *      | *       | done',
    '  yes    | !none   | *        | yes    | *       | done',
    '  yes    | over    | *        | no     | none    | done',
    '  yes    | !none   | *        | no     | over    | done',
    '  yes    | open    | off      | no     | none    | blocked until 1',
    '  yes    | open    | cannot,nothing | no | none    | cannot step down until 1',
    '  yes    | open    | on       | no     | none    | steps down until 1',
    '  yes    | !none   | off      | no     | waiting | blocked until 30',
    '  yes    | !none   | cannot,nothing | no | waiting | cannot step down until 30',
    '  yes    | !none   | on       | no     | waiting | steps down until 30',
  ])

  /** The moment until which it waits, in minutes from now. */
  const minutes = (end: string | undefined) => (Date.parse(end ?? '') - NOW) / 60_000

  function endingOf(row: Case<typeof AXES>): string {
    const { entries, blocked, horizonEnds, until, to } = resultOf(row)
    const step = entries.find(({ entry }) => entry === 'deny')
    if (blocked !== undefined) {
      expect(blocked).toContain(horizonEnds)
      expect(step).toBeUndefined()
      const why = blocked.startsWith('it cannot step down (no room)') ? 'cannot step down' : 'blocked'
      return `${why} until ${minutes(horizonEnds)}`
    }
    if (!step) {
      expect({ horizonEnds, until, deny: to['deny'] }).toEqual({})
      return 'done'
    }
    expect(step).toEqual({
      entry: 'deny',
      before: undefined,
      ours: undefined,
      live: undefined,
      decision: 'step-down',
      to: `before ${at(0)}`,
    })
    expect(to['deny']).toBe(step.to)
    // The deny that it leaves stands for a whole horizon from now on.
    expect(minutes(until)).toBe(60)
    return `steps down until ${minutes(horizonEnds)}`
  }

  it('is decided for every case of the product', () => {
    const wrong = productOf(AXES)
      .map(row => {
        const lifts = /^(put-back|force)/.test(decisionOf(row)) ? ('yes' as const) : ('no' as const)
        return { row, found: endingOf(row), wanted: table.outcomeOf({ ...row, lifts }) }
      })
      .filter(({ found, wanted }) => found !== wanted)
    expect(wrong.slice(0, 5)).toEqual([])
  })
})
