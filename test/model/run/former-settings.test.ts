import { describe, expect, it } from 'vitest'
import { clouds } from '../../../src/clouds/index.ts'
import { isNamed } from '../../../src/engine/preview.ts'
import type { Body, Entry } from '../../../src/model/entry.ts'
import type { Json } from '../../../src/model/json.ts'
import type { Plan, PlannedChange } from '../../../src/model/plan.ts'
import { FormerEntries, formerName, planInFormat2 } from '../../../src/model/run/former-settings.ts'
import { Holds, valueAfterRelease } from '../../../src/model/run/holds.ts'
import { replay } from '../../../src/model/run/replay.ts'
import type { RunState } from '../../../src/model/run/state.ts'

const AT = '2026-11-23T03:00:00.000Z'

/** Interruption, the entry of format 1, its value before and after a containment. */
const SWITCHES: [interruption: string, entry: string, on: Json, off: Json][] = [
  ['aws.access-key.disable', 'status', 'Active', 'Inactive'],
  ['aws.service-credential.disable', 'status', 'Active', 'Inactive'],
  ['aws.signing-certificate.disable', 'status', 'Active', 'Inactive'],
  ['aws.ssh-key.disable', 'status', 'Active', 'Inactive'],
  ['gcp.service-account.disable', 'status', 'enabled', 'disabled'],
  ['gcp.service-account-key.disable', 'status', 'enabled', 'disabled'],
  ['gcp.hmac-key.disable', 'status', 'enabled', 'disabled'],
  ['gcp.workload-pool.disable', 'status', 'enabled', 'disabled'],
  ['gcp.workload-provider.disable', 'status', 'enabled', 'disabled'],
  ['azure.application.disable', 'disabled', false, true],
  ['azure.service-principal.disable', 'enabled', true, false],
  ['azure.managed-identity.disable', 'enabled', true, false],
]

function change(interruption: string, differences: PlannedChange['differences'], key = 'k'): PlannedChange {
  const identity = {
    id: 'x:1:thing/t',
    uid: '1',
    cloud: 'x',
    account: '1',
    kind: 'thing',
    name: 't',
    facts: {},
  }
  return {
    ...{ key, identity, interruption, differences, verb: 'disable', params: {}, step: 's', at: AT },
    ...{ leaves: '', reversal: { kind: 'exact' }, horizon: 0 },
  }
}

function plan(changes: PlannedChange[], version: 1 | 2): Plan {
  return {
    version,
    ...{ run: 'aaaa', at: AT, target: { kind: 'lab', at: 't' }, inputs: {}, callers: [], changes },
    playbook: { name: 'p', title: 'P', severity: 'high', sha256: '', source: '' },
    ...{ spared: [], refused: [], unreached: [], warnings: [], known: {} },
    counts: { listed: 1, touched: 1, limit: 1, share: 1 },
    blast: { dependents: [], active: [] },
    calls: { reads: 0, writes: 0, seconds: 0 },
  }
}

function lines(v: 1 | 2, run: string, bodies: Body[]): Entry[] {
  return bodies.map((body, seq) => ({ ...body, v, run, seq, at: AT, prev: '', hash: `${seq}`, sig: '' }))
}

function begun(of: Plan): Body {
  const actor = { user: 'u', host: 'h', pid: 1 }
  return { type: 'run.started', tool: 't', actor, reason: 'r', due: AT, plan: of }
}

function folded(entries: readonly Entry[]): RunState {
  const former = new FormerEntries()
  const state = replay(entries.map(each => former.translate(each)))
  if (state === undefined) throw new Error('no run')
  return state
}

/** A run that contained one thing and restored it, in the words of a format. */
function whole(v: 1 | 2, interruption: string, entry: string, on: Json, off: Json): Body[] {
  const fault = { code: 'denied' as const, message: 'm' }
  const differences = [{ entry, from: on, to: off }]
  return [
    begun(
      plan(
        [
          {
            ...change(interruption, differences),
            fallback: differences,
            heldBy: [{ entry, runs: ['bbbb'] }],
          },
        ],
        v,
      ),
    ),
    { type: 'change.added', change: change(interruption, differences, 'k2') },
    {
      type: 'change.intended',
      key: 'k',
      uid: '1',
      before: { [entry]: on },
      after: { [entry]: off },
      joined: [entry],
    },
    { type: 'change.written', key: 'k', left: [{ entry, fault }] },
    { type: 'change.countered', key: 'k', settings: [{ entry, found: on }, { entry }], count: 1 },
    { type: 'change.reduced', key: 'k', without: [entry], because: 'b' },
    {
      type: 'change.verified',
      key: 'k',
      set: false,
      denied: null,
      drift: [entry],
      live: { [entry]: on, other: true },
      undone: [entry],
    },
    {
      type: 'restore.intended',
      key: 'k',
      entries: [{ entry, before: on, ours: off, live: off, decision: 'put-back', to: on }],
    },
    { type: 'restore.written', key: 'k', left: [{ entry, fault }], missing: [{ entry, fault }] },
    { type: 'restore.verified', key: 'k', set: false, notBack: [entry] },
  ]
}

