import type { Overruled, Spared } from '../model/plan.ts'
import type { Wanted } from './expand.ts'

/** The same interruption with the same parameters is done once, whichever steps ask for it. */
export function dedupe(wanted: readonly Wanted[]): Wanted[] {
  const byKey = new Map<string, Wanted[]>()
  for (const each of wanted) {
    const key = `${each.identity.id} ${each.interruption.id}`
    const others = byKey.get(key) ?? []
    const twin = others.find(({ params }) => JSON.stringify(params) === JSON.stringify(each.params))
    if (twin) {
      // If one of the steps keeps it off, it stays off.
      if (each.after !== undefined) twin.after = each.after
      continue
    }
    byKey.set(key, [...others, each])
  }
  return [...byKey].flatMap(([key, list]) =>
    list.map((each, index) => ({ ...each, key: index === 0 ? key : `${key} #${index + 1}` })),
  )
}

/** The last that is said of each identity. */
export function onePerIdentity<Each extends Spared | Overruled>(all: readonly Each[]): Each[] {
  return [...new Map(all.map(each => [each.identity.id, each])).values()]
}
