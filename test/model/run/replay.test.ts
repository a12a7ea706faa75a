import { describe, expect, it } from 'vitest'
import type { Body } from '../../../src/model/entry.ts'
import type { Plan } from '../../../src/model/plan.ts'
import { isOpen, manualSteps, openManual, replay } from '../../../src/model/run/replay.ts'
import type { RunState } from '../../../src/model/run/state.ts'
import { ACTOR, at, entriesOf, identity, keyOf, plannedChange, planOf, started } from './journal-entries.ts'

const FAULT = { code: 'unavailable', message: '503' } as const

/** The state after these entries, which begin with the start of a run. */
function stateOf(...bodies: readonly Body[]): RunState {
  const state = replay(entriesOf(...bodies))
  if (!state) throw new Error('no state')
  return state
}

const changeOf = (state: RunState, name: string) => state.changes.get(keyOf(name))
const start = (...names: string[]) => started(planOf({ changes: names.map(plannedChange) }))
const intended = (name: string): Body => ({
  type: 'change.intended',
  key: keyOf(name),
  uid: `UID-${name}`,
  before: { open: true },
  after: { open: false },
  joined: [],
})
const contained = (name: string): Body[] => [intended(name), { type: 'change.written', key: keyOf(name) }]

describe('a journal', () => {
  it('has no state when it does not begin with the start of a run', () => {
    expect(replay([])).toBeUndefined()
    expect(replay(entriesOf({ type: 'sweep.done', owners: 0, found: 0 }, start('front')))).toBeUndefined()
  })

  it('has a state in which nothing is done after the start of a run', () => {
    expect(stateOf(start('front', 'back'))).toMatchObject({
      run: 'aaaa',
      startedAt: at(0),
      actor: ACTOR,
      reason: 'test',
      due: at(60),
      swept: false,
      unswept: [],
      found: [],
      head: { seq: 0, hash: 'hash0' },
    })
    expect([...stateOf(start('front', 'back')).changes.values()]).toEqual(
      ['front', 'back'].map(name => ({
        key: keyOf(name),
        planned: plannedChange(name),
        identity: identity(name),
        phase: 'planned',
        held: [],
        set: false,
        denied: null,
        drift: [],
        undone: [],
        left: [],
        restored: [],
      })),
    )
  })

  it('has a run that is not swept although its plan has no change', () => {
    expect(stateOf(start()).swept).toBe(false)
  })

  it('has the ticket and the events of a run that has them, and neither of one that has not', () => {
    const cause = { key: 'k', trigger: 't', events: [], count: 0, why: '', signals: [] }
    expect(stateOf(started(planOf(), { ticket: 'T-1', cause }))).toMatchObject({ ticket: 'T-1', cause })
    expect(Object.keys(stateOf(start()))).not.toEqual(expect.arrayContaining(['ticket']))
    expect(Object.keys(stateOf(start()))).not.toEqual(expect.arrayContaining(['cause']))
  })

  it('is not altered by the state that is made of it', () => {
    const entries = entriesOf(started(PARTS.first), reached(PARTS.later))
    const before = structuredClone(entries)
    replay(entries)
    expect(entries).toEqual(before)
  })

  it('has the place of its last entry as the head of the state', () => {
    expect(stateOf(start('front'), ...contained('front')).head).toEqual({ seq: 2, hash: 'hash2' })
  })

  it('may have an entry about a change that is not known, which alters nothing', () => {
    const { head: _, ...before } = stateOf(start('front'))
    const { head: __, ...after } = stateOf(start('front'), intended('unknown'))
    expect(after).toEqual(before)
  })

  it('carries a change through containment, restore and rotation', () => {
    const phase = (...bodies: Body[]) => changeOf(stateOf(start('front'), ...bodies), 'front')?.phase
    const key = keyOf('front')
    const entry = {
      entry: 'open',
      before: true,
      ours: false,
      live: false,
      decision: 'put-back',
      to: true,
    } as const
    const restoring: Body = { type: 'restore.intended', key, entries: [entry] }
    const rotated: Body[] = [
      { type: 'rotation.intended', key, rotation: 'r', place: 'p', before: ['old'] },
      { type: 'credential.rotated', key, old: 'old', name: 'new', id: 'new', place: 'p' },
    ]
    expect(phase(...contained('front'))).toBe('written')
    expect(phase(...contained('front'), restoring)).toBe('restoring')
    expect(phase(...contained('front'), restoring, { type: 'restore.written', key })).toBe('restored')
    expect(phase(...contained('front'), ...rotated)).toBe('rotated')
  })

  it('has the status that its run ended with, and that of its rotation', () => {
    const rotation = { actor: ACTOR, reason: 'leaked', keys: [], into: 'file', remove: 'never' as const }
    const state = stateOf(
      start(),
      { type: 'run.finished', status: 'complete' },
      { type: 'rotation.started', ...rotation },
      { type: 'rotation.finished', status: 'interrupted' },
    )
    expect(state.finished).toBe('complete')
    expect(state.rotation).toEqual({ at: at(2), ...rotation, finished: 'interrupted' })
  })

  it('has the identities that appeared since its run began', () => {
    const found = { identity: identity('side'), created: at(1), contained: false }
    const state = stateOf(
      start(),
      { type: 'newcomers.known', cloud: 'toy', account: 'town', ids: ['digest'] },
      { type: 'newcomers.found', cloud: 'toy', account: 'town', found: [found], problems: ['none'] },
    )
    expect([...state.known]).toEqual([['toy:town', ['digest']]])
    expect([...state.newcomers.values()]).toEqual([found])
    expect([...state.unlooked]).toEqual([['toy:town', ['none']]])
  })
})

