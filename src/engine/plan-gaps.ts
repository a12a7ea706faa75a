import type { Identity } from '../model/identity.ts'
import type { Plan } from '../model/plan.ts'
import { gapText } from './credentials.ts'
import type { Selector } from './select.ts'
import type { World } from './world.ts'

/** Listings that were refused and of which the playbook selects. */
export function unlistedIn(sessions: World['sessions'], kinds: Selector['kinds']): Pick<Plan, 'unlisted'> {
  const unlisted = sessions.flatMap(({ cloud, account, warnings }) =>
    warnings.flatMap(({ message, missing = [] }) => {
      const ofThose = missing.filter(kind => kinds?.includes(kind) ?? true)
      return ofThose.length > 0 ? [{ cloud, account, kinds: ofThose, because: message }] : []
    }),
  )
  return unlisted.length > 0 ? { unlisted } : {}
}

/** Says of which principals the sweep cannot tell new credentials from old ones. */
export function baselineWarnings(unknown: NonNullable<Plan['unknown']>): string[] {
  return Object.entries(unknown).flatMap(([owner, gaps]) =>
    gaps.map(gap => `${owner}: ${gapText(gap)}; new ones cannot be distinguished from old ones`),
  )
}

/** Identities of another account than that of the event, which share a name with the one that is meant. */
export function namesakeWarnings(namesakes: readonly Identity[]): string[] {
  return namesakes.map(
    ({ kind, name, account }) =>
      `${kind} ${name} of account ${account} is left out: the event is of another account`,
  )
}
