import type { Added, RestoreOptions } from './entry.ts'
import { entryOf } from './facet.ts'
import type { Json } from './json.ts'
import { isObject } from './json-object.ts'
import type { Held } from './run/held-settings.ts'
import type { ChangeState } from './run/state.ts'

/** Seconds before a run in which a grant counts as one that the attacker may have made: a day. */
export const RECENT = 24 * 3600

/**
 * When an entry that the run took away was made, if that was in these seconds before the run; undefined if it was
 * earlier, if nothing tells, or if nothing was taken away. Of an identity that was itself made in these seconds all is
 * as young, so that this tells nothing. Interruptions record it in the member `added` of `Reading.seen`, by entry.
 */
export function recentlyAdded(
  { planned }: Pick<ChangeState, 'planned'>,
  { entry, before, after }: Pick<Held, 'entry' | 'before' | 'after'>,
  { recent: seconds, logged = [] }: Pick<RestoreOptions, 'recent' | 'logged'>,
): Added | undefined {
  if (seconds === undefined || before === undefined || after !== undefined) return undefined
  const isYoung = (at: string) => Date.parse(planned.at) - Date.parse(at) <= seconds * 1000
  const logging = logged
    .filter(each => each.identity === planned.identity.id && each.entry === entry && each.at <= planned.at)
    .sort((a, b) => (a.at < b.at ? -1 : 1))
    .at(-1)
  if (logging)
    return isYoung(logging.at) ? { at: logging.at, ...(logging.by ? { by: logging.by } : {}) } : undefined
  const added = addedIn(planned.seen, entry)
  const { created } = planned.identity.facts
  if (!added || (typeof created === 'string' && isYoung(created))) return undefined
  return isYoung(added.at) ? added : undefined
}

/** Reads from a reading when an entry was made. */
export function addedIn(seen: Json | undefined, entry: string): Added | undefined {
  const added = memberOf(memberOf(seen, 'added'), entry)
  const at = memberOf(added, 'at')
  const by = memberOf(added, 'by')
  if (typeof at !== 'string' || Number.isNaN(Date.parse(at))) return undefined
  return typeof by === 'string' && by !== '' ? { at, by } : { at }
}

function memberOf(value: Json | undefined, name: string): Json | undefined {
  return isObject(value) ? entryOf(value as { [name: string]: Json }, name) : undefined
}
