import { networkAdvice, networkText } from '../egress/advice.ts'
import { backoff } from '../model/backoff.ts'
import { Fault, toFault } from '../model/fault.ts'
import { repeat } from '../model/timing.ts'
import type { Batch, Delivered, Source, SourceOptions } from './source.ts'

/** A message as the queue lent it: `Lent` is what the queue wants to see of it again. */
export interface Message<Lent> {
  delivered: Delivered
  lent: Lent
}

/** The operations of a queue. Each call rejects with a Fault; `unavailable` and `throttled` are tried again. */
export interface Queue<Lent> {
  name: string
  /** Messages in one answer, at most: as many mean that there are more. */
  most: number
  /** Waits a little while there is nothing, if the queue can. */
  receive(signal: AbortSignal): Promise<Message<Lent>[]>
  /** Ours for another `LEASE` seconds. */
  extend(lent: readonly Lent[]): Promise<void>
  /** Done with. Rejects when there are some that the queue did not take; the others are gone. */
  remove(lent: readonly Lent[]): Promise<void>
  /** Makes it visible to the next reader at once. */
  giveBack(lent: readonly Lent[]): Promise<void>
}

/** Seconds for which a message is lent; extended when half of it is over. */
export const LEASE = 60
const BACKOFF = { first: 500, most: 30_000 }
/** Receives at once while the queue is full: so many batches are in memory beside those that wait for the disk. */
const WIDEST = 8
/** Milliseconds in which receives of a busy queue may end when it is stopped. */
const GRACE = 1_000
/** Batches that are removed at once. */
const AT_ONCE = 8

/**
 * The loop that all queues share: receive, keep what is being worked on, remove after the acknowledgement. A queue that
 * fills its answers is asked several times at once, and an idle one once.
 */