describe('the sweep of a run', () => {
  const done: Body = { type: 'sweep.done', owners: 2, found: 0 }
  const failed = (owner: string): Body => ({ type: 'sweep.failed', owner, fault: FAULT })
  const added: Body = { type: 'change.added', change: plannedChange('card') }

  it('is done until a change is added', () => {
    expect(stateOf(start('front'), done).swept).toBe(true)
    const state = stateOf(start('front'), done, added)
    expect(state.swept).toBe(false)
    expect(changeOf(state, 'card')?.phase).toBe('planned')
  })

  it('is still done, and the change as it was, when the same change is added again', () => {
    const state = stateOf(start('front'), added, ...contained('card'), done, added)
    expect(state.swept).toBe(true)
    expect(changeOf(state, 'card')?.phase).toBe('written')
  })

  it('is not done after a failure, which is kept once for each owner until a sweep is done', () => {
    const state = stateOf(start('front'), done, failed('a'), failed('b'), failed('a'))
    expect(state.swept).toBe(false)
    expect(state.unswept.map(({ owner }) => owner)).toEqual(['b', 'a'])
    expect(state.unswept[0]?.fault).toEqual(FAULT)
    expect(stateOf(start('front'), failed('a'), done).unswept).toEqual([])
  })

  it('keeps all credentials that it found', () => {
    const found = (name: string, contained: boolean): Body => ({
      type: 'sweep.found',
      owner: 'front',
      identity: identity(name),
      contained,
    })
    expect(stateOf(start('front'), found('card', true), found('fob', false)).found).toEqual([
      { owner: 'front', identity: identity('card'), contained: true },
      { owner: 'front', identity: identity('fob'), contained: false },
    ])
  })
})

describe('the restore of a run', () => {
  const options = { drift: 'skip', stepDown: false, acceptLiveTokens: true } as const
  const begun: Body = { type: 'restore.started', actor: ACTOR, reason: 'over', only: ['front'], options }

  it('forgets the decisions of the restore before', () => {
    const key = keyOf('front')
    const entry = { entry: 'open', before: true, ours: false, live: true, decision: 'drift' } as const
    const before = [start('front'), ...contained('front'), begun]
    const first = stateOf(...before, { type: 'restore.intended', key, entries: [entry] })
    expect(changeOf(first, 'front')?.restored).toHaveLength(1)
    const second = stateOf(...before, { type: 'restore.intended', key, entries: [entry] }, begun)
    expect(changeOf(second, 'front')?.restored).toEqual([])
  })

  it('has no status until it ends', () => {
    const restore = { at: at(1), actor: ACTOR, reason: 'over', only: ['front'], options }
    expect(stateOf(start('front'), begun).restore).toEqual(restore)
    const ended = stateOf(start('front'), begun, { type: 'restore.finished', status: 'incomplete' })
    expect(ended.restore).toEqual({ ...restore, finished: 'incomplete' })
  })

  it('ends nothing when it was not begun', () => {
    const state = stateOf(start('front'), { type: 'restore.finished', status: 'complete' })
    expect(state.restore).toBeUndefined()
  })
})

