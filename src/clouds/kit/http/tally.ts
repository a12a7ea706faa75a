import { currentAsking, type Purpose } from '../../../model/purpose.ts'

/** Counts the calls of a session. */
export class Tally {
  /** By the cloud's own name of the operation. */
  readonly operations: Record<string, number> = {}
  /** Requests by what they were for: a batch is one. */
  readonly purposes: Partial<Record<Purpose, number>> = {}

  /** @param asking who asked; the running task when missing */
  count(operation: string, asking = currentAsking()): void {
    this.countParts([operation], asking)
  }

  /** Counts one request that has several operations in it. */
  countParts(operations: readonly string[], { purpose } = currentAsking()): void {
    for (const each of operations) this.operations[each] = (this.operations[each] ?? 0) + 1
    this.purposes[purpose] = (this.purposes[purpose] ?? 0) + 1
  }
}
