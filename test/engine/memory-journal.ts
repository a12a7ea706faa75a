import type { Body, Entry } from '../../src/model/entry.ts'
import { Fault } from '../../src/model/fault.ts'
import type { Journal } from '../../src/model/journal.ts'

/** A journal without a disk, for fights in virtual time: a disk takes real time, in which virtual time would pass. */
export class MemoryJournal implements Journal {
  readonly run: string
  readonly entries: Entry[] = []
  readonly #clock: () => string

  constructor(run: string, clock: () => string) {
    this.run = run
    this.#clock = clock
  }

  async append(body: Body): Promise<Entry> {
    const seq = this.entries.length
    const entry: Entry = {
      ...body,
      v: 2,
      run: this.run,
      seq,
      at: this.#clock(),
      prev: '',
      hash: `${seq}`,
      sig: '',
    }
    this.entries.push(entry)
    return entry
  }

  of<Type extends Body['type']>(type: Type): Extract<Entry, { type: Type }>[] {
    return this.entries.filter((each): each is Extract<Entry, { type: Type }> => each.type === type)
  }
}

/** A journal in memory that takes its time as a disk does, and that may be cut off by the death of the process. */
export class SlowJournal extends MemoryJournal {
  /** Rejects with Fault `journal` once there are so many entries. */
  most = Number.POSITIVE_INFINITY

  override async append(body: Body): Promise<Entry> {
    if (this.entries.length >= this.most) throw new Fault('journal', 'the process died here')
    const copy = structuredClone(body)
    await new Promise(setImmediate)
    return await super.append(copy)
  }
}
