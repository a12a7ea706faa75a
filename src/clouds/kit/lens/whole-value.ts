import { entryOf, type Facet } from '../../../model/facet.ts'
import { Fault } from '../../../model/fault.ts'
import { type Json, same } from '../../../model/json.ts'

/** A setting that a cloud replaces as a whole: the rest of it goes back as it was read. */
export interface WholeValue {
  entry: string
  /** Its name in the fault: `its restrictions`. */
  what: string
  /** Id of the identity. */
  where: string
  /** Reads it right before the write; `gone` where the identity no longer exists. */
  live(): Promise<{ value: Json | undefined } | 'gone'>
  write(value: Json | undefined): Promise<void>
}

/**
 * Replaces the setting where it differs, and only if it still is what it is changed from.
 *
 * @throws Fault `drift` if somebody else changed it meanwhile
 */
export async function writeWhole(
  from: Facet,
  to: Facet,
  { entry, what, where, live, write }: WholeValue,
): Promise<void> {
  const [before, wanted] = [entryOf(from, entry), entryOf(to, entry)]
  if (same(before, wanted)) return
  const found = await live()
  if (found === 'gone' || same(found.value, wanted)) return
  if (!same(found.value, before)) throw new Fault('drift', `somebody else changed ${what}`, { where })
  await write(wanted)
}
