import { randomUUID } from 'node:crypto'
import type { LabClock } from '../clock.ts'

/** A message as it is lent: the receipt is of this lending, and the next one has another. */
export interface LentMessage {
  id: string
  body: string
  receipt: string
  /** How often it was lent, this time included. */
  count: number
  /** Milliseconds since 1970. */
  putAt: number
  visibleAt: number
  key?: string
}

interface Stored {
  id: string
  body: string
  key?: string
  putAt: number
  visibleAt: number
  count: number
  receipt?: string
}

/** Whether a receipt still says something: `old` of a lending that is not the newest, `over` when its time is over. */
export type Standing = 'held' | 'over' | 'old' | 'gone'

/**
 * Messages that are lent for a time and come again unless they are removed: what Amazon SQS, Pub/Sub and Azure Queue
 * Storage have in common. Time is the lab's, so that a test can let leases run out.
 */
export class MessageQueue {
  readonly #clock: LabClock
  readonly #mostAtOnce: number
  readonly #stored = new Map<string, Stored>()
  /** Receipt → message; receipts of earlier lendings are kept to tell them from nonsense. */
  readonly #receipts = new Map<string, string>()
  readonly #waiting = new Set<() => void>()

  /** @param mostAtOnce lent in one answer, however many are asked for: services may lend fewer */
  constructor(clock: LabClock, mostAtOnce = Number.POSITIVE_INFINITY) {
    this.#clock = clock
    this.#mostAtOnce = mostAtOnce
  }

  /** @param key messages of one key are delivered in order, where the service does so */
  put(body: string, key?: string): string {
    const now = this.#clock.ms()
    const id = randomUUID()
    this.#stored.set(id, {
      id,
      body,
      putAt: now,
      visibleAt: now,
      count: 0,
      ...(key === undefined ? {} : { key }),
    })
    this.#wake()
    return id
  }

  /** Not removed, lent or not. */
  get size(): number {
    return this.#stored.size
  }

  /** Those that are lent now. */
  get lent(): number {
    const now = this.#clock.ms()
    return [...this.#stored.values()].filter(({ visibleAt }) => visibleAt > now).length
  }

  bodies(): string[] {
    return [...this.#stored.values()].map(({ body }) => body)
  }

  /** @param ordered of one key nothing is lent while an earlier one is lent to somebody */
  lend(most: number, seconds: number, ordered = false): LentMessage[] {
    const now = this.#clock.ms()
    const busy = new Set<string>()
    if (ordered) {
      for (const { key, visibleAt } of this.#stored.values())
        if (key !== undefined && visibleAt > now) busy.add(key)
    }
    const lent: LentMessage[] = []
    for (const message of this.#stored.values()) {
      if (lent.length >= Math.min(most, this.#mostAtOnce)) break
      if (message.visibleAt > now || (message.key !== undefined && busy.has(message.key))) continue
      const receipt = this.#newReceipt(message)
      message.count++
      message.visibleAt = now + seconds * 1000
      lent.push({ ...message, receipt })
    }
    return lent
  }

  standing(receipt: string): Standing {
    const id = this.#receipts.get(receipt)
    const message = id === undefined ? undefined : this.#stored.get(id)
    if (!message) return 'gone'
    if (message.receipt !== receipt) return 'old'
    return message.visibleAt > this.#clock.ms() ? 'held' : 'over'
  }

  /** Whether this receipt is, or was, one of this message. */
  isOf(receipt: string, id: string): boolean {
    return this.#receipts.get(receipt) === id
  }

  has(id: string): boolean {
    return this.#stored.has(id)
  }

  remove(receipt: string): void {
    this.#stored.delete(this.#receipts.get(receipt) ?? '')
    this.#wake()
  }

  /** Lent for so long from now; 0 gives it back. @returns when it is visible again, with a new receipt if `renewed` */
  lendOn(
    receipt: string,
    seconds: number,
    renewed = false,
  ): { receipt: string; visibleAt: number } | undefined {
    const message = this.#stored.get(this.#receipts.get(receipt) ?? '')
    if (!message) return undefined
    message.visibleAt = this.#clock.ms() + seconds * 1000
    const now = renewed ? this.#newReceipt(message) : receipt
    if (seconds === 0) this.#wake()
    return { receipt: now, visibleAt: message.visibleAt }
  }

  /** Resolves when something came or came back, or when so many milliseconds are over. */
  change(milliseconds: number): Promise<void> {
    return new Promise(resolve => {
      const done = () => {
        clearTimeout(timer)
        this.#waiting.delete(done)
        resolve()
      }
      const timer = setTimeout(done, milliseconds)
      this.#waiting.add(done)
    })
  }

  #newReceipt(message: Stored): string {
    const receipt = randomUUID()
    message.receipt = receipt
    this.#receipts.set(receipt, message.id)
    return receipt
  }

  #wake(): void {
    for (const done of [...this.#waiting]) done()
  }
}
