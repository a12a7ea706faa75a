import { beforeEach, describe, expect, it } from 'vitest'
import type { World } from '../../src/engine/index.ts'
import { MemoryTown } from './memory-town.ts'
import { playbook, ToyCloud } from './toy-cloud.ts'

let town: MemoryTown
let toy: ToyCloud
beforeEach(() => {
  town = new MemoryTown()
  toy = new ToyCloud()
})

const stop = () => playbook(['disable'])
const ours = (more: Partial<World> = {}) => toy.world(more)
const isCut = (cloud: ToyCloud, name: string) => cloud.doors.get(name)?.settings['open'] === false

describe('a restore that was cut off', () => {
  beforeEach(async () => {
    for (const name of ['a', 'b']) toy.add(name)
    await town.contain(ours(), 'aaaa', stop())
  })

  it('by a crash is carried on with its own choices', async () => {
    const door = toy.doors.get('a')
    if (door) door.settings = { open: 'forged' }
    town.dies = 1
    await expect(town.restore(ours(), 'aaaa', { drift: 'force' })).rejects.toMatchObject({
      code: 'journal',
    })
    town.dies = Number.POSITIVE_INFINITY
    const state = await town.resume(ours(), 'aaaa', stop())
    expect(state.restore?.finished).toBe('complete')
    expect(toy.snapshot()).toEqual({ a: { open: true }, b: { open: true } })
  })

  it('by a Ctrl-C is carried on for what it was about, and for nothing else', async () => {
    const stopping = new AbortController()
    const signal = stopping.signal
    const listen: World['listen'] = event => {
      if (event.type === 'entry' && event.entry.type === 'restore.started') stopping.abort()
    }
    const first = await town.restore(ours({ signal, listen }), 'aaaa', {}, ['a'])
    expect(first.restore?.finished).toBe('interrupted')
    expect(isCut(toy, 'a')).toBe(true)
    const state = await town.resume(ours(), 'aaaa', stop())
    expect(state.restore?.finished).toBe('complete')
    expect(toy.snapshot()).toEqual({ a: { open: true }, b: { open: false } })
  })

  it('is complete at once when nothing that it named is held any more', async () => {
    town.dies = 4
    await expect(town.restore(ours(), 'aaaa', {}, ['a'])).rejects.toMatchObject({ code: 'journal' })
    expect(town.changes('aaaa', 'a')[0]?.held).toEqual([])
    town.dies = Number.POSITIVE_INFINITY
    toy.writes = []
    const state = await town.resume(ours(), 'aaaa', stop())
    expect(town.entries('aaaa').at(-1)).toMatchObject({ type: 'restore.finished', status: 'complete' })
    expect(state.restore?.finished).toBe('complete')
    expect(toy.writes).toEqual([])
    expect(isCut(toy, 'b')).toBe(true)
  })

  it('leaves out names of what it has put back, and puts back the rest', async () => {
    town.dies = 4
    await expect(town.restore(ours(), 'aaaa', {}, ['a', 'b'])).rejects.toMatchObject({ code: 'journal' })
    town.dies = Number.POSITIVE_INFINITY
    const state = await town.resume(ours(), 'aaaa', stop())
    expect(state.restore?.finished).toBe('complete')
    expect(toy.snapshot()).toEqual({ a: { open: true }, b: { open: true } })
  })

  it.each([
    ['held a part', ['a'], 'being restored', 'interdict restore aaaa --lab'],
    ['put everything back', [], 'restored', 'interdict status aaaa'],
  ])('nowhere is not resumed when it %s', async (_, only, how, next) => {
    await town.restore(ours(), 'aaaa', {}, only)
    await expect(town.resume(ours(), 'aaaa', stop())).rejects.toMatchObject({
      code: 'refused',
      message: `run aaaa is ${how}; there is nothing to resume`,
      next,
    })
  })
})