const noteOn = (name: string, replaced?: string[]) => ({
  identity: identity(name).id,
  text: `see to ${name}`,
  ...(replaced === undefined ? {} : { replaced }),
})

/** A plan with every member that a later part adds to, and that part. */
const PARTS = {
  first: planOf({
    callers: [{ cloud: 'toy', account: 'town', name: 'mara' }],
    changes: [plannedChange('front')],
    counts: { listed: 5, principals: 3, touched: 1, limit: 10, share: 0.5 },
    spared: [{ identity: identity('a'), because: 'a' }],
    overruled: [{ identity: identity('b'), because: 'b', class: 'mark', by: 'asked' }],
    refused: [{ identity: identity('c'), interruption: 'i', step: 's', because: 'c' }],
    known: { front: ['card'] },
    unknown: { front: [{ because: 'denied' }] },
    reachable: [noteOn('r')],
    manual: [noteOn('m')],
    advice: [noteOn('v')],
  }),
  later: planOf({
    callers: [{ cloud: 'fog', account: 'moor', name: 'noor' }],
    changes: [plannedChange('back')],
    counts: { listed: 7, principals: 4, touched: 2, limit: 99, share: 1 },
    spared: [{ identity: identity('A'), because: 'A' }],
    overruled: [{ identity: identity('B'), because: 'B', class: 'mark', by: 'asked' }],
    refused: [{ identity: identity('C'), interruption: 'I', step: 'S', because: 'C' }],
    known: { back: ['fob'] },
    unknown: { back: [{ because: 'denied' }] },
    reachable: [noteOn('R')],
    manual: [noteOn('M')],
    advice: [noteOn('V')],
  }),
}

const reached = (plan: Plan, cloud = 'fog', account = 'moor'): Body => ({
  type: 'run.reached',
  cloud,
  account,
  plan,
})

describe('an account that is reached later', () => {
  const { first, later } = PARTS
  const optional = ['overruled', 'reachable', 'manual', 'advice'] as const
  const without = (plan: Plan): Plan => {
    const { overruled: _, reachable: __, manual: ___, advice: ____, unknown: _____, ...rest } = plan
    const { principals: ______, ...counts } = rest.counts
    return { ...rest, counts }
  }

  it('adds its callers, changes and findings to those of the run, whose limit stays', () => {
    const state = stateOf(started(first), reached(later))
    const { plan } = state
    expect([...state.changes.keys()]).toEqual([keyOf('front'), keyOf('back')])
    expect(plan.counts).toEqual({ listed: 12, principals: 7, touched: 3, limit: 10, share: 0.5 })
    expect(plan.known).toEqual({ ...first.known, ...later.known })
    expect(plan.unknown).toEqual({ ...first.unknown, ...later.unknown })
    for (const name of ['callers', 'spared', 'refused', ...optional] as const) {
      expect(plan[name], name).toEqual([...(first[name] ?? []), ...(later[name] ?? [])])
    }
  })

  it('adds to a plan that lacks what it has', () => {
    const { plan } = stateOf(started(without(first)), reached(later))
    for (const name of [...optional, 'unknown'] as const) expect(plan[name], name).toEqual(later[name])
    expect(plan.counts.principals).toBe(4)
  })

  it('leaves what it lacks as the plan has it', () => {
    const { plan } = stateOf(started(first), reached(without(later)))
    for (const name of [...optional, 'unknown'] as const) expect(plan[name], name).toEqual(first[name])
    expect(plan.counts.principals).toBe(3)
  })

  it('is not said to have no gaps when neither plan says', () => {
    const { plan } = stateOf(started(without(first)), reached(without(later)))
    for (const name of ['unknown', 'reachable', 'unlisted']) expect(plan).not.toHaveProperty(name)
    expect(plan.counts.principals).toBe(0)
  })

  const place = (cloud: string, account: string) => ({ cloud, account })
  const places = [place('fog', 'moor'), place('fog', 'marsh'), place('toy', 'moor')]
  const found = [place('fog', 'marsh'), place('toy', 'moor'), place('fog', 'fen')]

  it('is no longer unreached; accounts of the same cloud or name are, and those that it found', () => {
    const fault = FAULT
    const state = stateOf(
      started(planOf({ unreached: places.map(each => ({ ...each, fault })) })),
      reached(planOf({ unreached: [{ ...place('fog', 'fen'), fault }] })),
    )
    expect(state.unreached).toEqual(found.map(each => ({ ...each, fault })))
  })

  it('has the gaps in its listing that the last listing had; other accounts keep theirs', () => {
    const gap = { kinds: ['gate'], because: 'denied' }
    const run = started(planOf({ unlisted: places.map(each => ({ ...each, ...gap })) }))
    const again = stateOf(run, reached(planOf({ unlisted: [{ ...place('fog', 'fen'), ...gap }] })))
    expect(again.plan.unlisted).toEqual(found.map(each => ({ ...each, ...gap })))
    const whole = stateOf(run, reached(planOf()))
    expect(whole.plan.unlisted).toEqual(found.slice(0, 2).map(each => ({ ...each, ...gap })))
    const pair = started(planOf({ unlisted: places.slice(0, 2).map(each => ({ ...each, ...gap })) }))
    expect(stateOf(pair, reached(planOf())).plan.unlisted).toEqual([{ ...place('fog', 'marsh'), ...gap }])
    const only = started(planOf({ unlisted: [{ ...place('fog', 'moor'), ...gap }] }))
    expect(stateOf(only, reached(planOf())).plan).not.toHaveProperty('unlisted')
  })
})

