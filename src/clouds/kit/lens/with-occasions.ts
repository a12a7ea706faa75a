import type { Interruption, Occasions } from '../../../model/interruption.ts'

/** By id of an interruption. */
type Table<Value> = { readonly [id: string]: Value }

/** Returns the interruptions of a cloud, each with its rows of the tables of permissions that are not called every time. */
export function withOccasions<Client>(
  all: readonly Interruption<Client>[],
  occasions: Table<Occasions>,
  undoneBy: Table<string> = {},
): readonly Interruption<Client>[] {
  return all.map(each => {
    const [row, undone] = [occasions[each.id], undoneBy[each.id]]
    return { ...each, ...(row && { occasions: row }), ...(undone && { undoneBy: undone }) }
  })
}
