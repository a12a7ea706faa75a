import { setTimeout as pause } from 'node:timers/promises'
import { Fault, toFault } from '../model/fault.ts'
import type { Batch, Delivered, Source, SourceOptions } from './source.ts'

/** A message as the queue lent it: `Lent` is what the queue wants to see of it again. */
export interface Message<Lent> {
  delivered: Delivered
  lent: Lent
}

/** What a queue can do. Each call rejects with a Fault; `unavailable` and `throttled` are tried again. */
export interface Queue<Lent> {
  name: string
  /** Waits a little while there is nothing, if the queue can. */
  receive(signal: AbortSignal): Promise<Message<Lent>[]>
  /** Ours for another `LEASE` seconds. */
  extend(lent: readonly Lent[]): Promise<void>
  /** Done with; returns those that the queue did not take. */
  remove(lent: readonly Lent[]): Promise<void>
  /** For whoever comes next, now. */
  giveBack(lent: readonly Lent[]): Promise<void>
}

/** Seconds for which a message is lent; extended when half of it is over. */
export const LEASE = 60
const BACKOFF = { first: 500, most: 30_000 }

/** The loop that all queues share: receive, keep what is being worked on, remove after the acknowledgement. */
export function queueSource<Lent>(queue: Queue<Lent>, { once, poll, tell }: SourceOptions): Source {
  const open = new Set<readonly Lent[]>()
  return {
    name: queue.name,
    async *batches(signal) {
      const keeping = setInterval(
        () => {
          for (const lent of open) {
            queue.extend(lent).catch((error: unknown) => tell(`${queue.name}: ${toFault(error).message}`))
          }
        },
        (LEASE / 2) * 1000,
      )
      keeping.unref()
      let wait = poll ?? BACKOFF.first
      let failed = 0
      try {
        while (!signal.aborted) {
          let messages: Message<Lent>[]
          try {
            messages = await queue.receive(signal)
            failed = 0
          } catch (error) {
            if (signal.aborted) return
            const fault = toFault(error)
            if (fault.code !== 'unavailable' && fault.code !== 'throttled') throw fault
            failed++
            if (once && failed > 5) throw fault
            tell(`${queue.name}: ${fault.message}; trying again`)
            await rest(Math.min(BACKOFF.most, (poll ?? BACKOFF.first) * 2 ** failed), signal)
            continue
          }
          if (messages.length > 0) {
            wait = poll ?? BACKOFF.first
            yield batchOf(messages)
          } else if (once) return
          else {
            await rest(wait, signal)
            wait = Math.min(wait * 2, 8 * (poll ?? BACKOFF.first))
          }
        }
      } finally {
        clearInterval(keeping)
      }
    },
    async close() {
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
        if (!open.has(lent)) return
        await queue.remove(lent)
        open.delete(lent)
      },
    }
  }
}

function rest(milliseconds: number, signal: AbortSignal): Promise<unknown> {
  return pause(milliseconds, undefined, { signal }).catch(() => undefined)
}

/** What an HTTP answer of a queue says, as a Fault. */
export function answerFault(name: string, operation: string, status: number, message: string): Fault {
  const where = operation
  if (status === 401) return new Fault('not-authenticated', `${name}: ${message}`, { where })
  if (status === 403) return new Fault('denied', `${name}: ${message}`, { where })
  if (status === 404) return new Fault('usage', `${name} is not there: ${message}`, { where })
  if (status === 429) return new Fault('throttled', `${name}: ${message}`, { where })
  if (status === 0 || status >= 500) return new Fault('unavailable', `${name}: ${message}`, { where })
  return new Fault('rejected', `${name}: ${message}`, { where })
}

/** Text of a body that may be base64, as queues like it: only when what it holds is text of ours to read. */
export function bodyText(body: string): string {
  const text = body.trim()
  if (!/^[A-Za-z0-9+/\s]+={0,2}$/.test(text)) return body
  const decoded = Buffer.from(text, 'base64').toString('utf8')
  return /^\s*[[{]/.test(decoded) || /^\s*ey/.test(decoded) ? decoded : body
}
