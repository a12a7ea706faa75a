import { describe, expect, it } from 'vitest'
import { contain, makePlan, type World } from '../../src/engine/index.ts'
import { withEntries } from '../../src/model/facet.ts'
import { Fault } from '../../src/model/fault.ts'
import { Holds } from '../../src/model/run/holds.ts'
import type { RunState } from '../../src/model/run/state.ts'
import { MemoryJournal } from './memory-journal.ts'
import { interruption, playbook, ToyCloud } from './toy-cloud.ts'
import { withInterruptions } from './toy-register.ts'
import { VirtualTime } from './virtual-time.ts'

const MORE = ['chain', 'beam', ...Array.from({ length: 7 }, (_, at) => `bolt-${at + 2}`)]

/** Ten denies where there is strength, as many as an AWS user has room for; else one. */
const bolts = interruption('door', 'quarantine', {
  id: 'toy.door.bolts',
  companions: [],
  cut: (facet, { run, strength }) =>
    withEntries(facet, [
      [`bolt/${run}`, 'all'],
      ...(strength ? MORE.map((name): [string, string] => [name, 'all']) : []),
    ]),
})

interface Thief {
  /** Seconds between two loops. */
  period: number
  /** By how much of the period a loop may be shorter or longer; 0 when missing. */
  jitter?: number
  /** Seconds for which it goes on. */
  for?: number
  /** Acts through a helper that nobody contains. */
  helped?: boolean
}

interface Fight {
  state: RunState
  journal: MemoryJournal
  /** Seconds after the first write of the last call that was let in. */
  lastIn: number
  seconds: number
  time: VirtualTime
}

/** A thief who undoes every setting that keeps the door shut, as long as the data plane lets it in. */
async function fight(
  seed: number,
  {
    delay,
    thief,
    more = {},
    noWait,
  }: { delay: number; thief?: Thief; more?: Partial<World>; noWait?: boolean },
): Promise<Fight> {
  const time = new VirtualTime(seed)
  const cloud = new ToyCloud()
  cloud.add('front')
  // The past of the door, for a data plane that learns of it `delay` seconds late.
  const past: { at: number; shut: boolean }[] = [{ at: Number.NEGATIVE_INFINITY, shut: false }]
  let first: number | undefined
  const note = () => {
    const settings = cloud.doors.get('front')?.settings ?? {}
    past.push({ at: time.now(), shut: settings['open'] !== true || hasBolt(settings) })
  }
  const write = cloud.write.bind(cloud)
  cloud.write = async (name, from, to) => {
    await time.sleep(3)
    await write(name, from, to)
    first ??= time.now()
    note()
  }
  const letsIn = () => past.findLast(({ at }) => at <= time.now() - delay * 1000)?.shut !== true
  const plain = cloud.world()
  const world: World = {
    ...plain,
    providers: new Map([['toy', withInterruptions(bolts)]]),
    clock: time.clock,
    timing: time,
    propagation: { toy: delay },
    patience: 60_000,
    ...more,
  }
  const book = playbook(['toy.door.bolts', 'toy.door.disable'])
  const holds = new Holds([])
  const plan = await makePlan(world, { run: 'aaaa', playbook: book, inputs: {}, holds })
  const journal = new MemoryJournal('aaaa', world.clock)
  let over = false
  let lastIn = 0
  const stealing = (async () => {
    if (!thief) return
    await time.sleep(time.random() * thief.period * 1000)
    while (!over && time.now() < (thief.for ?? Number.POSITIVE_INFINITY) * 1000) {
      const door = cloud.doors.get('front')
      for (const entry of Object.keys(door?.settings ?? {})) {
        if (letsIn()) lastIn = time.now()
        if (entry === 'open' || !(letsIn() || thief.helped)) continue
        await time.sleep(3)
        if (door) door.settings = withEntries(door.settings, [[entry, undefined]])
        note()
      }
      if ((letsIn() || thief.helped) && door && first !== undefined) {
        door.settings = withEntries(door.settings, [['open', true]])
        note()
      }
      const { period, jitter } = thief
      await time.sleep(period * 1000 * (jitter === undefined ? 1 : 1 + jitter * (2 * time.random() - 1)))
    }
  })()
  await time.sleep(1)
  const state = await contain(world, {
    plan,
    journal,
    holds,
    reason: 'test',
    tool: 'test',
    actor: { user: 'mara', host: 'desk', pid: 1 },
    ttl: 3600,
    ...(noWait ? { noWait } : {}),
  })
  const seconds = time.now() / 1000
  const stillIn = letsIn()
  over = true
  await stealing
  expect(state.finished === 'complete' && stillIn).toBe(false)
  return { state, journal, lastIn: Math.max(0, lastIn - (first ?? 0)) / 1000, seconds, time }
}

function hasBolt(settings: object): boolean {
  return Object.keys(settings).some(entry => entry !== 'open')
}

const SEEDS = Array.from({ length: 20 }, (_, at) => at + 1)

