import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Readings } from '../../src/clouds/kit/http/readings.ts'
import { contain, makePlan, type World } from '../../src/engine/index.ts'
import { Holds } from '../../src/model/run/holds.ts'
import type { RunState } from '../../src/model/run/state.ts'
import { MemoryJournal } from './memory-journal.ts'
import { playbook, provider, ToyCloud } from './toy-cloud.ts'
import { VirtualTime } from './virtual-time.ts'

interface Scene {
  doors: number
  /** Seconds until the cloud enforces a write. */
  delay: number
  /** A thief makes a pass for a door at this moment of the run, in seconds, if the cloud still lets it in. */
  pass?: { door: number; at: number }
  noWait?: boolean
  /** Quarantines instead, and the cloud's own evaluation is ahead of what it enforces by so many seconds. */
  evaluated?: number
  /** The evaluation shows a write after so many seconds. */
  shown?: number
}

interface Run {
  state: RunState
  /** The thief got its pass. */
  made: boolean
  /** Milliseconds at which the passes of a door were listed, after the last cut. */
  listings: number[]
  /** Milliseconds from the last cut to the end. */
  after: number
  cloud: ToyCloud
}

/** Shuts doors in a cloud that enforces late, and whose answers are shared within a stage as those of the clouds are. */
async function shutDoors(scene: Scene, seed = 1): Promise<Run> {
  const time = new VirtualTime(seed)
  const cloud = new ToyCloud()
  for (let at = 0; at < scene.doors; at++) cloud.add(`door-${at}`)
  const readings = new Readings()
  const shutAt = new Map<string, number>()
  const listings: { door: string; at: number }[] = []
  const write = cloud.write.bind(cloud)
  cloud.write = async (name, from, to) => {
    await time.sleep(20)
    await write(name, from, to)
    readings.wrote(name)
    shutAt.set(name, time.now())
  }
  const { evaluated, shown = 0 } = scene
  cloud.shows = name => (shutAt.get(name) ?? 0) + shown * 1000 <= time.now()
  const session = { ...cloud.session(), ...(evaluated === undefined ? {} : { evaluationLead: evaluated }) }
  const list = session.credentials.bind(session)
  session.credentials = async (owner, ...more) =>
    await readings.read(`passes of ${owner.name}`, owner.name, async () => {
      listings.push({ door: owner.name, at: time.now() })
      await time.sleep(20)
      return await list(owner, ...more)
    })
  const world: World = {
    ...cloud.world(),
    providers: new Map([['toy', provider]]),
    sessions: [session],
    clock: time.clock,
    timing: time,
    propagation: { toy: scene.delay },
    patience: 60_000,
  }
  const holds = new Holds([])
  const book = playbook([evaluated === undefined ? 'toy.door.disable' : 'toy.door.quarantine'])
  const plan = await makePlan(world, { run: 'aaaa', playbook: book, inputs: {}, holds })
  const begun = time.now()
  let made = false
  const stealing = (async () => {
    const { pass } = scene
    if (!pass) return
    await time.sleep(pass.at * 1000)
    const door = `door-${pass.door}`
    if ((shutAt.get(door) ?? Number.POSITIVE_INFINITY) + scene.delay * 1000 <= time.now()) return
    cloud.add('copied', { open: true }, door)
    made = true
  })()
  const state = await contain(world, {
    plan,
    journal: new MemoryJournal('aaaa', world.clock),
    holds,
    reason: 'test',
    tool: 'test',
    actor: { user: 'mara', host: 'desk', pid: 1 },
    ttl: 3600,
    ...(scene.noWait ? { noWait: true } : {}),
  })
  const ended = time.now()
  await stealing
  const last = Math.max(begun, ...shutAt.values())
  const after = ended - last
  return { state, made, after, listings: listings.map(({ at }) => at - last).filter(at => at >= 0), cloud }
}

describe('the sweeps of a run', () => {
  it('find a credential that was made after the first sweep, while the cut was not in force yet', async () => {
    const { state, made, cloud } = await shutDoors({ doors: 1, delay: 4, pass: { door: 0, at: 3.7 } })
    expect(made).toBe(true)
    expect(state.found.map(({ identity }) => identity.name)).toEqual(['copied'])
    expect(cloud.doors.get('copied')?.settings).toEqual({ open: false })
    expect(state.finished).toBe('complete')
  })

  it('find a credential whenever it is made before the cut of its owner is in force', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          doors: fc.integer({ min: 1, max: 30 }),
          delay: fc.constantFrom(0, 1, 3, 5),
          door: fc.nat(29),
          at: fc.double({ min: 0, max: 6, noNaN: true }),
          seed: fc.nat(1000),
        }),
        async ({ doors, delay, door, at, seed }) => {
          const { state, made, cloud } = await shutDoors(
            { doors, delay, pass: { door: door % doors, at } },
            seed,
          )
          expect(state.found.map(({ identity }) => identity.name)).toEqual(made ? ['copied'] : [])
          if (made) expect(cloud.doors.get('copied')?.settings).toEqual({ open: false })
          expect(state.finished).toBe('complete')
        },
      ),
      { numRuns: 25 },
    )
  })

  it('list each of many owners once, when all is in force, if nobody fights', async () => {
    const { state, listings } = await shutDoors({ doors: 40, delay: 5 })
    expect(state.finished).toBe('complete')
    expect(listings).toHaveLength(40)
    expect(Math.min(...listings)).toBeGreaterThanOrEqual(5_000)
  })

  it('look for new credentials of a few owners before their cuts are in force', async () => {
    const { listings } = await shutDoors({ doors: 2, delay: 5 })
    expect(listings.filter(at => at < 2_000)).toHaveLength(2)
    expect(listings.filter(at => at >= 5_000)).toHaveLength(2)
  })

  it('end with the last listing after the last cut where nobody waits', async () => {
    const { state, listings } = await shutDoors({ doors: 40, delay: 5, noWait: true })
    expect(state.finished).toBe('complete')
    expect(listings).toHaveLength(40)
  })

  it('begin as soon as the evaluation of a crowd is believed', async () => {
    const { state, after } = await shutDoors({ doors: 90, delay: 5, evaluated: 5 })
    expect(state.finished).toBe('complete')
    expect(after).toBeGreaterThanOrEqual(5_000)
    expect(after).toBeLessThan(8_000)
  })

  it('ask an evaluation that comes late again, for a crowd too', async () => {
    const { state, after } = await shutDoors({ doors: 100, delay: 5, evaluated: 1, shown: 9 })
    expect(state.finished).toBe('complete')
    expect(after).toBeGreaterThanOrEqual(9_000)
    expect(after).toBeLessThan(15_000)
  })
})
