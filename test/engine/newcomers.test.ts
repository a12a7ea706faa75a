import { describe, expect, it } from 'vitest'
import { contain, makePlan, verify, type World } from '../../src/engine/index.ts'
import { Fault } from '../../src/model/fault.ts'
import { digestOf, type Newcomer, type Since } from '../../src/model/newcomer.ts'
import type { Playbook } from '../../src/model/playbook/playbook.ts'
import type { Session } from '../../src/model/provider.ts'
import { containJson } from '../../src/ui/json.ts'
import { COLOURLESS } from '../../src/ui/page.ts'
import { summaryText } from '../../src/ui/summary.ts'
import { eachTown } from './each-town.ts'
import type { Town } from './town.ts'
import { playbook, type ToyCloud } from './toy-cloud.ts'

const FRONT = 'identity.name == "front"'
const CONTAIN = playbook(['disable', 'quarantine'], FRONT, { created: 'contain' })
const LIST = playbook(['disable', 'quarantine'], FRONT)

let town: Town
let cloud: ToyCloud
let log: { [name: string]: { name: string; uid?: string } }
let asked: Since[]
eachTown((opened, empty) => {
  town = opened
  cloud = empty
  cloud.add('front')
  cloud.add('back')
  log = {}
  asked = []
})

/** The toy cloud with a log: everybody in it is a newcomer. */
function world(more: Partial<Session> = {}): World {
  const plain = cloud.world()
  const sessions = plain.sessions.map(each => ({
    ...each,
    newcomers: async (since: Since) => {
      asked.push(since)
      const found = Object.entries(log).map(([name, maker]): Newcomer => {
        const identity = { ...cloud.identity(name), facts: {} }
        return { identity, created: since.time, ...(maker.name === '' ? { ask: `who ${name}` } : { maker }) }
      })
      return { found, problems: [] }
    },
    ...more,
  }))
  return { ...plain, sessions }
}

async function run(of: Playbook, in_: World = world(), act?: () => void) {
  const holds = await town.holds()
  const plan = await makePlan(in_, { run: 'aaaa', playbook: of, inputs: {}, holds })
  act?.()
  const journal = await town.store.create('aaaa', in_.clock)
  try {
    const actor = { user: 'mara', host: 'desk', pid: 1 }
    const request = { plan, journal, holds, reason: 'test', tool: 'test', actor, ttl: 3600 }
    return await contain(in_, { ...request, playbook: of })
  } finally {
    await journal.close()
  }
}

const appears = (name: string, maker: string) => () => {
  cloud.add(name)
  log[name] = { name: maker }
}
const page = () => ({ columns: 120, all: false, paint: COLOURLESS, now: cloud.clock() })

describe('identities created since the run began', () => {
  it('are listed with who created them, and are not touched', async () => {
    const state = await run(LIST, world(), appears('side', 'front'))
    expect(state.finished).toBe('complete')
    expect([...state.newcomers.values()]).toMatchObject([
      { identity: { name: 'side' }, maker: { name: 'front' }, contained: false },
    ])
    expect(cloud.doors.get('side')?.settings).toEqual({ open: true })
    expect(summaryText(state, 'x', page())).toMatch(
      /1 identity appeared .* not contained:\n\s+door side, .*by front/,
    )
    expect(containJson({ state, path: 'x' })).toMatchObject({
      newcomers: [{ identity: 'toy:town:door/side', maker: { name: 'front' }, contained: false }],
    })
    const { state: read } = await town.store.read('aaaa')
    expect(read.newcomers.size).toBe(1)
  })

  it('are listed with the command that asks the log where the cloud does not say who', async () => {
    const state = await run(LIST, world(), appears('side', ''))
    expect(summaryText(state, 'x', page())).toContain('who? who side')
  })

  it('are listed by verify, each once', async () => {
    await run(LIST)
    appears('side', 'front')()
    for (let times = 0; times < 2; times++) {
      const { journal, state } = await town.store.append('aaaa', cloud.clock)
      await verify(world(), { state, journal, holds: await town.holds() })
      await journal.close()
    }
    const { state, entries } = await town.store.read('aaaa')
    expect([...state.newcomers.keys()]).toEqual(['toy:town:door/side'])
    expect(entries.filter(({ type }) => type === 'newcomers.found')).toHaveLength(1)
  })

  it('that cannot be listed fail no run, and the reason is said', async () => {
    const failing = world({ newcomers: async () => Promise.reject(new Fault('denied', 'you may not list')) })
    const state = await run(LIST, failing)
    expect(state.finished).toBe('complete')
    expect(summaryText(state, 'x', page())).toContain('could not look for new identities')
    expect(containJson({ state, path: 'x' })).toMatchObject({
      unlooked: [{ account: 'toy:town', because: 'you may not list' }],
    })
  })

  it('are found by the identities that were there before when the cloud has no times', async () => {
    await run(LIST, world({ present: async () => ['UID-front', 'UID-back'] }))
    expect(asked.at(-1)?.known).toEqual(new Set(['UID-front', 'UID-back'].map(digestOf)))
  })
})

describe('created: contain', () => {
  it('contains what a contained identity created, and a restore gives it back', async () => {
    const seed = cloud.snapshot()
    const state = await run(CONTAIN, world(), appears('side', 'front'))
    expect(state.finished).toBe('complete')
    expect(cloud.doors.get('side')?.settings).toEqual({ open: false, 'bolt/aaaa': 'all' })
    expect([...state.newcomers.values()]).toMatchObject([{ contained: true }])
    await town.restore(world(), 'aaaa')
    expect(cloud.snapshot()).toEqual({ ...(seed as object), side: { open: true } })
  })

  it('knows the maker by its immutable id where the log has it', async () => {
    const state = await run(CONTAIN, world(), () => {
      cloud.add('side')
      log['side'] = { name: 'a display name', uid: 'UID-front' }
      cloud.add('yard')
      log['yard'] = { name: 'front', uid: 'UID-another' }
    })
    expect(cloud.doors.get('side')?.settings).toHaveProperty('bolt/aaaa')
    expect(cloud.doors.get('yard')?.settings).toEqual({ open: true })
    expect(state.finished).toBe('complete')
  })

  it.each([
    ['by somebody else', 'back'],
    ['by nobody knows whom', ''],
  ])('leaves alone what was created %s', async (_, maker) => {
    const state = await run(CONTAIN, world(), appears('side', maker))
    expect(cloud.doors.get('side')?.settings).toEqual({ open: true })
    expect([...state.newcomers.values()]).toMatchObject([{ contained: false }])
    expect(state.finished).toBe('complete')
  })

  it.each([
    ['over the limit', CONTAIN, { limit: { identities: 1, share: 1 } }, /limit/],
    ['of a protected identity', CONTAIN, { protect: ['identity.name == "side"'] }, /protected/],
  ])('leaves alone, with the reason, what is %s: the run is incomplete', async (_, of, more, because) => {
    const state = await run({ ...of, ...more }, world(), appears('side', 'front'))
    expect(cloud.doors.get('side')?.settings).toEqual({ open: true })
    expect([...state.newcomers.values()][0]?.because).toMatch(because)
    expect(state.finished).toBe('incomplete')
  })

  it('leaves alone what is ours', async () => {
    const state = await run(CONTAIN, world(), appears('mine', 'front'))
    expect(cloud.doors.get('mine')?.settings).toEqual({ open: true })
    expect([...state.newcomers.values()][0]?.because).toBe('that is you')
  })
})
