import { FiringLog } from '../../src/guard/firing-log.ts'
import type { Note, ReactionNote, SourceNote } from '../../src/guard/ports.ts'
import { type ReactionOptions, Reactions } from '../../src/guard/reactions.ts'
import { Fault, type FaultCode } from '../../src/model/fault.ts'
import type { Firing } from '../../src/model/firing.ts'
import { VirtualTime } from '../engine/virtual-time.ts'
import { MemoryLog } from './memory-log.ts'
import { Runs } from './scripted.ts'

/** A watch in virtual time, with its log in memory. */
export interface Opened {
  log: FiringLog
  reactions: Reactions
  /** Fires; returns whether the source may forget the events, as far as it is known. */
  fire: (id: string, more?: Partial<Firing>, source?: string) => Promise<{ durable: boolean }>
}

/** The surroundings of a watch, which outlive it. */
export class ReactionScene {
  readonly time = new VirtualTime(1, 0)
  readonly disk = new MemoryLog()
  readonly runs = new Runs()
  /** Sleeps that were begun, with what ends them early. */
  readonly sleeps: { ms: number; signal: AbortSignal | undefined }[] = []
  readonly notes: Note[] = []
  readonly sent: (ReactionNote | SourceNote)[] = []

  /** Opens a watch over what is on the disk. */
  async opened(more: Partial<ReactionOptions> = {}): Promise<Opened> {
    const { time, disk, runs, sleeps, notes, sent } = this
    const log = await FiringLog.open(disk.folder())
    const reactions = new Reactions({
      log,
      reactor: runs,
      note: note => notes.push(note),
      notify: async note => {
        sent.push(note)
      },
      mode: 'act',
      ceiling: 10,
      senders: { triggers: 1, sources: 1 },
      timing: {
        now: time.now,
        date: time.date,
        random: time.random,
        sleep(ms, signal) {
          sleeps.push({ ms, signal })
          return time.sleep(ms, signal)
        },
      },
      ...more,
    })
    const fire: Opened['fire'] = async (id, of = {}, source = 'queue') => {
      const fired = firing(id, of)
      const { trigger, events, count, why } = fired
      const cause = { key: id, trigger, events, count, why, signals: [] }
      const result = { durable: false }
      const logged = await log.fired(new Date(time.date()).toISOString(), fired, cause, source)
      void reactions.add(logged).then(() => {
        result.durable = true
      })
      return result
    }
    return { log, reactions, fire }
  }
}

export const firing = (id: string, more: Partial<Firing> = {}): Firing => ({
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
export async function until(isSo: () => boolean): Promise<void> {
  for (let turn = 0; turn < 5_000; turn++) {
    if (isSo()) return
    await new Promise(setImmediate)
  }
  throw new Error('it never came')
}

/** Lets everything happen that happens without time passing. */
export async function turns(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate)
}

/** A promise, and what resolves it. */
export function gate(): { closed: Promise<void>; open: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>()
  return { closed: promise, open: resolve }
}

export const fails = (code: FaultCode, message: string = code) => Promise.reject(new Fault(code, message))
