import type { Timing } from '../../../model/timing.ts'

/** One of these at random, in a list; an empty list of none. */
export function oneOf<Item>(items: readonly Item[], { random }: Pick<Timing, 'random'>): Item[] {
  return items.slice(Math.floor(random() * items.length)).slice(0, 1)
}
