import { Fault } from '../../src/model/fault.ts'
import type { SealedFolder } from '../../src/store/sealed-folder.ts'

/** The lines of a sealed log without a disk, for watches in virtual time: a disk takes real time, in which virtual time would pass. */
export class MemoryLog {
  lines: unknown[] = []
  /** Every append fails from now on, as on a full disk. */
  isBroken = false

  async open(): Promise<unknown[]> {
    return structuredClone(this.lines)
  }

  async append(line: unknown): Promise<void> {
    const copy = structuredClone(line)
    // It takes its time: nothing that follows may begin before the line is there.
    await new Promise(setImmediate)
    if (this.isBroken) throw new Fault('journal', 'the disk is full')
    this.lines.push(copy)
  }

  async replace(lines: readonly unknown[]): Promise<void> {
    this.lines = [...structuredClone(lines)]
  }

  /** The folder that has this log, and nothing else. */
  folder(): SealedFolder {
    return { log: () => this } as unknown as SealedFolder
  }
}
