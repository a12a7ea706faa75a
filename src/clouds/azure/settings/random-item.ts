/** One of these at random, in a list; an empty list of none. */
export function oneOf<Item>(items: readonly Item[]): Item[] {
  return items.slice(Math.floor(Math.random() * items.length)).slice(0, 1)
}
