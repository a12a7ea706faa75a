import { beforeEach, describe, expect, it } from 'vitest'
import type { SourceNote } from '../../src/guard/ports.ts'
import type { Reactions } from '../../src/guard/reactions.ts'
import { fails, gate, ReactionScene, turns, until } from './reaction-scene.ts'

let scene: ReactionScene
beforeEach(() => {
  scene = new ReactionScene()
})

describe('a source', () => {
  const LOUD: SourceNote = {
    event: 'unreadable',
    id: 'u',
    source: 'queue',
    count: 10,
    because: 'bad',
    time: '',
  }

  /** Whether there is room for another firing of a source, now. */
  async function hasRoom(reactions: Reactions, source = 'queue'): Promise<boolean> {
    let room = false
    void reactions.room(source).then(() => {
      room = true
    })
    await turns()
    return room
  }

  it('has room for 64 firings that wait for their turn, and others do not wait for it', async () => {
    const { closed, open } = gate()
    scene.runs.before = () => closed
    // No notification is delivered in the meantime, so that none makes room.
    const { reactions, fire } = await scene.opened({
      ceiling: 100,
      notify: () => new Promise(() => undefined),
    })
    for (let n = 0; n < 63; n++) await fire(`a${n}`)
    expect(await hasRoom(reactions)).toBe(true)
    await fire('last')
    expect(await hasRoom(reactions)).toBe(false)
    expect(await hasRoom(reactions, 'other')).toBe(true)
    const waits = [false, false]
    for (const index of [0, 1]) {
      void reactions.room('queue').then(() => {
        waits[index] = true
      })
    }
    open()
    await until(() => waits.every(Boolean))
    // Each that is done makes room.
    expect(reactions.waiting).toBeGreaterThan(0)
    await until(() => reactions.waiting === 0)
  })

  it('has room for its share of what may wait for a cloud that does not answer', async () => {
    scene.runs.before = () => fails('unavailable')
    const { reactions, fire } = await scene.opened({ senders: { triggers: 1, sources: 2_500 } })
    await fire('a')
    await reactions.idle()
    expect(await hasRoom(reactions)).toBe(true)
    await fire('b')
    await reactions.idle()
    expect(await hasRoom(reactions)).toBe(false)
    expect(await hasRoom(reactions, 'other')).toBe(true)
    await reactions.stop()
  })

  it('has room for 256 notifications on their way, and waits until one has arrived', async () => {
    const open: (() => void)[] = []
    const { reactions } = await scene.opened({ notify: () => new Promise(resolve => open.push(resolve)) })
    for (let n = 0; n < 255; n++) reactions.announce(LOUD)
    expect(await hasRoom(reactions)).toBe(true)
    reactions.announce(LOUD)
    expect(await hasRoom(reactions)).toBe(false)
    expect(await hasRoom(reactions, 'other')).toBe(true)
    let room = false
    void reactions.room('queue').then(() => {
      room = true
    })
    open[0]?.()
    await turns()
    expect(room).toBe(true)
  })

  it('that is full is let go when the watch stops', async () => {
    const open: (() => void)[] = []
    const { reactions } = await scene.opened({ notify: () => new Promise(resolve => open.push(resolve)) })
    for (let n = 0; n < 256; n++) reactions.announce(LOUD)
    let room = false
    void reactions.room('queue').then(() => {
      room = true
    })
    await turns()
    expect(room).toBe(false)
    const stopping = reactions.stop()
    await turns()
    expect(room).toBe(true)
    for (const resolve of open) resolve()
    await stopping
  })

  it('of which nothing is understood is printed and notified of, and a notification that fails is printed', async () => {
    const { reactions } = await scene.opened()
    reactions.announce(LOUD)
    expect(scene.notes).toEqual([LOUD])
    expect(scene.sent).toEqual([LOUD])
    scene.notes.length = 0
    const failing = await scene.opened({ notify: () => fails('unavailable', 'no receiver') })
    failing.reactions.announce(LOUD)
    await failing.reactions.stop()
    expect(scene.notes).toEqual([LOUD, { event: 'problem', source: 'queue', message: 'no receiver' }])
  })
})
