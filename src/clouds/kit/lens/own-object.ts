import { entryOf, type Facet, withEntries } from '../../../model/facet.ts'
import type { Context } from '../../../model/interruption.ts'
import type { Json } from '../../../model/json.ts'

/** Something of ours that the cloud keeps beside what the customer has: a policy, a statement, a line of a policy. */
export interface OwnObject {
  /** It has the name of the run, so that each run holds its own. */
  entry: string
  value: Json
}

/** Whether it is there, as we wrote it or as somebody has changed it since. */
export function hasOwn(facet: Facet, { entry }: Pick<OwnObject, 'entry'>): boolean {
  return entryOf(facet, entry) !== undefined
}

/** Whether the cloud refused it in this run for want of room. */
export function isExhausted(
  { exhausted }: Pick<Context, 'exhausted'>,
  { entry }: Pick<OwnObject, 'entry'>,
): boolean {
  return exhausted.includes(entry)
}

/**
 * The facet with what is ours, unless the cloud has refused it. An existing object stays as it is, so that cutting again neither
 * moves a moment nor writes. Pure.
 */
export function withOwn(facet: Facet, own: OwnObject, context: Pick<Context, 'exhausted'>): Facet {
  if (hasOwn(facet, own) || isExhausted(context, own)) return facet
  return withEntries(facet, [[own.entry, own.value]])
}