export function queueSource<Lent>(queue: Queue<Lent>, { once, poll, tell, timing }: SourceOptions): Source {
  const open = new Set<readonly Lent[]>()
  const removing = new Set<Promise<unknown>>()
  const closing = new AbortController()
  let keeping: Promise<void> | undefined
  /** An extension may make new receipts: nothing is removed in the middle of one. */
  let extending: Promise<unknown> = Promise.resolve()

  const keep = () => {
    const lent = [...open]
    extending = Promise.all([
      extending,
      ...lent.map(each =>
        queue.extend(each).catch((error: unknown) => {
          // A message that was acknowledged meanwhile is not extended.
          if (open.has(each)) tell(`${queue.name}: ${toFault(error).message}`)
        }),
      ),
    ])
  }

  async function received(signal: AbortSignal): Promise<Received> {
    const began = timing.now()
    const took = () => timing.now() - began
    try {
      const messages = await queue.receive(signal)
      if (messages.length === 0) return { full: false, took: took() }
      return { batch: batchOf(messages), full: messages.length >= queue.most, took: took() }
    } catch (error) {
      return { fault: toFault(error), full: false, took: took() }
    }
  }

  return {
    name: queue.name,
    async *batches(signal) {
      keeping ??= repeat((LEASE / 2) * 1000, timing, closing.signal, keep)
      const ended = new AbortController()
      let awake: () => void = () => undefined
      // Not a race with a promise that never settles: each would hold on to its loser.
      const wake = () => awake()
      signal.addEventListener('abort', wake)
      const asked = new Set<Promise<void>>()
      const answers: Received[] = []
      const first = poll ?? BACKOFF.first
      const retries = backoff({ first: 2 * first, most: BACKOFF.most, timing })
      let [width, wait, failed] = [1, first, 0]
      let drained = false
      try {
        while (!signal.aborted) {
          while (!drained && asked.size + answers.length < width) {
            const asking: Promise<void> = received(ended.signal).then(answer => {
              asked.delete(asking)
              answers.push(answer)
              wake()
            })
            asked.add(asking)
          }
          if (answers.length === 0) {
            await new Promise<void>(resolve => {
              awake = resolve
            })
          }
          const answer = answers.shift()
          if (signal.aborted || !answer) return
          const { batch, full, fault, took } = answer
          const others = asked.size + answers.length
          if (fault) {
            if (fault.code !== 'unavailable' && fault.code !== 'throttled') throw fault
            width = 1
            drained = false
            // Those that were asked at the same time mostly fail for the same reason: that is one failure.
            if (others > 0) continue
            failed++
            if (once && failed > 5) throw fault
            tell(`${queue.name}: ${fault.message}; trying again`)
            await retries.wait(signal)
            continue
          }
          failed = 0
          retries.reset()
          if (full) width = Math.min(WIDEST, width * 2)
          else if (!batch) width = 1
          if (batch) {
            drained = false
            wait = first
            yield batch
          } else if (others > 0) {
            // Another receive may bring some yet.
            drained = once
          } else if (once) return
          else {
            // A queue that waits for a message itself has rested for us.
            if (took < wait) await timing.sleep(wait, signal)
            wait = Math.min(wait * 2, 8 * first)
          }
        }
      } finally {
        signal.removeEventListener('abort', wake)
        // Messages that a busy queue has lent would be kept from others until their time is over.
        const grace = width > 1 && asked.size > 0 ? GRACE : 0
        if (grace > 0) await Promise.race([Promise.all(asked), timing.sleep(grace, ended.signal)])
        ended.abort()
        await Promise.all(asked)
      }
    },
    async close() {
      closing.abort()
      await keeping
      await extending
      await Promise.allSettled([...open].map(lent => queue.giveBack(lent)))
      open.clear()
    },
  }

  function batchOf(messages: readonly Message<Lent>[]): Batch {
    const lent = messages.map(each => each.lent)
    open.add(lent)
    return {
      records: messages.map(({ delivered }) => delivered),
      async ack() {
        // A message whose acknowledgement failed is redelivered when its time runs out, and recognised as a duplicate.
        if (!open.delete(lent)) return
        while (removing.size >= AT_ONCE) await Promise.race(removing)
        const removal = extending.then(() => queue.remove(lent))
        const over: Promise<unknown> = removal.catch(() => undefined).then(() => removing.delete(over))
        removing.add(over)
        await removal
      },
    }
  }
}

interface Received {
  batch?: Batch
  /** There are probably more. */
  full: boolean
  fault?: Fault
  /** Milliseconds. */
  took: number
}

/** Reads an HTTP answer of a queue as a Fault; `error` is that of the network where there was no answer. */
export function answerFault(
  name: string,
  operation: string,
  status: number,
  message: string,
  error?: unknown,
): Fault {
  const where = operation
  const advice = networkAdvice(error)
  if (advice !== undefined) {
    return new Fault('unavailable', `${name}: ${networkText(message)}`, { where, next: advice, cause: error })
  }
  if (status === 401) return new Fault('not-authenticated', `${name}: ${message}`, { where })
  if (status === 403) return new Fault('denied', `${name}: ${message}`, { where })
  if (status === 404) return new Fault('usage', `${name} is not there: ${message}`, { where })
  if (status === 429) return new Fault('throttled', `${name}: ${message}`, { where })
  if (status === 0 || status >= 500) return new Fault('unavailable', `${name}: ${message}`, { where })
  return new Fault('rejected', `${name}: ${message}`, { where })
}

/** A time that a queue says, in milliseconds since 1970; undefined if it says none. */
export function sentAt(time: number | undefined): number | undefined {
  return time !== undefined && Number.isFinite(time) && time > 0 ? time : undefined
}

/** Text of a body that may be base64, as queues like it: only when what it holds is text of ours to read. */
export function bodyText(body: string): string {
  const text = body.trim()
  if (!/^[A-Za-z0-9+/\s]+={0,2}$/.test(text)) return body
  const decoded = Buffer.from(text, 'base64').toString('utf8')
  return /^\s*[[{]/.test(decoded) || /^\s*ey/.test(decoded) ? decoded : body
}
