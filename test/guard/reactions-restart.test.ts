import { beforeEach, describe, expect, it } from 'vitest'
import type { Reacted } from '../../src/guard/ports.ts'
import type { FaultCode } from '../../src/model/fault.ts'
import { fails, gate, ReactionScene, turns, until } from './reaction-scene.ts'
import { Runs } from './scripted.ts'

let scene: ReactionScene
beforeEach(() => {
  scene = new ReactionScene()
})

describe('a disk that fails', () => {
  /** A watch whose disk fails when its reactor is asked to do this. */
  async function failing(during: 'contain' | 'resume' | 'begun' | 'ended', then?: FaultCode) {
    class Breaking extends Runs {
      override async begun(...given: Parameters<Runs['begun']>) {
        if (during === 'begun') scene.disk.isBroken = true
        return await super.begun(...given)
      }
      override async contain(...given: Parameters<Runs['contain']>): Promise<Reacted> {
        if (during === 'contain') scene.disk.isBroken = true
        const reacted = await super.contain(...given)
        // The watch hears of it when the run has ended, and not before.
        await turns()
        if (during === 'ended') scene.disk.isBroken = true
        if (then) await fails(then)
        return reacted
      }
      override async resume(...given: Parameters<Runs['resume']>): Promise<Reacted> {
        if (during === 'resume') await fails('journal')
        return await super.resume(...given)
      }
    }
    const reactor = new Breaking()
    return { reactor, ...(await scene.opened({ reactor })) }
  }

  it.each<[string, 'contain' | 'begun' | 'ended', FaultCode | undefined, number]>([
    ['before anything is done', 'begun', undefined, 0],
    ['while a run begins', 'contain', undefined, 1],
    ['while a run begins that then fails', 'contain', 'unavailable', 1],
    ['when a run has ended', 'ended', undefined, 1],
  ])('ends the watch, which notifies nobody and does no more: %s', async (_, during, then, contained) => {
    const unhandled: unknown[] = []
    const heard = (reason: unknown) => unhandled.push(reason)
    process.on('unhandledRejection', heard)
    try {
      const { reactor, reactions, fire } = await failing(during, then)
      const full = Array.from({ length: 64 }, (_, n) => `b${n}`)
      await fire('a')
      for (const id of full) await fire(id).catch(() => undefined)
      let hasRoom = false
      void reactions.room('queue').then(() => {
        hasRoom = true
      })
      await until(() => reactions.fault !== undefined)
      await turns()
      expect(reactions.fault).toMatchObject({ code: 'journal' })
      expect(reactor.contained).toHaveLength(contained)
      expect([scene.sent, scene.notes]).toEqual([[], []])
      expect(reactions.waiting).toBeGreaterThan(0)
      // The source is let go, so that it can end.
      expect(hasRoom).toBe(true)
      expect(unhandled).toEqual([])
    } finally {
      process.off('unhandledRejection', heard)
    }
  })

  it('keeps the source from forgetting what has not begun', async () => {
    const { reactions, fire } = await failing('begun')
    const result = await fire('a')
    await until(() => reactions.fault !== undefined)
    await turns()
    expect(result.durable).toBe(false)
  })

  it('ends the watch when it fails under a run that is resumed', async () => {
    scene.runs.ends = 'incomplete'
    const { reactor, reactions, fire } = await failing('resume')
    reactor.ends = 'incomplete'
    await fire('a')
    await until(() => reactions.fault !== undefined)
    expect(reactions.fault).toMatchObject({ code: 'journal' })
    expect(scene.sent).toHaveLength(1)
  })

  it('ends the watch before a run is resumed that could not be counted', async () => {
    const { fire, reactions } = await scene.opened()
    scene.runs.ends = 'incomplete'
    await fire('a')
    await reactions.idle()
    await reactions.stop()
    // An earlier version did not write that a run had begun.
    scene.disk.lines = scene.disk.lines.filter(
      line => !['begun', 'settled'].includes((line as { type: string }).type),
    )
    const again = await scene.opened()
    scene.disk.isBroken = true
    again.reactions.begin()
    await until(() => again.reactions.fault !== undefined)
    expect(scene.runs.resumed).toEqual([])
  })
})

describe('a watch that begins again', () => {
  it('resumes the run of a firing that it left, counts it, and lets its source forget it before it ends', async () => {
    const { closed, open } = gate()
    const { fire, reactions } = await scene.opened()
    scene.runs.ends = 'incomplete'
    await fire('a')
    await reactions.idle()
    await reactions.stop()
    scene.disk.lines = scene.disk.lines.filter(line => (line as { type: string }).type !== 'begun')
    class Slow extends Runs {
      override async begun() {
        return { run: 'run1', finished: false }
      }
      override async resume(run: string): Promise<Reacted> {
        await closed
        return await super.resume(run, () => undefined)
      }
    }
    const again = await scene.opened({ reactor: new Slow() })
    const [logged] = again.log.open()
    let durable = false
    if (logged) {
      void again.reactions.add(logged).then(() => {
        durable = true
      })
    }
    await turns()
    expect(durable).toBe(true)
    expect(again.log.changed(scene.time.date())).toHaveLength(1)
    open()
    await again.reactions.idle()
    expect(again.log.open()).toEqual([])
  })

  it('notifies of an outcome that could not be delivered, once, and of no other', async () => {
    const { fire, reactions } = await scene.opened({ notify: () => fails('unavailable', 'no receiver') })
    await fire('a')
    await reactions.idle()
    await reactions.stop()
    expect(scene.notes.at(-1)).toEqual({ event: 'problem', trigger: 't', message: 'no receiver' })
    const second = await scene.opened()
    second.reactions.begin()
    await second.reactions.stop()
    expect(scene.sent).toMatchObject([{ event: 'contained', run: 'run1' }])
    const third = await scene.opened()
    third.reactions.begin()
    await third.reactions.stop()
    expect(scene.sent).toHaveLength(1)
  })
})

describe('a watch that stops', () => {
  it('finishes the run in hand, waits until its notification is delivered, and begins nothing more', async () => {
    const [contain, delivery] = [gate(), gate()]
    scene.runs.before = () => contain.closed
    const { reactions, fire } = await scene.opened({ notify: () => delivery.closed })
    await fire('a')
    await fire('b')
    await turns()
    let stopped = false
    const stopping = reactions.stop().then(() => {
      stopped = true
    })
    await turns()
    expect([stopped, scene.runs.contained.length]).toEqual([false, 0])
    contain.open()
    await turns()
    expect([stopped, scene.runs.contained.length]).toEqual([false, 1])
    delivery.open()
    await stopping
    await fire('c')
    await turns()
    expect(scene.runs.contained.map(({ user }) => user)).toEqual(['a'])
    expect(reactions.waiting).toBe(2)
  })

  it('leaves no timer behind', async () => {
    scene.runs.before = () => fails('unavailable')
    const still = {
      now: () => 0,
      date: () => 0,
      random: () => 0,
      sleep: (ms: number, signal?: AbortSignal) => {
        scene.sleeps.push({ ms, signal })
        return new Promise<void>(() => undefined)
      },
    }
    const { reactions, fire } = await scene.opened({ timing: still })
    await fire('a')
    await until(() => scene.sleeps.length === 1)
    expect(scene.sleeps[0]?.signal?.aborted).toBe(false)
    await reactions.stop()
    expect(scene.sleeps[0]?.signal?.aborted).toBe(true)
  })
})
