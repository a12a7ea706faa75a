/** Whether every point is tried, in place of some: `npm run test:all`, and CI with `INTERDICT_TESTS=all`. Points are chosen the same way in each run. */
export const isWhole = process.env['INTERDICT_TESTS'] === 'all'

/**
 * Returns each so many-th item of a list, from the item at `first` on, and all items in a whole run. Lists that belong together
 * pass different values of `first`, so that between them they try more.
 */
export function someOf<Item>(all: readonly Item[], every: number, first = 0): Item[] {
  return isWhole ? [...all] : all.filter((_, index) => index % every === first % every)
}