describe('the guard of a run', () => {
  it('ends complete after the delay of the cloud when nobody fights', async () => {
    const { state, journal, seconds } = await fight(1, { delay: 4 })
    expect(state.finished).toBe('complete')
    expect(journal.of('change.countered')).toEqual([])
    expect(seconds).toBeGreaterThanOrEqual(4)
    expect(seconds).toBeLessThan(6)
  })

  it.each([
    [1, 0.1],
    [1, 0.3],
    [4, 0.1],
    [4, 0.3],
  ])('wins against a thief at a delay of %s s and a loop of %s s, 20 seeds', async (delay, period) => {
    const fights = []
    for (const seed of SEEDS) fights.push(await fight(seed, { delay, thief: { period } }))
    const times = fights.map(({ lastIn }) => lastIn).sort((a, b) => a - b)
    expect(times[10]).toBeLessThanOrEqual(2 * delay + 1)
    expect(times[18]).toBeLessThanOrEqual(4 * delay + 1)
    for (const { state, journal } of fights) {
      expect(state.finished).toBe('complete')
      expect(journal.of('change.countered').length).toBeGreaterThan(0)
    }
  })

  it('writes one deny where nobody fights, and every deny from the first counter-move', async () => {
    const calm = await fight(1, { delay: 1 })
    const held = (state: RunState) => state.changes.get('toy:town:door/front toy.door.bolts')?.held.length
    expect(held(calm.state)).toBe(1)
    const fought = await fight(1, { delay: 1, thief: { period: 0.3 } })
    expect(held(fought.state)).toBe(10)
  })

  it('is contested within ten delays when a helper keeps undoing it, and says since when and how often', async () => {
    const { state, journal, seconds } = await fight(3, {
      delay: 4,
      thief: { period: 0.3, helped: true, for: 300 },
    })
    expect(state.finished).toBe('contested')
    expect(seconds).toBeLessThan(45)
    const contested = journal.of('change.contested')
    expect(contested.length).toBeGreaterThan(0)
    expect(contested[0]?.count).toBeGreaterThan(5)
    const [change] = [...state.changes.values()].filter(each => each.contested !== undefined)
    expect(change?.countered?.count).toBeGreaterThan(5)
    expect(change?.set).toBe(false)
  })

  it('is contested as a rule against rounds that sometimes take longer than the usual quiet, 20 seeds', async () => {
    const ends = []
    for (const seed of SEEDS) {
      const thief = { period: 1.7, jitter: 0.5, helped: true, for: 300 }
      const { state, journal, seconds } = await fight(seed, { delay: 1, thief })
      expect(seconds).toBeLessThan(20)
      // After one counter-move nobody knows how long the rounds are.
      if (journal.of('change.countered').length > 1) ends.push(state.finished)
    }
    expect(ends.length).toBeGreaterThan(8)
    // By the usual quiet alone, most of them would end as complete.
    expect(ends.filter(each => each !== 'contested').length).toBeLessThanOrEqual(2)
  })

  it('sums a long fight up instead of recording it move by move', async () => {
    const { journal } = await fight(3, { delay: 4, thief: { period: 0.1, helped: true, for: 300 } })
    const moves = journal.of('change.countered')
    const counted = moves.reduce((sum, { count }) => sum + count, 0)
    expect(counted).toBeGreaterThan(moves.length)
  })

  it('ends as settling, with everything set, when it is not to wait', async () => {
    const { state, seconds } = await fight(1, {
      delay: 120,
      noWait: true,
      more: { providers: new Map([['toy', withInterruptions({ ...bolts, settles: 60 })]]) },
    })
    expect(state.finished).toBe('settling')
    expect(seconds).toBeLessThan(10)
  })

  it('ends as settling, and not as interrupted, when it is stopped while it only waits', async () => {
    const stop = new AbortController()
    const { state, seconds } = await fight(1, {
      delay: 120,
      more: {
        providers: new Map([['toy', withInterruptions({ ...bolts, settles: 60 })]]),
        signal: stop.signal,
        listen: event => {
          if (event.type === 'waiting') stop.abort()
        },
      },
    })
    expect(state.finished).toBe('settling')
    expect(seconds).toBeLessThan(10)
  })
})

describe('a cloud that has no evaluation', () => {
  it('is asked once, and the run ends unproven when its cuts are in force', async () => {
    let asked = 0
    const unsupported = interruption('door', 'quarantine', {
      id: 'toy.door.bolts',
      companions: [],
      cut: (facet, { run }) => withEntries(facet, [[`bolt/${run}`, 'all']]),
      probe: async () => {
        asked++
        throw new Fault('unsupported', 'the endpoint does not implement it')
      },
    })
    const { state, seconds } = await fight(1, {
      delay: 4,
      more: { providers: new Map([['toy', withInterruptions(unsupported)]]) },
    })
    expect([asked, state.finished]).toEqual([1, 'incomplete'])
    expect(seconds).toBeLessThan(6)
  })
})
