import type { EntryOf } from '../entry.ts'
import { entryOf } from '../facet.ts'
import type { Json } from '../json.ts'

/** One entry that this run holds: it put `after` there and owes `before` back. */
export interface Held {
  entry: string
  before: Json | undefined
  after: Json | undefined
  /** When it was first intended; orders the holds of several runs. */
  at: string
  joined: boolean
  /** Values that we put there, or meant to, before `after`: a crash cannot tell which of them is live. */
  earlier?: (Json | undefined)[]
  /** Set when a restore stepped down: when the remainder may go. */
  until?: string
  /** A restore left it off on purpose: held, and not owed. */
  off?: 'kept-off' | 'recent'
}

/** Whether an entry is still to be put back: what a restore left off on purpose is not. */
export function isOwed({ off }: Held): boolean {
  return off === undefined
}

/** Whether a restore has still to do something about it now; the residue of a step-down only waits for its time. */
export function isLeft(held: Held): boolean {
  return isOwed(held) && held.until === undefined
}

/** Stepping down changes what our hold stands for, and may add an entry that is then ours as well. */
export function stepDown(held: readonly Held[], entry: EntryOf<'restore.intended'>): Held[] {
  if (entry.until === undefined) return [...held]
  const until = entry.until
  const steps = new Map(
    entry.entries.filter(({ decision }) => decision === 'step-down').map(each => [each.entry, each]),
  )
  const next = held.map(each => {
    const step = steps.get(each.entry)
    if (!step) return each
    steps.delete(each.entry)
    return { ...each, after: step.to, earlier: [...(each.earlier ?? []), each.after], until }
  })
  for (const step of steps.values()) {
    next.push({
      entry: step.entry,
      before: step.before,
      after: step.to,
      at: entry.at,
      joined: false,
      earlier: [step.before],
      until,
    })
  }
  return next
}

/**
 * A change may be intended again (the next rung of a ladder): what it names now is what it holds, and the first
 * `before` of an entry stays.
 */
export function hold(held: readonly Held[], entry: EntryOf<'change.intended'>): Held[] {
  const names = [...new Set([...Object.keys(entry.before), ...Object.keys(entry.after), ...entry.joined])]
  return names.map(name => {
    const known = held.find(each => each.entry === name)
    const after = entryOf(entry.after, name)
    if (known) return { ...known, after, earlier: [...(known.earlier ?? []), known.after] }
    return {
      entry: name,
      before: entryOf(entry.before, name),
      after,
      at: entry.at,
      joined: entry.joined.includes(name),
    }
  })
}
