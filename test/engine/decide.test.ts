import { describe, expect, it } from 'vitest'
import { type Choice, decide, type Question } from '../../src/engine/decide.ts'
import type { RestoreOptions } from '../../src/model/entry.ts'
import { type Facet, withEntries } from '../../src/model/facet.ts'
import type { Identity } from '../../src/model/identity.ts'
import type { Held } from '../../src/model/run/held-settings.ts'
import { type Hold, Holds } from '../../src/model/run/holds.ts'
import type { ChangeState } from '../../src/model/run/state.ts'

const INTENDED = '2026-11-30T10:00:00.000Z'
/** The cloud took it ten minutes after it was intended. */
const WRITTEN = '2026-11-30T10:10:00.000Z'
const at = (minutes: number) => new Date(Date.parse(INTENDED) + minutes * 60_000).toISOString()

const identity: Identity = {
  id: 'toy:town:door/front',
  uid: 'UID',
  cloud: 'toy',
  account: 'town',
  kind: 'door',
  name: 'front',
  facts: { created: '2020-01-01T00:00:00.000Z' },
}

const held = (entry: string, more: Partial<Held> = {}): Held => ({
  entry,
  before: 'mine',
  after: 'ours',
  at: INTENDED,
  joined: false,
  ...more,
})

function changeOf(
  entries: Held[],
  planned: Partial<ChangeState['planned']> = {},
  writtenAt?: string,
): ChangeState {
  return {
    key: 'k',
    identity,
    phase: 'written',
    held: entries,
    ...(writtenAt === undefined ? {} : { writtenAt }),
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
      at: INTENDED,
      differences: [],
      leaves: '',
      reversal: { kind: 'exact' },
      horizon: 3600,
      ...planned,
    },
  }
}

interface Row {
  live: Facet
  held?: Held[]
  planned?: Partial<ChangeState['planned']>
  options?: Partial<RestoreOptions>
  choice?: Choice
  now?: string
  writtenAt?: string
  others?: Hold[]
  more?: Partial<Question>
}

function decided({
  live,
  held: entries = [held('e')],
  planned,
  options,
  choice = 'skip',
  now = at(0),
  ...row
}: Row) {
  const run = 'aaaa'
  const holds = new Holds([])
  for (const each of [...(row.others ?? []), ...entries.map(one => ({ ...one, run, key: 'k' }))]) {
    holds.add(identity.id, each)
  }
  return decide({
    interruption: {
      stepDown: (facet, context) => withEntries(facet, [['residue', `before ${context.now}`]]),
    },
    change: changeOf(entries, planned, row.writtenAt ?? WRITTEN),
    reading: { uid: 'UID', facet: live },
    context: { run, now, identity, params: {}, exhausted: [] },
    holds,
    options: { drift: 'skip', stepDown: false, acceptLiveTokens: false, ...options },
    choose: () => choice,
    ...row.more,
  })
}

const of = (row: Row) => decided(row).entries.map(({ entry, decision }) => `${entry} ${decision}`)

/** Long past every horizon. */
const LATE = at(100_000)

describe('a decision about one setting', () => {
  it.each<[string, Row, string]>([
    ['is put back when it reads as ours', { live: { e: 'ours' } }, 'e put-back'],
    ['is already back when it reads as before', { live: { e: 'mine' } }, 'e already'],
    ['drifts when it reads as neither', { live: { e: 'theirs' } }, 'e drift'],
    ['drifts when it is absent and neither image is', { live: {} }, 'e drift'],
    ['is taken as it is when chosen', { live: { e: 'theirs' }, choice: 'use-live' }, 'e use-live'],
    ['is forced back when chosen', { live: { e: 'theirs' }, choice: 'force' }, 'e force'],
    ['is left as it is by name', { live: { e: 'ours' }, more: { leave: new Set(['e']) } }, 'e use-live'],
    [
      'is put back when an earlier rung of ours is live',
      { live: { e: 'first' }, held: [held('e', { earlier: ['first'] })] },
      'e put-back',
    ],
    ['is kept off when it leaked', { live: { e: 'ours' }, planned: { after: 'keep-off' } }, 'e kept-off'],
    [
      'is put back when it leaked and is given back by its id',
      { live: { e: 'ours' }, planned: { after: 'keep-off' }, options: { giveBack: [identity.id] } },
      'e put-back',
    ],
    [
      'is kept off when another id is given back',
      { live: { e: 'ours' }, planned: { after: 'keep-off' }, options: { giveBack: ['toy:town:door/back'] } },
      'e kept-off',
    ],
    [
      'is drift when it leaked and somebody switched it on',
      { live: { e: 'mine' }, planned: { after: 'keep-off' } },
      'e drift',
    ],
  ])('%s', (_, row, expected) => {
    expect(of({ now: LATE, ...row })).toEqual([expected])
  })

  it('is gone when there is no reading, and replaced when another identity has its name', () => {
    expect(of({ live: {}, more: { reading: undefined } })).toEqual(['e gone'])
    expect(of({ live: {}, more: { reading: undefined, replaced: true } })).toEqual(['e replaced'])
  })

  it('is not there when others are asked for', () => {
    const entries = [held('e'), held('f')]
    const row = { live: { e: 'ours', f: 'ours' }, held: entries, now: LATE }
    expect(of({ ...row, more: { entries: new Set(['f']) } })).toEqual(['f put-back'])
  })
})

