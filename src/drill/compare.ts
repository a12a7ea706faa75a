import type { Json } from '../model/json.ts'

/** The paths at which two snapshots differ, for a message; arrays are compared by position, as snapshots are sorted. */
export function differingPaths(before: Json, after: Json, path = ''): string[] {
  if (before === after) return []
  if (!isTree(before) || !isTree(after)) return [path || '(everything)']
  const names = new Set([...Object.keys(before), ...Object.keys(after)])
  return [...names].flatMap(name => {
    const inBefore = Object.hasOwn(before, name)
    const inAfter = Object.hasOwn(after, name)
    const here = path === '' ? name : `${path}.${name}`
    if (!inBefore || !inAfter) return [here]
    return differingPaths((before as Tree)[name] ?? null, (after as Tree)[name] ?? null, here)
  })
}

/** How many single settings a snapshot has. */
export function countSettings(value: Json): number {
  if (!isTree(value)) return 1
  return Object.values(value).reduce((sum: number, each) => sum + countSettings(each), 0)
}

type Tree = { [name: string]: Json }

function isTree(value: Json): value is Tree | Json[] {
  return value !== null && typeof value === 'object'
}
