import { beforeEach, describe, expect, it } from 'vitest'
import type { Reacted } from '../../src/guard/ports.ts'
import type { ReactionOptions } from '../../src/guard/reactions.ts'
import { Fault, type FaultCode } from '../../src/model/fault.ts'
import type { Firing } from '../../src/model/firing.ts'
import { fails, gate, ReactionScene, turns, until } from './reaction-scene.ts'
import { Runs } from './scripted.ts'

let scene: ReactionScene
beforeEach(() => {
  scene = new ReactionScene()
})

describe('a firing', () => {
  it('is contained at once, settled on disk, printed and notified of', async () => {
    const { reactions, fire } = await scene.opened()
    const result = await fire('a')
    expect(reactions.waiting).toBe(1)
    await reactions.idle()
    expect(scene.time.now()).toBe(0)
    expect(scene.runs.contained).toEqual([{ run: 'run1', user: 'a', events: ['a'] }])
    expect(scene.notes).toEqual(scene.sent)
    expect(scene.sent).toEqual([
      {
        event: 'contained',
        id: 'a',
        playbook: 'p',
        trigger: 't',
        why: 'one event',
        identity: 'aws:1:user/a',
        time: '1970-01-01T00:00:00.000Z',
        run: 'run1',
        status: 'complete',
        changes: 1,
        identities: [],
      },
    ])
    await turns()
    expect(scene.disk.lines.map(line => (line as { type: string }).type)).toEqual([
      'fired',
      'reacting',
      'begun',
      'settled',
      'notified',
    ])
    expect(result.durable).toBe(true)
    expect(reactions.waiting).toBe(0)
    // Nothing waits, so that nothing sleeps.
    expect(scene.sleeps).toEqual([])
  })

  it('is about the name of an identity whose id is not known', async () => {
    const { reactions, fire } = await scene.opened()
    await fire('a', { identity: { name: 'mara' } })
    await reactions.idle()
    expect(scene.sent).toMatchObject([{ identity: 'mara' }])
  })

  it('has its run on disk before anything is done, and its source may forget it once the run has begun', async () => {
    const { closed, open } = gate()
    class Slow extends Runs {
      override async contain(...given: Parameters<Runs['contain']>): Promise<Reacted> {
        expect(scene.disk.lines).toContainEqual(
          expect.objectContaining({ type: 'reacting', run: 'run1', acts: true }),
        )
        const reacted = await super.contain(...given)
        await closed
        return reacted
      }
    }
    const { log, reactions, fire } = await scene.opened({ reactor: new Slow() })
    const result = await fire('a')
    await turns()
    expect(result.durable).toBe(true)
    expect(log.changed(scene.time.date()).map(({ fired }) => fired.id)).toEqual(['a'])
    expect(log.open()).toHaveLength(1)
    open()
    await reactions.idle()
    expect(log.open()).toEqual([])
  })

  it('is contained while no other is, and each that waits has its turn', async () => {
    let [now, most] = [0, 0]
    scene.runs.before = async () => {
      most = Math.max(most, ++now)
      await turns()
      now--
    }
    const { reactions, fire } = await scene.opened()
    for (const id of ['a', 'b', 'c']) await fire(id)
    await until(() => reactions.waiting === 0)
    expect(scene.runs.contained.map(({ user }) => user)).toEqual(['a', 'b', 'c'])
    expect(most).toBe(1)
  })

  it.each<[string, Partial<ReactionOptions>, Partial<Firing>, object]>([
    ['the watch only proposes', { mode: 'propose' }, {}, {}],
    ['its trigger only proposes', {}, { mode: 'propose' }, {}],
    ['both only propose', { mode: 'propose' }, { mode: 'propose' }, {}],
    ['its trigger only proposes and it is doubtful', {}, { mode: 'propose', doubt: 'who' }, {}],
    ['it is doubtful', {}, { doubt: 'who' }, { because: 'who' }],
    ['the ceiling is reached', { ceiling: 0 }, {}, { ceiling: 0 }],
    ['the ceiling is reached and it is doubtful', { ceiling: 0 }, { doubt: 'who' }, { because: 'who' }],
  ])('is proposed, and settled, when %s', async (_, options, of, more) => {
    const { log, reactions, fire } = await scene.opened(options)
    const result = await fire('a', of)
    await reactions.idle()
    expect(scene.runs.contained).toEqual([])
    expect(scene.runs.proposed).toEqual(['a'])
    const [note] = scene.sent
    expect(note).toMatchObject({ event: 'proposed', run: 'run1', plan: 'run1.json', ...more })
    for (const member of ['because', 'ceiling', 'budget']) {
      if (!(member in more)) expect(note).not.toHaveProperty(member)
    }
    expect([result.durable, log.open(), reactions.waiting]).toEqual([true, [], 0])
    expect(scene.disk.lines).toContainEqual(expect.objectContaining({ type: 'reacting', acts: false }))
    expect(log.changed(scene.time.date())).toEqual([])
  })

  it('is proposed with the budget that was spent before the ceiling', async () => {
    const { reactions, fire } = await scene.opened({ ceiling: 1, senders: { triggers: 1, sources: 2 } })
    await fire('a')
    await reactions.idle()
    await fire('b', {}, 'other')
    await reactions.idle()
    expect(scene.sent[1]).toMatchObject({ event: 'proposed', ceiling: 1 })
    expect(scene.sent[1]).not.toHaveProperty('budget')
    scene.sent.length = 0
    const wide = await scene.opened({ ceiling: 10, senders: { triggers: 1, sources: 2 } })
    for (const id of ['c', 'd', 'e']) await wide.fire(id, { identity: { name: 'one' } })
    await wide.fire('f', { identity: { name: 'one' } })
    await until(() => wide.reactions.waiting === 0)
    expect(scene.sent.at(-1)).toMatchObject({ ceiling: 10, budget: { of: 'identity', most: 3 } })
  })

  it.each<[Reacted['status'], true | undefined, string, boolean]>([
    ['complete', undefined, 'contained', false],
    ['complete', true, 'contained', false],
    ['held', undefined, 'contained', false],
    ['proposed', undefined, 'proposed', false],
    ['incomplete', undefined, 'incomplete', true],
    ['settling', undefined, 'incomplete', true],
    ['incomplete', true, 'incomplete', false],
  ])(
    'whose run ends %s (taken over: %s) is %s, and stays open: %s',
    async (status, takenOver, event, open) => {
      scene.runs.ends = status
      scene.runs.takenOver = takenOver === true
      const { log, reactions, fire } = await scene.opened()
      await fire('a')
      await reactions.idle()
      expect(scene.sent).toMatchObject([{ event, status, run: 'run1' }])
      const isTheirs = takenOver === true && event === 'incomplete'
      expect('because' in (scene.sent[0] ?? {})).toBe(isTheirs)
      expect([log.open().length, reactions.waiting]).toEqual(open ? [1, 1] : [0, 0])
      await reactions.stop()
    },
  )
})