describe('a setting that other runs hold', () => {
  const other = (run: string, after: string, when: string): Hold => ({
    ...held('e', { after, at: when }),
    run,
    key: 'x',
  })

  it('goes to what the newest of the remaining holds put there', () => {
    const others = [other('bbbb', 'second', at(1)), other('cccc', 'third', at(2))]
    const { entries, to } = decided({ live: { e: 'ours' }, others, now: LATE })
    expect(entries).toMatchObject([{ decision: 'put-back', to: 'third' }])
    expect(to).toEqual({ e: 'third' })
  })

  it('is released within the run when only another change of the same run holds it', () => {
    const within = (run: string) =>
      decided({ live: { e: 'third' }, others: [other(run, 'third', at(2))], now: LATE }).entries
    expect(within('aaaa')).toMatchObject([{ decision: 'released', within: true }])
    expect(within('cccc')[0]).not.toHaveProperty('within')
  })

  it('is released when it reads so already', () => {
    expect(of({ live: { e: 'third' }, others: [other('cccc', 'third', at(2))], now: LATE })).toEqual([
      'e released',
    ])
  })
})

describe('the horizon', () => {
  const past = at(75)
  const before = at(65)

  it.each<[string, Row, boolean]>([
    ['refuses a lift before it', { live: { e: 'ours' }, now: before }, true],
    ['counts from the write and not from the intention', { live: { e: 'ours' }, now: at(69) }, true],
    ['allows a lift after it', { live: { e: 'ours' }, now: past }, false],
    ['refuses a forced lift before it', { live: { e: 'theirs' }, choice: 'force', now: before }, true],
    ['allows a forced lift after it', { live: { e: 'theirs' }, choice: 'force', now: past }, false],
    ['does not matter when nothing is lifted', { live: { e: 'theirs' }, now: before }, false],
    [
      'does not matter when drift is taken as it is',
      { live: { e: 'theirs' }, choice: 'use-live', now: before },
      false,
    ],
    [
      'does not matter when it is kept off',
      { live: { e: 'ours' }, planned: { after: 'keep-off' }, now: before },
      false,
    ],
    [
      'does not matter when it was accepted',
      { live: { e: 'ours' }, options: { acceptLiveTokens: true }, now: before },
      false,
    ],
    [
      'is absent where nothing outlives the cut',
      { live: { e: 'ours' }, planned: { horizon: 0 }, now: before },
      false,
    ],
  ])('%s', (_, row, refused) => {
    expect(decided(row).blocked !== undefined).toBe(refused)
    expect(decided(row).horizonEnds).toBe(refused ? at(70) : undefined)
  })

  it('counts from the intention when a crash hides the write', () => {
    const row = { live: { e: 'ours' }, more: { change: changeOf([held('e')]) } }
    expect(decided({ ...row, now: at(59) }).horizonEnds).toBe(at(60))
    expect(decided({ ...row, now: at(61) }).horizonEnds).toBeUndefined()
  })

  it.each<[string, Row]>([
    ['a lift', { live: { e: 'ours' } }],
    ['a forced lift', { live: { e: 'theirs' }, choice: 'force' }],
  ])('makes %s step down before it, until as long after the restore', (_, row) => {
    const { entries, to, until, blocked } = decided({ ...row, now: before, options: { stepDown: true } })
    expect(blocked).toBeUndefined()
    expect(entries.map(({ entry, decision }) => `${entry} ${decision}`)).toEqual([
      row.choice === 'force' ? 'e force' : 'e put-back',
      'residue step-down',
    ])
    expect(to).toEqual({ e: 'mine', residue: `before ${before}` })
    expect(until).toBe(at(125))
  })

  it('does not make it step down after it', () => {
    const { to, until } = decided({ live: { e: 'ours' }, now: past, options: { stepDown: true } })
    expect(to).toEqual({ e: 'mine' })
    expect(until).toBeUndefined()
  })

  it.each([
    [undefined, /^it cannot step down; .* until 2026-11-30T11:10/],
    [() => 'no room', /^it cannot step down \(no room\); /],
  ])('refuses where nothing can step down, with the reason', (noStepDown, text) => {
    const interruption = noStepDown === undefined ? {} : { noStepDown }
    const row = { live: { e: 'ours' }, now: before, options: { stepDown: true }, more: { interruption } }
    expect(decided(row).blocked).toMatch(text)
  })

  it('takes the place of its own setting', () => {
    const { entries, to, until } = decided({
      live: { e: 'ours' },
      now: at(20),
      options: { stepDown: true },
      more: { interruption: { stepDown: facet => withEntries(facet, [['e', 'denied']]) } },
    })
    expect(entries).toEqual([
      { entry: 'e', before: 'mine', ours: 'ours', live: 'ours', decision: 'step-down', to: 'denied' },
    ])
    expect({ to, until }).toEqual({ to: { e: 'denied' }, until: at(80) })
  })

  it('leaves the residue of an earlier step-down until its time, and lifts it then', () => {
    const residue = held('residue', { before: undefined, after: 'before x', until: at(200) })
    const row = { live: { e: 'mine', residue: 'before x' }, held: [residue], options: { stepDown: true } }
    expect(of({ ...row, now: at(199) })).toEqual(['residue stepped-down'])
    expect(decided({ ...row, now: at(199) }).to).toEqual(row.live)
    expect(of({ ...row, now: at(201) })).toEqual(['residue put-back'])
    // Without a step-down it is refused until then.
    expect(decided({ ...row, options: {}, now: at(199) }).blocked).toContain(at(200))
  })

  it('is covered by the residue of an earlier step-down', () => {
    const residue = held('residue', { before: undefined, after: 'before x', until: at(200) })
    const row = { live: { e: 'ours', residue: 'before x' }, held: [held('e'), residue], now: before }
    const { entries, to, blocked } = decided({ ...row, options: { stepDown: true } })
    expect(blocked).toBeUndefined()
    expect(entries.map(({ entry, decision }) => `${entry} ${decision}`)).toEqual([
      'e put-back',
      'residue stepped-down',
    ])
    expect(to).toEqual({ e: 'mine', residue: 'before x' })
  })
})

