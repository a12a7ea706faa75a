import { beforeEach, describe, expect, it } from 'vitest'
import { FiringLog } from '../../src/guard/firing-log.ts'
import type { Note, Reacted, ReactionNote, SourceNote } from '../../src/guard/ports.ts'
import { type ReactionOptions, Reactions } from '../../src/guard/reactions.ts'
import { Fault, type FaultCode } from '../../src/model/fault.ts'
import type { Firing } from '../../src/model/firing.ts'
import { VirtualTime } from '../engine/virtual-time.ts'
import { MemoryLog } from './memory-log.ts'
import { Runs } from './scripted.ts'

let time: VirtualTime
let disk: MemoryLog
let runs: Runs
/** Sleeps that were begun, with what ends them early. */
let sleeps: { ms: number; signal: AbortSignal | undefined }[]
let notes: Note[]
let sent: (ReactionNote | SourceNote)[]

beforeEach(() => {
  time = new VirtualTime(1, 0)
  disk = new MemoryLog()
  runs = new Runs()
  sleeps = []
  notes = []
  sent = []
})

interface Opened {
  log: FiringLog
  reactions: Reactions
  /** Fires; returns whether the source may forget the events, as far as it is known. */
  fire: (id: string, more?: Partial<Firing>, source?: string) => Promise<{ durable: boolean }>
}

/** A watch over what is on the disk. */
async function opened(more: Partial<ReactionOptions> = {}): Promise<Opened> {
  // Of this test, also for what it leaves behind.
  const [clock, told, tellings, sleeping] = [time, notes, sent, sleeps]
  const log = await FiringLog.open(disk.folder())
  const reactions = new Reactions({
    log,
    reactor: runs,
    note: note => told.push(note),
    notify: async note => {
      tellings.push(note)
    },
    mode: 'act',
    ceiling: 10,
    senders: { triggers: 1, sources: 1 },
    timing: {
      now: clock.now,
      date: clock.date,
      random: clock.random,
      sleep(ms, signal) {
        sleeping.push({ ms, signal })
        return clock.sleep(ms, signal)
      },
    },
    ...more,
  })
  const fire: Opened['fire'] = async (id, of = {}, source = 'queue') => {
    const fired = firing(id, of)
    const { trigger, events, count, why } = fired
    const cause = { key: id, trigger, events, count, why, signals: [] }
    const result = { durable: false }
    const logged = await log.fired(new Date(clock.date()).toISOString(), fired, cause, source)
    void reactions.add(logged).then(() => {
      result.durable = true
    })
    return result
  }
  return { log, reactions, fire }
}

const firing = (id: string, more: Partial<Firing> = {}): Firing => ({
  id,
  playbook: 'p',
  trigger: 't',
  mode: 'act',
  group: { id },
  events: [id],
  count: 1,
  time: '1970-01-01T00:00:00.000Z',
  why: 'one event',
  inputs: { user: id },
  cloud: 'aws',
  identity: { name: id, id: `aws:1:user/${id}` },
  ...more,
})

/** Waits for a condition, without a clock. */
async function until(isSo: () => boolean): Promise<void> {
  for (let turn = 0; turn < 5_000; turn++) {
    if (isSo()) return
    await new Promise(setImmediate)
  }
  throw new Error('it never came')
}

/** Lets everything happen that happens without time passing. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate)
}

/** A promise, and what resolves it. */
function gate(): { closed: Promise<void>; open: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>()
  return { closed: promise, open: resolve }
}

const fails = (code: FaultCode, message: string = code) => Promise.reject(new Fault(code, message))
const events = () => notes.map(({ event }) => event)