describe('a firing that fails', () => {
  it('is tried again after five seconds and then after ten, as the same run, and notified of once', async () => {
    const at: number[] = []
    scene.runs.before = async () => {
      at.push(scene.time.now())
      if (at.length < 4) await fails('unavailable', 'no answer')
    }
    const { reactions, fire } = await scene.opened()
    const result = await fire('a')
    await until(() => at.length === 1 && result.durable)
    await until(() => reactions.waiting === 0)
    expect(at).toEqual([0, 5_000, 15_000, 35_000])
    expect(scene.sleeps.map(({ ms }) => ms)).toEqual([5_000, 10_000, 20_000])
    expect(scene.runs.contained.map(({ run }) => run)).toEqual(['run1'])
    expect(scene.sent).toMatchObject([{ event: 'waiting', because: 'no answer' }, { event: 'contained' }])
    expect(scene.notes.map(({ event }) => event)).toEqual(['waiting', 'contained'])
  })

  it('is tried when it is due, though another has waited longer, and not in less than ten milliseconds', async () => {
    const at: { [user: string]: number[] } = {}
    class Failing extends Runs {
      override async contain(...given: Parameters<Runs['contain']>): Promise<Reacted> {
        const user = String(given[0].inputs['user'])
        at[user] = [...(at[user] ?? []), scene.time.now()]
        if (user !== 'late' && (at[user]?.length ?? 0) < 2) await fails('unavailable')
        return await super.contain(...given)
      }
    }
    const { reactions, fire } = await scene.opened({ reactor: new Failing() })
    await fire('a')
    await until(() => scene.sleeps.length === 1)
    // Three milliseconds before it is due.
    await scene.time.sleep(4_997)
    await fire('late')
    await fire('b')
    await until(() => reactions.waiting === 0)
    expect(at).toEqual({ a: [0, 5_007], late: [4_997], b: [4_997, 9_997] })
    // Nothing sleeps on beside it.
    expect(scene.sleeps[0]?.signal?.aborted).toBe(true)
  })

  it('is notified of again when the reason changes, and the pauses of a run that is resumed grow to an hour', async () => {
    scene.runs.ends = 'incomplete'
    let looks = 0
    class Resuming extends Runs {
      override async resume(...given: Parameters<Runs['resume']>): Promise<Reacted> {
        looks++
        if (looks === 2) scene.runs.ends = 'interrupted'
        const reacted = await super.resume(...given)
        return { ...reacted, status: looks === 12 ? 'complete' : scene.runs.ends }
      }
    }
    const reactor = new Resuming()
    reactor.ends = 'incomplete'
    const { reactions, fire } = await scene.opened({ reactor })
    await fire('a')
    await until(() => reactions.waiting === 0)
    expect(scene.sent.map(note => [note.event, 'status' in note && note.status])).toEqual([
      ['incomplete', 'incomplete'],
      ['incomplete', 'interrupted'],
      ['contained', 'complete'],
    ])
    expect(scene.sleeps.at(-1)?.ms).toBe(3_600_000)
  })

  it.each<[FaultCode, string, boolean]>([
    ['limit', 'refused', false],
    ['denied', 'waiting', true],
  ])('before its run has begun with %s is %s, and stays open: %s', async (code, event, open) => {
    scene.runs.before = () => fails(code)
    const { log, reactions, fire } = await scene.opened()
    const result = await fire('a')
    await reactions.idle()
    expect(scene.sent).toMatchObject([{ event, because: code }])
    expect([log.open().length, reactions.waiting]).toEqual(open ? [1, 1] : [0, 0])
    expect(result.durable).toBe(true)
    await reactions.stop()
  })

  it('in the middle of its run is not refused, and is resumed', async () => {
    class Failing extends Runs {
      override async contain(...given: Parameters<Runs['contain']>): Promise<Reacted> {
        await super.contain(...given)
        throw new Fault('refused', 'half done')
      }
    }
    const reactor = new Failing()
    const { reactions, fire } = await scene.opened({ reactor })
    await fire('a')
    await until(() => reactions.waiting === 0)
    expect(scene.sent).toMatchObject([{ event: 'waiting', because: 'half done' }, { event: 'contained' }])
    expect(reactor.resumed).toEqual(['run1'])
  })

  it.each<[FaultCode, boolean]>([
    ['unavailable', true],
    ['wrong-target', false],
  ])('to be resumed with %s is incomplete, and stays open: %s', async (code, open) => {
    class Unresumable extends Runs {
      override async resume(): Promise<Reacted> {
        return await fails(code)
      }
    }
    const reactor = new Unresumable()
    reactor.ends = 'incomplete'
    const { log, reactions, fire } = await scene.opened({ reactor })
    await fire('a')
    await until(() => scene.sent.length === 1)
    await reactions.stop()
    const again = await scene.opened({ reactor })
    again.reactions.begin()
    await again.reactions.idle()
    expect(scene.sent.at(-1)).toMatchObject({ event: 'incomplete', run: 'run1', because: code })
    expect(again.log.open()).toHaveLength(open ? 1 : 0)
    expect(log.open()).toHaveLength(1)
    await again.reactions.stop()
  })
})
