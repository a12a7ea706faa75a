import type { AnyCloud } from './any-cloud.ts'
import type { Draft } from './draft.ts'
import type { Members } from './members.ts'

/** The data that a format may look up beside the record. */
export interface ReadContext {
  /** The account (tenant) of records that do not name theirs. */
  tenant?: string | undefined
  /** The names of all clouds, for records that are of no cloud's own format. */
  names: AnyCloud
}

/** One format of records. Both functions are pure, and see an object that is bounded in size and depth. */
export interface Format {
  /** As in `Signal.format`. */
  name: string
  fits(record: Members): boolean
  /** Returns no draft if the record is well and says nothing. @throws Unreadable */
  read(record: Members, context: ReadContext): readonly Draft[]
}