describe('a run', () => {
  const leftOff = (name: string): Body[] => {
    const entry = { entry: 'open', before: true, ours: false, live: false, decision: 'kept-off' } as const
    const key = keyOf(name)
    return [
      { type: 'restore.intended', key, entries: [entry] },
      { type: 'restore.written', key },
    ]
  }
  const two = (name: string): Body => ({
    type: 'change.intended',
    key: keyOf(name),
    uid: `UID-${name}`,
    before: { open: true, bar: 'x' },
    after: { open: false },
    joined: [],
  })

  it.each<[string, boolean, Body[]]>([
    ['has changed nothing', false, []],
    ['holds a setting of one of its identities', true, contained('front')],
    ['holds a setting of all of them', true, [...contained('front'), ...contained('back')]],
    ['left off all that it holds', false, [...contained('front'), ...leftOff('front')]],
    ['left off a part of what it holds', true, [two('front'), ...leftOff('front')]],
  ])('that %s is open: %s', (_, open, bodies) => {
    expect(isOpen(stateOf(start('front', 'back'), ...bodies))).toBe(open)
  })

  it('leaves steps by hand to a person for the identities that it holds, and for no others', () => {
    const manual = [noteOn('front'), noteOn('back')]
    const plan = planOf({ manual, changes: [plannedChange('front'), plannedChange('back')] })
    expect(openManual(stateOf(started(plan), ...contained('front')))).toEqual([noteOn('front')])
    expect(openManual(stateOf(started(plan)))).toEqual([])
    expect(openManual(stateOf(start('front'), ...contained('front')))).toEqual([])
  })

  it('has a step by hand done once a rotation has deleted every credential that it names', () => {
    const manual = [
      noteOn('front', ['front']),
      noteOn('front', ['front', 'other']),
      noteOn('front', ['other']),
      noteOn('front'),
    ]
    const key = keyOf('front')
    const state = stateOf(
      started(planOf({ manual, changes: [plannedChange('front')] })),
      ...contained('front'),
      { type: 'rotation.intended', key, rotation: 'r', place: 'p', before: ['front'] },
      { type: 'credential.rotated', key, old: 'front', name: 'new', id: 'new', place: 'p' },
      { type: 'rotation.deleted', key, old: 'front' },
    )
    expect(manualSteps(state)).toEqual(manual.slice(1))
  })
})