describe('a setting that was added shortly before the run', () => {
  const grant = held('grant', { before: true, after: undefined })
  const seen = (minutes: number) => ({ added: { grant: { at: at(-minutes), by: 'mallory' } } })
  const recent = { recent: 3600 }

  it.each<[string, Row, string]>([
    ['is left out', { live: {}, planned: { seen: seen(4) }, options: recent }, 'grant recent'],
    [
      'is drift when somebody gave it again',
      { live: { grant: true }, planned: { seen: seen(4) }, options: recent },
      'grant drift',
    ],
    [
      'is already back when somebody gave it again and it is asked for',
      { live: { grant: true }, planned: { seen: seen(4) } },
      'grant already',
    ],
    [
      'is already back when somebody gave it again and it is older',
      { live: { grant: true }, planned: { seen: seen(61) }, options: recent },
      'grant already',
    ],
    [
      'is put back when it is older',
      { live: {}, planned: { seen: seen(61) }, options: recent },
      'grant put-back',
    ],
    ['is put back when that is asked for', { live: {}, planned: { seen: seen(4) } }, 'grant put-back'],
    ['is put back when nothing tells its age', { live: {}, options: recent }, 'grant put-back'],
    [
      'is put back when its identity is as young',
      {
        live: {},
        planned: { seen: seen(4), identity: { ...identity, facts: { created: at(-5) } } },
        options: recent,
      },
      'grant put-back',
    ],
  ])('%s', (_, row, expected) => {
    expect(of({ held: [grant], now: LATE, ...row })).toEqual([expected])
  })

  it.each<[string, Partial<RestoreOptions>['logged'], string]>([
    [
      'is left out when a log says so',
      [{ identity: identity.id, entry: 'grant', at: at(-4) }],
      'grant recent',
    ],
    [
      'is put back when the log is of another identity',
      [{ identity: 'x', entry: 'grant', at: at(-4) }],
      'grant put-back',
    ],
    [
      'is put back when the log is of after the run',
      [{ identity: identity.id, entry: 'grant', at: at(4) }],
      'grant put-back',
    ],
    [
      'is put back when the log says that it is older',
      [{ identity: identity.id, entry: 'grant', at: at(-90) }],
      'grant put-back',
    ],
  ])('%s', (_, logged = [], expected) => {
    expect(of({ held: [grant], live: {}, now: LATE, options: { ...recent, logged } })).toEqual([expected])
  })

  it('says when and by whom', () => {
    const row = { live: {}, held: [grant], planned: { seen: seen(4) }, options: recent, now: LATE }
    expect(decided(row).entries[0]?.added).toEqual({ at: at(-4), by: 'mallory' })
  })

  it('lifts a setting of ours of any age', () => {
    const ours = held('grant', { before: 'mine', after: 'ours' })
    const row = {
      live: { grant: 'ours' },
      held: [ours],
      planned: { seen: seen(4) },
      options: recent,
      now: LATE,
    }
    expect(of(row)).toEqual(['grant put-back'])
  })
})