describe('a firing', () => {
  it('is contained at once, settled on disk, and told here and to others', async () => {
    const { reactions, fire } = await opened()
    const result = await fire('a')
    expect(reactions.waiting).toBe(1)
    await reactions.idle()
    expect(time.now()).toBe(0)
    expect(runs.contained).toEqual([{ run: 'run1', user: 'a', events: ['a'] }])
    expect(notes).toEqual(sent)
    expect(sent).toEqual([
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
    expect(disk.lines.map(line => (line as { type: string }).type)).toEqual([
      'fired',
      'reacting',
      'begun',
      'settled',
      'notified',
    ])
    expect(result.durable).toBe(true)
    expect(reactions.waiting).toBe(0)
    // Nothing waits, so that nothing sleeps.
    expect(sleeps).toEqual([])
  })

  it('is about the name of an identity whose id is not known', async () => {
    const { reactions, fire } = await opened()
    await fire('a', { identity: { name: 'mara' } })
    await reactions.idle()
    expect(sent).toMatchObject([{ identity: 'mara' }])
  })

  it('has its run on disk before anything is done, and its source may forget it once the run has begun', async () => {
    const { closed, open } = gate()
    class Slow extends Runs {
      override async contain(...given: Parameters<Runs['contain']>): Promise<Reacted> {
        expect(disk.lines).toContainEqual(
          expect.objectContaining({ type: 'reacting', run: 'run1', acts: true }),
        )
        const reacted = await super.contain(...given)
        await closed
        return reacted
      }
    }
    const { log, reactions, fire } = await opened({ reactor: new Slow() })
    const result = await fire('a')
    await turns()
    expect(result.durable).toBe(true)
    expect(log.changed(time.date()).map(({ fired }) => fired.id)).toEqual(['a'])
    expect(log.open()).toHaveLength(1)
    open()
    await reactions.idle()
    expect(log.open()).toEqual([])
  })

  it('is contained while no other is, and each that waits has its turn', async () => {
    let [now, most] = [0, 0]
    runs.before = async () => {
      most = Math.max(most, ++now)
      await turns()
      now--
    }
    const { reactions, fire } = await opened()
    for (const id of ['a', 'b', 'c']) await fire(id)
    await until(() => reactions.waiting === 0)
    expect(runs.contained.map(({ user }) => user)).toEqual(['a', 'b', 'c'])
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
    const { log, reactions, fire } = await opened(options)
    const result = await fire('a', of)
    await reactions.idle()
    expect(runs.contained).toEqual([])
    expect(runs.proposed).toEqual(['a'])
    const [note] = sent
    expect(note).toMatchObject({ event: 'proposed', run: 'run1', plan: 'run1.json', ...more })
    for (const member of ['because', 'ceiling', 'budget']) {
      if (!(member in more)) expect(note).not.toHaveProperty(member)
    }
    expect([result.durable, log.open(), reactions.waiting]).toEqual([true, [], 0])
    expect(disk.lines).toContainEqual(expect.objectContaining({ type: 'reacting', acts: false }))
    expect(log.changed(time.date())).toEqual([])
  })

  it('is proposed with the budget that was spent before the ceiling', async () => {
    const { reactions, fire } = await opened({ ceiling: 1, senders: { triggers: 1, sources: 2 } })
    await fire('a')
    await reactions.idle()
    await fire('b', {}, 'other')
    await reactions.idle()
    expect(sent[1]).toMatchObject({ event: 'proposed', ceiling: 1 })
    expect(sent[1]).not.toHaveProperty('budget')
    sent.length = 0
    const wide = await opened({ ceiling: 10, senders: { triggers: 1, sources: 2 } })
    for (const id of ['c', 'd', 'e']) await wide.fire(id, { identity: { name: 'one' } })
    await wide.fire('f', { identity: { name: 'one' } })
    await until(() => wide.reactions.waiting === 0)
    expect(sent.at(-1)).toMatchObject({ ceiling: 10, budget: { of: 'identity', most: 3 } })
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
      runs.ends = status
      runs.takenOver = takenOver === true
      const { log, reactions, fire } = await opened()
      await fire('a')
      await reactions.idle()
      expect(sent).toMatchObject([{ event, status, run: 'run1' }])
      const isTheirs = takenOver === true && event === 'incomplete'
      expect('because' in (sent[0] ?? {})).toBe(isTheirs)
      expect([log.open().length, reactions.waiting]).toEqual(open ? [1, 1] : [0, 0])
      await reactions.stop()
    },
  )
})

describe('a firing that fails', () => {
  it('is tried again after five seconds and then after ten, as the same run, and told once', async () => {
    const at: number[] = []
    runs.before = async () => {
      at.push(time.now())
      if (at.length < 4) await fails('unavailable', 'no answer')
    }
    const { reactions, fire } = await opened()
    const result = await fire('a')
    await until(() => at.length === 1 && result.durable)
    await until(() => reactions.waiting === 0)
    expect(at).toEqual([0, 5_000, 15_000, 35_000])
    expect(sleeps.map(({ ms }) => ms)).toEqual([5_000, 10_000, 20_000])
    expect(runs.contained.map(({ run }) => run)).toEqual(['run1'])
    expect(sent).toMatchObject([{ event: 'waiting', because: 'no answer' }, { event: 'contained' }])
    expect(events()).toEqual(['waiting', 'contained'])
  })

  it('is tried when it is due, though another has waited longer, and not in less than ten milliseconds', async () => {
    const at: { [user: string]: number[] } = {}
    class Failing extends Runs {
      override async contain(...given: Parameters<Runs['contain']>): Promise<Reacted> {
        const user = String(given[0].inputs['user'])
        at[user] = [...(at[user] ?? []), time.now()]
        if (user !== 'late' && (at[user]?.length ?? 0) < 2) await fails('unavailable')
        return await super.contain(...given)
      }
    }
    const { reactions, fire } = await opened({ reactor: new Failing() })
    await fire('a')
    await until(() => sleeps.length === 1)
    // Three milliseconds before it is due.
    await time.sleep(4_997)
    await fire('late')
    await fire('b')
    await until(() => reactions.waiting === 0)
    expect(at).toEqual({ a: [0, 5_007], late: [4_997], b: [4_997, 9_997] })
    // Nothing sleeps on beside it.
    expect(sleeps[0]?.signal?.aborted).toBe(true)
  })

  it('is told again when the reason changes, and the pauses of a run that is resumed grow to an hour', async () => {
    runs.ends = 'incomplete'
    let looks = 0
    class Resuming extends Runs {
      override async resume(...given: Parameters<Runs['resume']>): Promise<Reacted> {
        looks++
        if (looks === 2) runs.ends = 'interrupted'
        const reacted = await super.resume(...given)
        return { ...reacted, status: looks === 12 ? 'complete' : runs.ends }
      }
    }
    const reactor = new Resuming()
    reactor.ends = 'incomplete'
    const { reactions, fire } = await opened({ reactor })
    await fire('a')
    await until(() => reactions.waiting === 0)
    expect(sent.map(note => [note.event, 'status' in note && note.status])).toEqual([
      ['incomplete', 'incomplete'],
      ['incomplete', 'interrupted'],
      ['contained', 'complete'],
    ])
    expect(sleeps.at(-1)?.ms).toBe(3_600_000)
  })

  it.each<[FaultCode, string, boolean]>([
    ['limit', 'refused', false],
    ['denied', 'waiting', true],
  ])('before its run has begun with %s is %s, and stays open: %s', async (code, event, open) => {
    runs.before = () => fails(code)
    const { log, reactions, fire } = await opened()
    const result = await fire('a')
    await reactions.idle()
    expect(sent).toMatchObject([{ event, because: code }])
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
    const { reactions, fire } = await opened({ reactor })
    await fire('a')
    await until(() => reactions.waiting === 0)
    expect(sent).toMatchObject([{ event: 'waiting', because: 'half done' }, { event: 'contained' }])
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
    const { log, reactions, fire } = await opened({ reactor })
    await fire('a')
    await until(() => sent.length === 1)
    await reactions.stop()
    const again = await opened({ reactor })
    again.reactions.begin()
    await again.reactions.idle()
    expect(sent.at(-1)).toMatchObject({ event: 'incomplete', run: 'run1', because: code })
    expect(again.log.open()).toHaveLength(open ? 1 : 0)
    expect(log.open()).toHaveLength(1)
    await again.reactions.stop()
  })
})

describe('a disk that fails', () => {
  /** A watch whose disk fails when its reactor is asked to do this. */
  async function failing(during: 'contain' | 'resume' | 'begun' | 'ended', then?: FaultCode) {
    class Breaking extends Runs {
      override async begun(...given: Parameters<Runs['begun']>) {
        if (during === 'begun') disk.isBroken = true
        return await super.begun(...given)
      }
      override async contain(...given: Parameters<Runs['contain']>): Promise<Reacted> {
        if (during === 'contain') disk.isBroken = true
        const reacted = await super.contain(...given)
        // The watch hears of it when the run has ended, and not before.
        await turns()
        if (during === 'ended') disk.isBroken = true
        if (then) await fails(then)
        return reacted
      }
      override async resume(...given: Parameters<Runs['resume']>): Promise<Reacted> {
        if (during === 'resume') await fails('journal')
        return await super.resume(...given)
      }
    }
    const reactor = new Breaking()
    return { reactor, ...(await opened({ reactor })) }
  }

  it.each<[string, 'contain' | 'begun' | 'ended', FaultCode | undefined, number]>([
    ['before anything is done', 'begun', undefined, 0],
    ['while a run begins', 'contain', undefined, 1],
    ['while a run begins that then fails', 'contain', 'unavailable', 1],
    ['when a run has ended', 'ended', undefined, 1],
  ])('ends the watch, which tells nobody and does no more: %s', async (_, during, then, contained) => {
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
      expect([sent, notes]).toEqual([[], []])
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
    runs.ends = 'incomplete'
    const { reactor, reactions, fire } = await failing('resume')
    reactor.ends = 'incomplete'
    await fire('a')
    await until(() => reactions.fault !== undefined)
    expect(reactions.fault).toMatchObject({ code: 'journal' })
    expect(sent).toHaveLength(1)
  })

  it('ends the watch before a run is resumed that could not be counted', async () => {
    const { fire, reactions } = await opened()
    runs.ends = 'incomplete'
    await fire('a')
    await reactions.idle()
    await reactions.stop()
    // An earlier version did not write that a run had begun.
    disk.lines = disk.lines.filter(line => !['begun', 'settled'].includes((line as { type: string }).type))
    const again = await opened()
    disk.isBroken = true
    again.reactions.begin()
    await until(() => again.reactions.fault !== undefined)
    expect(runs.resumed).toEqual([])
  })
})

describe('a watch that begins again', () => {
  it('resumes the run of a firing that it left, counts it, and lets its source forget it before it ends', async () => {
    const { closed, open } = gate()
    const { fire, reactions } = await opened()
    runs.ends = 'incomplete'
    await fire('a')
    await reactions.idle()
    await reactions.stop()
    disk.lines = disk.lines.filter(line => (line as { type: string }).type !== 'begun')
    class Slow extends Runs {
      override async begun() {
        return { run: 'run1', finished: false }
      }
      override async resume(run: string): Promise<Reacted> {
        await closed
        return await super.resume(run, () => undefined)
      }
    }
    const again = await opened({ reactor: new Slow() })
    const [logged] = again.log.open()
    let durable = false
    if (logged) {
      void again.reactions.add(logged).then(() => {
        durable = true
      })
    }
    await turns()
    expect(durable).toBe(true)
    expect(again.log.changed(time.date())).toHaveLength(1)
    open()
    await again.reactions.idle()
    expect(again.log.open()).toEqual([])
  })

  it('tells what nobody was told, once, and nothing that they were told', async () => {
    const { fire, reactions } = await opened({ notify: () => fails('unavailable', 'no receiver') })
    await fire('a')
    await reactions.idle()
    await reactions.stop()
    expect(notes.at(-1)).toEqual({ event: 'problem', trigger: 't', message: 'no receiver' })
    const second = await opened()
    second.reactions.begin()
    await second.reactions.stop()
    expect(sent).toMatchObject([{ event: 'contained', run: 'run1' }])
    const third = await opened()
    third.reactions.begin()
    await third.reactions.stop()
    expect(sent).toHaveLength(1)
  })
})

describe('a watch that stops', () => {
  it('finishes what is in hand, waits until everybody was told, and begins nothing more', async () => {
    const [contain, tell] = [gate(), gate()]
    runs.before = () => contain.closed
    const { reactions, fire } = await opened({ notify: () => tell.closed })
    await fire('a')
    await fire('b')
    await turns()
    let stopped = false
    const stopping = reactions.stop().then(() => {
      stopped = true
    })
    await turns()
    expect([stopped, runs.contained.length]).toEqual([false, 0])
    contain.open()
    await turns()
    expect([stopped, runs.contained.length]).toEqual([false, 1])
    tell.open()
    await stopping
    await fire('c')
    await turns()
    expect(runs.contained.map(({ user }) => user)).toEqual(['a'])
    expect(reactions.waiting).toBe(2)
  })

  it('leaves no timer behind', async () => {
    runs.before = () => fails('unavailable')
    const still = {
      now: () => 0,
      date: () => 0,
      random: () => 0,
      sleep: (ms: number, signal?: AbortSignal) => {
        sleeps.push({ ms, signal })
        return new Promise<void>(() => undefined)
      },
    }
    const { reactions, fire } = await opened({ timing: { ...still, date: () => 0 } })
    await fire('a')
    await until(() => sleeps.length === 1)
    expect(sleeps[0]?.signal?.aborted).toBe(false)
    await reactions.stop()
    expect(sleeps[0]?.signal?.aborted).toBe(true)
  })
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
    runs.before = () => closed
    // Nobody is told in the meantime, so that it is not that which makes room.
    const { reactions, fire } = await opened({ ceiling: 100, notify: () => new Promise(() => undefined) })
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
    runs.before = () => fails('unavailable')
    const { reactions, fire } = await opened({ senders: { triggers: 1, sources: 2_500 } })
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
    const { reactions } = await opened({ notify: () => new Promise(resolve => open.push(resolve)) })
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
    const { reactions } = await opened({ notify: () => new Promise(resolve => open.push(resolve)) })
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

  it('of which nothing is understood is told here and to others, and so is a failure to tell it', async () => {
    const { reactions } = await opened()
    reactions.announce(LOUD)
    expect(notes).toEqual([LOUD])
    expect(sent).toEqual([LOUD])
    notes.length = 0
    const failing = await opened({ notify: () => fails('unavailable', 'no receiver') })
    failing.reactions.announce(LOUD)
    await failing.reactions.stop()
    expect(notes).toEqual([LOUD, { event: 'problem', source: 'queue', message: 'no receiver' }])
  })
})
