import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Fault } from '../../src/model/fault.ts'
import { isOpen } from '../../src/model/run/replay.ts'
import { restoreCounts } from '../../src/model/run/restore-fold.ts'
import type { RunState } from '../../src/model/run/state.ts'
import { Town } from './town.ts'
import { playbook, ToyCloud } from './toy-cloud.ts'

let town: Town
beforeEach(async () => {
  town = await Town.open()
})
afterEach(async () => {
  await town.close()
})

const phases = (state: RunState) => [...state.changes.values()].map(({ phase }) => phase)
const decisions = (state: RunState) =>
  [...state.changes.values()].flatMap(({ restored }) => restored.map(({ decision }) => decision))

describe('contain and restore', () => {
  it('puts back what it took, and leaves off what was off before', async () => {
    const cloud = new ToyCloud()
    cloud.add('front')
    cloud.add('back', { open: false })
    const seed = cloud.snapshot()
    const state = await town.contain(cloud.world(), 'aaaa', playbook(['disable', 'quarantine']))
    expect(state.finished).toBe('complete')
    expect(cloud.snapshot()).toEqual({
      front: { open: false, 'bolt/aaaa': 'all' },
      back: { open: false, 'bolt/aaaa': 'all' },
    })
    const restored = await town.restore(cloud.world(), 'aaaa')
    expect(restored.restore?.finished).toBe('complete')
    expect(cloud.snapshot()).toEqual(seed)
  })

  it('never touches what is ours, protected or owned by what is protected', async () => {
    const cloud = new ToyCloud()
    cloud.add('mine')
    cloud.add('front')
    cloud.add('card', { open: true }, 'mine')
    const state = await town
      .contain(
        cloud.world(),
        'aaaa',
        playbook(['disable'], 'true', { protect: ['identity.name == "front"'] }),
      )
      .catch((error: unknown) => error)
    expect(state).toBeInstanceOf(Fault)
    expect(cloud.writes).toEqual([])
  })

  it('refuses the whole run over the limit, before the first write', async () => {
    const cloud = new ToyCloud()
    cloud.add('front')
    cloud.add('back')
    await expect(
      town.contain(
        cloud.world(),
        'aaaa',
        playbook(['disable'], 'true', { limit: { identities: 1, share: 1 } }),
      ),
    ).rejects.toMatchObject({ code: 'limit' })
    expect(cloud.writes).toEqual([])
  })

  it('falls to the next rung on a quota fault, and owes nothing for the first', async () => {
    const cloud = new ToyCloud()
    cloud.add('front')
    cloud.room = false
    const seed = cloud.snapshot()
    const state = await town.contain(cloud.world(), 'aaaa', playbook(['quarantine']))
    expect(state.finished).toBe('complete')
    expect(cloud.snapshot()).toEqual({ front: { open: true, bar: true } })
    await town.restore(cloud.world(), 'aaaa')
    expect(cloud.snapshot()).toEqual(seed)
  })

  it('believes a reading over a reply: applied, then failed', async () => {
    const cloud = new ToyCloud()
    cloud.add('front')
    cloud.onWrite = () => new Fault('unavailable', '503')
    const state = await town.contain(cloud.world(), 'aaaa', playbook(['disable']))
    expect(phases(state)).toEqual(['written'])
    expect(state.finished).toBe('complete')
  })

  it('says incomplete when a write fails, and still restores', async () => {
    const cloud = new ToyCloud()
    cloud.add('front')
    cloud.add('back')
    const seed = cloud.snapshot()
    const write = cloud.write.bind(cloud)
    cloud.write = async (name, from, to) => {
      if (name === 'front') throw new Fault('denied', 'not allowed')
      await write(name, from, to)
    }
    const state = await town.contain(cloud.world(), 'aaaa', playbook(['disable']))
    cloud.write = write
    expect(state.finished).toBe('incomplete')
    expect(phases(state).sort()).toEqual(['failed', 'written'])
    const again = await town.resume(cloud.world(), 'aaaa', playbook(['disable']))
    expect(again.finished).toBe('complete')
    await town.restore(cloud.world(), 'aaaa')
    expect(cloud.snapshot()).toEqual(seed)
  })

  it('does not apply a change whose reading is no longer that of the plan', async () => {
    const cloud = new ToyCloud()
    cloud.add('front', { open: true, 'key/1': 'x' })
    let reads = 0
    cloud.onRead = name => {
      // The first reading is the plan's; before the second somebody adds a key.
      if (++reads === 2) {
        const door = cloud.doors.get(name)
        if (door) door.settings = { ...door.settings, 'key/2': 'y' }
      }
    }
    const state = await town.contain(cloud.world(), 'aaaa', playbook(['detach']))
    expect([...state.changes.values()][0]?.fault?.code).toBe('stale-plan')
    expect(cloud.writes).toEqual([])
  })

  it('contains what appears meanwhile', async () => {
    const cloud = new ToyCloud()
    cloud.add('front')
    cloud.onWrite = () => {
      if (!cloud.doors.has('new-card')) cloud.add('new-card', { open: true }, 'front')
      return undefined
    }
    const state = await town.contain(cloud.world(), 'aaaa', playbook(['disable']))
    expect(state.found.map(({ identity, contained }) => [identity.name, contained])).toEqual([
      ['new-card', true],
    ])
    expect(cloud.doors.get('new-card')?.settings).toEqual({ open: false })
    expect(state.finished).toBe('complete')
  })

  it('finishes the change in hand on a first Ctrl-C, and resume does the rest', async () => {
    const cloud = new ToyCloud()
    cloud.add('front')
    cloud.add('back')
    const seed = cloud.snapshot()
    const stop = new AbortController()
    cloud.onWrite = () => {
      stop.abort()
      return undefined
    }
    const both = playbook(['quarantine', 'disable'])
    const state = await town.contain(cloud.world({ signal: stop.signal }), 'aaaa', both)
    expect(state.finished).toBe('interrupted')
    expect(phases(state)).toContain('planned')
    cloud.onWrite = () => undefined
    const rest = await town.resume(cloud.world(), 'aaaa', both)
    expect(rest.finished).toBe('complete')
    await town.restore(cloud.world(), 'aaaa')
    expect(cloud.snapshot()).toEqual(seed)
  })
})

