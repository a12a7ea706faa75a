import { describe, expect, it } from 'vitest'
import { listIdentities } from '../../src/engine/index.ts'
import { inLanes } from '../../src/engine/lanes.ts'
import { Fault } from '../../src/model/fault.ts'
import type { Interruption } from '../../src/model/interruption.ts'
import type { Provider, Session } from '../../src/model/provider.ts'
import { currentAsking } from '../../src/model/purpose.ts'
import { REAL, type Timing } from '../../src/model/timing.ts'
import { MemoryTown } from './memory-town.ts'
import { Town } from './town.ts'
import { playbook, provider, shut, ToyCloud } from './toy-cloud.ts'

const turn = () => new Promise<void>(resolve => setImmediate(resolve))

describe('hundreds of accounts', () => {
  it('work on 64 identities at once in all, 8 in each', async () => {
    const now = new Map<string, number>()
    let most = 0
    let mostInOne = 0
    const items = Array.from({ length: 100 * 20 }, (_, at) => ({ account: `a${at % 100}` }))
    await inLanes(
      items.map(item => [item]),
      ({ account }) => account,
      async group => {
        for (const { account } of group) {
          now.set(account, (now.get(account) ?? 0) + 1)
          most = Math.max(
            most,
            [...now.values()].reduce((sum, each) => sum + each, 0),
          )
          mostInOne = Math.max(mostInOne, now.get(account) ?? 0)
          await turn()
          now.set(account, (now.get(account) ?? 0) - 1)
        }
      },
    )
    expect(most).toBe(64)
    expect(mostInOne).toBeLessThanOrEqual(8)
  })

  it('are listed several at once, in order, never far ahead of what is taken', async () => {
    let open = 0
    let mostOpen = 0
    let made = 0
    let taken = 0
    let mostAhead = 0
    const cloud = new ToyCloud()
    cloud.add('front')
    const identity = cloud.identity('front')
    const sessions = Array.from(
      { length: 40 },
      (_, at): Session => ({
        ...cloud.session(),
        account: `a${String(at).padStart(2, '0')}`,
        async *inventory() {
          mostOpen = Math.max(mostOpen, ++open)
          for (let item = 0; item < 1000; item++) {
            if (item % 100 === 0) await turn()
            mostAhead = Math.max(mostAhead, ++made - taken)
            yield { ...identity, name: `${this.account} ${item}` }
          }
          open--
        },
      }),
    )
    const names: string[] = []
    for await (const { name } of listIdentities(cloud.world({ sessions }))) {
      taken++
      names.push(name)
    }
    expect(names).toHaveLength(40_000)
    expect(names[0]).toBe('a00 0')
    expect(names.at(-1)).toBe('a39 999')
    expect(names.slice(0, 1000).every(name => name.startsWith('a00 '))).toBe(true)
    expect(mostOpen).toBeGreaterThan(1)
    expect(mostOpen).toBeLessThanOrEqual(32)
    expect(mostAhead).toBeLessThanOrEqual(32 * 257)
  })

  it('stop being listed when one fails, or when nobody wants more', async () => {
    const cloud = new ToyCloud()
    cloud.add('front')
    let closed = 0
    const endless = (account: string): Session => ({
      ...cloud.session(),
      account,
      async *inventory() {
        try {
          for (;;) yield cloud.identity('front')
        } finally {
          closed++
        }
      },
    })
    const failing: Session = {
      ...cloud.session(),
      async *inventory() {
        yield cloud.identity('front')
        throw new Fault('throttled', 'too many calls')
      },
    }
    const list = async (sessions: Session[], most: number) => {
      let count = 0
      for await (const _ of listIdentities(cloud.world({ sessions }))) if (++count === most) break
      return count
    }
    await expect(list([failing, endless('b')], 10)).rejects.toMatchObject({ code: 'throttled' })
    expect(await list([endless('a'), endless('b')], 1000)).toBe(1000)
    await turn()
    expect(closed).toBe(3)
  })

  it('are guarded each by itself: what is news in one wakes nobody in the others', async () => {
    const few = await sleeps(10)
    const many = await sleeps(100)
    expect(many / few).toBeLessThan(20)
  })

  it('are looked at side by side, and never more than 128 of them at once', async () => {
    const { world, looks } = watchedTown(400)
    const all = playbook(['disable'], undefined, { limit: { identities: 1_000, share: 1 } })
    const state = await new MemoryTown().contain(world, 'aaaa', all)
    expect(state.finished).toBe('complete')
    expect(looks.most).toBeGreaterThan(8)
    expect(looks.most).toBeLessThanOrEqual(128)
  })
})

/** A cloud of so many accounts with an open door in each, and the most looks of the guard that were under way at once. */
function watchedTown(accounts: number) {
  const looks = { now: 0, most: 0 }
  const slow: Interruption<ToyCloud> = {
    ...shut,
    async read(client, context) {
      const isLook = currentAsking().purpose === 'verify'
      if (isLook) looks.most = Math.max(looks.most, ++looks.now)
      for (let turns = 0; turns < 5; turns++) await turn()
      if (isLook) looks.now--
      return await shut.read(client, context)
    },
  }
  const interruptions = [slow] as unknown as Provider['interruptions']
  const clouds = Array.from({ length: accounts }, (_, at) => new ToyCloud('toy', `a${at}`))
  for (const cloud of clouds) cloud.add('front')
  const world = new ToyCloud().world({
    providers: new Map([['toy', { ...provider, interruptions }]]),
    sessions: clouds.map(cloud => cloud.session()),
  })
  return { world, looks }
}

/** How often the guard goes to sleep while one door in each of so many accounts is shut. */
async function sleeps(accounts: number): Promise<number> {
  const town = await Town.open()
  let count = 0
  const timing: Timing = {
    ...REAL,
    sleep(ms, signal) {
      count++
      return REAL.sleep(ms, signal)
    },
  }
  const clouds = Array.from({ length: accounts }, (_, at) => new ToyCloud('toy', `a${at}`))
  for (const cloud of clouds) cloud.add('front')
  const [first] = clouds
  if (first === undefined) throw new Error('no account')
  const world = first.world({ sessions: clouds.map(cloud => cloud.session()), timing })
  const state = await town.contain(world, 'aaaa', playbook(['disable']))
  expect(state.finished).toBe('complete')
  await town.close()
  return count
}
