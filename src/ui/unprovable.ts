import { identityText, type Names } from '../model/identity-text.ts'
import { isUnprovable } from '../model/run/progress.ts'
import type { RunState } from '../model/run/state.ts'
import type { Page } from './page.ts'
import { hanging, plain } from './text.ts'

/** Changes that are listed by name for one reason. */
const NAMED = 3

/** Returns the changes that an emulator cannot prove, with its answer: one text for each answer. */
export function unprovableLines({ changes }: RunState, names: Names, page: Page): string[] {
  const whats = new Map<string, string[]>()
  for (const change of changes.values()) {
    if (!isUnprovable(change)) continue
    const { because = 'it does not implement the question', identity, planned } = change
    whats.set(because, [...(whats.get(because) ?? []), `${identityText(identity, names)} ${planned.verb}`])
  }
  return [...whats].flatMap(([because, those]) => {
    const few = page.all ? those : those.slice(0, NAMED)
    const more = those.length > few.length ? ` and ${those.length - few.length} more` : ''
    const text = `${few.join(', ')}${more}: set, and this emulator cannot prove that the calls are denied: ${plain(because)}`
    return hanging('  ‒ ', text, page.columns)
  })
}

/** `2 are set, and this emulator cannot prove them`; undefined without any. */
export function unprovableCount(unprovable: number | undefined): string | undefined {
  if (unprovable === undefined) return undefined
  const [be, them] = unprovable === 1 ? ['is', 'it'] : ['are', 'them']
  return `${unprovable} ${be} set, and this emulator cannot prove ${them}`
}

/** The same for a line of numbers: `, 2 not provable on this emulator`; empty without any. */
export function unprovablePart(unprovable: number | undefined): string {
  return unprovable === undefined ? '' : `, ${unprovable} not provable on this emulator`
}
