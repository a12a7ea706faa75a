/** The condition of a write: the name is free, or the object still has this tag. */
export type Condition = { ifAbsent: true } | { ifTag: string }

/** An object as it was read. */
export interface StoredObject {
  bytes: Buffer
  /** Names this content of this object, for {@link Condition}; opaque. */
  tag: string
}

/** `written`: the object has these bytes, under this tag. `conflict`: the condition did not hold, and nothing was written. */
export type Written = { kind: 'written'; tag: string } | { kind: 'conflict' }

/**
 * Named objects with conditional writes, which several machines share. Names are `/`-separated parts of `a-z`, `0-9`, `.`, `_` and
 * `-`, below the prefix of the store.
 *
 * Every call repeats what may pass. Faults: `not-authenticated`, `denied`, `usage` (there is no such bucket), `journal` (the
 * service did not answer).
 */
export interface ObjectStore {
  /** The URL of the store, for people. */
  readonly where: string
  /**
   * Writes an object if the condition holds. A write whose answer was lost counts as written if the object has these very bytes,
   * so the bytes must name their writer where two writers may try the same name.
   */
  put(name: string, bytes: Buffer, condition: Condition): Promise<Written>
  /** Returns the object; undefined if there is none. */
  get(name: string): Promise<StoredObject | undefined>
  /** Returns the names that begin with the prefix, sorted: every object whose write was answered before. */
  list(prefix: string): Promise<string[]>
  /** Deletes the object if it still has this tag. False: it has another one. A missing object counts as deleted. */
  remove(name: string, tag: string): Promise<boolean>
  /** Milliseconds since 1970 by the clock of the service, to the second. */
  now(): Promise<number>
}

/** One try at a service, as its protocol has it: what {@link ObjectStore} is made of. Throws {@link Unanswered}, and Faults. */
export interface ObjectService extends Omit<ObjectStore, 'put' | 'remove'> {
  /** `conflict`: the service says that the condition does not hold, which may be because an earlier try was carried out. */
  put(name: string, bytes: Buffer, condition: Condition): Promise<Written>
  /** `missing`: there is no such object. */
  remove(name: string, tag: string): Promise<'removed' | 'conflict' | 'missing'>
}

/** No answer, or one after which the same call may succeed: nobody knows whether it was carried out. */
export class Unanswered extends Error {}