describe.each(SWITCHES)('%s', (interruption, entry, on, off) => {
  const former = new FormerEntries()
  const translated = lines(1, 'aaaa', whole(1, interruption, entry, on, off)).map(each =>
    former.translate(each),
  )
  const today = lines(1, 'aaaa', whole(2, interruption, 'enabled', true, false))

  it('reads in a journal of format 1 as it would have been written in format 2', () => {
    expect(translated).toEqual(today)
  })

  it('reads in a journal of format 2 as it is', () => {
    const now = lines(2, 'aaaa', whole(2, interruption, 'enabled', true, false))
    const reader = new FormerEntries()
    expect(now.map(each => reader.translate(each))).toEqual(now)
  })

  it('reads in a plan of format 1 as in one of format 2', () => {
    const of = (version: 1 | 2, name: string, from: Json, to: Json) =>
      plan([change(interruption, [{ entry: name, from, to }])], version)
    expect(planInFormat2(of(1, entry, on, off))).toEqual(of(2, 'enabled', true, false))
    expect(planInFormat2(of(2, 'enabled', true, false))).toEqual(of(2, 'enabled', true, false))
  })

  it('stacks the hold of an older run under that of a newer one', () => {
    const held = (v: 1 | 2, run: string, name: string, before: Json, after: Json) =>
      folded(
        lines(v, run, [
          begun({ ...plan([change(interruption, [{ entry: name, from: before, to: after }])], v), run }),
          {
            type: 'change.intended',
            key: 'k',
            uid: '1',
            before: { [name]: before },
            after: { [name]: after },
            joined: v === 2 ? [name] : [],
          },
          { type: 'change.written', key: 'k' },
        ]),
      )
    const older = held(1, 'aaaa', entry, on, off)
    const newer = held(2, 'bbbb', 'enabled', true, false)
    const holds = new Holds([older, newer])
    const others = holds.others('x:1:thing/t', 'enabled', 'bbbb', 'k')
    expect(others).toMatchObject([{ run: 'aaaa', before: true, after: false }])
    const [ended] = older.changes.get('k')?.held ?? []
    if (ended === undefined) throw new Error('nothing is held')
    // While one of both holds it, it stays off; the last one gives back what the older run found.
    expect(valueAfterRelease(ended, holds.others('x:1:thing/t', 'enabled', 'aaaa', 'k'))).toBe(false)
    expect(valueAfterRelease(ended, [])).toBe(true)
  })

  it('is found by the name that it had, and by the name that it has', () => {
    const state = folded(
      lines(1, 'aaaa', [
        begun(plan([change(interruption, [])], 1)),
        {
          type: 'change.intended',
          key: 'k',
          uid: '1',
          before: { [entry]: on },
          after: { [entry]: off },
          joined: [],
        },
      ]),
    )
    const found = state.changes.get('k')
    if (found === undefined) throw new Error('no change')
    for (const name of [entry, 'enabled', `t ${entry}`, 'x:1:thing/t enabled']) {
      expect(isNamed(found, name)).toBe(true)
    }
    expect(isNamed(found, 'boundary')).toBe(false)
  })
})

describe('a setting that is neither on nor off', () => {
  it.each<[string, Json, Json]>([
    ['aws.service-credential.disable', 'Expired', 'expired'],
    ['gcp.service-account-key.disable', 'enabled, exposed', 'enabled, exposed'],
    ['gcp.service-account-key.disable', 'disabled by Google, exposed', 'disabled by Google, exposed'],
  ])('of %s keeps its text: %s', (interruption, value, now) => {
    const [translated] = planInFormat2(
      plan([change(interruption, [{ entry: 'status', from: value, to: value }])], 1),
    ).changes
    expect(translated?.differences).toEqual([{ entry: 'enabled', from: now, to: now }])
  })
})

it('leaves entries of the same name alone in every other interruption', () => {
  const other = plan([change('x.thing.stop', [{ entry: 'status', from: 'Active', to: 'Inactive' }])], 1)
  expect(planInFormat2(other).changes).toEqual(other.changes)
  expect(formerName('x.thing.stop', 'enabled')).toBeUndefined()
})

it('lists every on/off interruption of every cloud', async () => {
  const all = await Promise.all(clouds.map(each => each.load()))
  const switches = all.flatMap(({ interruptions }) =>
    interruptions.filter(({ cut, on: [kind = ''], params, example = {} }) => {
      const identity = { id: '', uid: '', cloud: '', account: '', kind, name: 't', facts: {} }
      const context = { run: 'c0de', now: AT, identity, params: params.parse(example), exhausted: [] }
      return cut({ enabled: true }, context)['enabled'] === false
    }),
  )
  expect(switches.map(({ id }) => id).sort()).toEqual(SWITCHES.map(([id]) => id).sort())
})
