import type { Draft } from './draft.ts'
import type { Members } from './members.ts'

/** One format of records. Both functions are pure, and see an object that is bounded in size and depth. */
export interface Format {
  /** As in `Signal.format`. */
  name: string
  fits(record: Members): boolean
  /** No draft: the record is well, and says nothing. Throws Unreadable. */
  read(record: Members, context: { tenant?: string | undefined }): readonly Draft[]
}