describe('restore', () => {
  it('leaves drift alone, shows it, and follows an explicit choice', async () => {
    const cloud = new ToyCloud()
    cloud.add('front', { open: true, 'key/1': 'x' })
    await town.contain(cloud.world(), 'aaaa', playbook(['detach']))
    const door = cloud.doors.get('front')
    if (door) door.settings = { open: true, 'key/1': 'forged' }
    const left = await town.restore(cloud.world(), 'aaaa')
    expect(decisions(left)).toEqual(['drift'])
    expect(left.restore?.finished).toBe('incomplete')
    expect(cloud.snapshot()).toEqual({ front: { open: true, 'key/1': 'forged' } })
    const forced = await town.restore(cloud.world(), 'aaaa', { drift: 'force' })
    expect(decisions(forced)).toEqual(['force'])
    expect(cloud.snapshot()).toEqual({ front: { open: true, 'key/1': 'x' } })
  })

  it('releases a re-created identity untouched, restores the others, and closes the run', async () => {
    const cloud = new ToyCloud()
    cloud.add('front')
    cloud.add('back')
    await town.contain(cloud.world(), 'aaaa', playbook(['disable', 'quarantine']))
    const door = cloud.doors.get('front')
    if (door) Object.assign(door, { uid: 'UID-other', settings: { open: false } })
    const before = cloud.writes.length
    const state = await town.restore(cloud.world(), 'aaaa')
    expect(decisions(state).sort()).toEqual(['put-back', 'put-back', 'replaced', 'replaced'])
    expect(cloud.writes.slice(before).filter(each => each.startsWith('front'))).toEqual([])
    expect(cloud.doors.get('back')?.settings).toEqual({ open: true })
    expect(cloud.doors.get('front')?.settings).toEqual({ open: false })
    expect(state.restore?.finished).toBe('complete')
    expect(isOpen(state)).toBe(false)
    expect(restoreCounts(state)).toMatchObject({ putBack: 2, replaced: 2 })
  })

  it('does not write on a re-created identity when a run is resumed', async () => {
    const cloud = new ToyCloud()
    cloud.add('front')
    // The process dies between the intention and its result.
    await expect(town.containUntil(cloud.world(), 'aaaa', playbook(['disable']), 2)).rejects.toMatchObject({
      code: 'journal',
    })
    const door = cloud.doors.get('front')
    if (door) Object.assign(door, { uid: 'UID-other', settings: { open: true } })
    const before = cloud.writes.length
    const state = await town.resume(cloud.world(), 'aaaa', playbook(['disable']))
    expect([...state.changes.values()][0]?.fault?.code).toBe('other-uid')
    expect(cloud.writes.length).toBe(before)
    expect(cloud.doors.get('front')?.settings).toEqual({ open: true })
  })

  it('does not take a late reading for an undone cut, however little patience there is', async () => {
    const cloud = new ToyCloud()
    cloud.add('front')
    await town.contain(cloud.world(), 'aaaa', playbook(['disable']))
    cloud.now += 10_000
    const door = cloud.doors.get('front')
    if (!door) throw new Error('no door')
    const ours = door.settings
    let reads = 0
    cloud.onRead = () => {
      reads += 1
      door.settings = reads <= 3 ? { open: true } : ours
      if (reads > 3) cloud.onRead = () => undefined
    }
    const restored = await town.restore({ ...cloud.world(), patience: 2000 }, 'aaaa')
    expect(restored.restore?.finished).toBe('complete')
    expect(cloud.writes).toEqual(['front open', 'front open'])
    expect(cloud.snapshot()).toEqual({ front: { open: true } })
  })

  it('lets go of what is gone', async () => {
    const cloud = new ToyCloud()
    cloud.add('front')
    await town.contain(cloud.world(), 'aaaa', playbook(['disable']))
    cloud.doors.delete('front')
    const state = await town.restore(cloud.world(), 'aaaa')
    expect(decisions(state)).toEqual(['gone'])
    expect(phases(state)).toEqual(['restored'])
  })

  it('refuses before the horizon, steps down when asked to, and removes the rest after it', async () => {
    const cloud = new ToyCloud()
    cloud.add('front')
    const seed = cloud.snapshot()
    await town.contain(cloud.world(), 'aaaa', playbook(['quarantine']))
    await expect(town.restore(cloud.world(), 'aaaa', { acceptLiveTokens: false })).rejects.toMatchObject({
      code: 'horizon',
    })
    const stepped = await town.restore(cloud.world(), 'aaaa', { acceptLiveTokens: false, stepDown: true })
    expect(decisions(stepped)).toEqual(['step-down'])
    expect(JSON.stringify(cloud.snapshot())).toContain('before 2026')
    await expect(town.restore(cloud.world(), 'aaaa', { acceptLiveTokens: false })).rejects.toMatchObject({
      code: 'horizon',
    })
    cloud.now += 3_601_000
    await town.restore(cloud.world(), 'aaaa', { acceptLiveTokens: false })
    expect(cloud.snapshot()).toEqual(seed)
  })
})
