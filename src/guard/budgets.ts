import type { Firing } from '../model/firing.ts'

/** Of ten parts of the ceiling: the most for one trigger, or one source, where there are several. */
const SHARE = 7
/** Of ten parts of the ceiling: the most for one identity. */
const IDENTITY_SHARE = 3

/** A budget that is used up. */
export interface Spent {
  of: 'all' | 'trigger' | 'source' | 'identity'
  /** The trigger, source or identity; empty for `all`. */
  name: string
  /** Containments in an hour. */
  most: number
}

/** A firing, and the source whose record completed it where that is known. */
interface Sent {
  fired: Firing
  source?: string
}

/** How many triggers may act, and how many sources are read. */
export interface Senders {
  triggers: number
  sources: number
}

/**
 * Containments in an hour: `all` together, and at most so many by one trigger, by one source and about one identity, so
 * that one that is noisy leaves some for the others. A trigger or source that is the only one may use all.
 */
export function budgetsOf(ceiling: number, { triggers, sources }: Senders): { [of in Spent['of']]: number } {
  const share = (tenths: number) => Math.min(ceiling, Math.max(1, Math.floor((ceiling * tenths) / 10)))
  return {
    all: ceiling,
    trigger: triggers > 1 ? share(SHARE) : ceiling,
    source: sources > 1 ? share(SHARE) : ceiling,
    identity: share(IDENTITY_SHARE),
  }
}

/**
 * Returns the first budget that leaves no room for a firing, or undefined.
 *
 * @param changed firings of the last hour whose run has begun
 */
export function spentBudget(
  logged: Sent,
  changed: readonly Sent[],
  budgets: ReturnType<typeof budgetsOf>,
): Spent | undefined {
  for (const kind of ['all', 'trigger', 'source', 'identity'] as const) {
    const name = nameIn(kind, logged)
    if (name === undefined) continue
    const used = changed.filter(each => nameIn(kind, each) === name).length
    if (used >= budgets[kind]) return { of: kind, name, most: budgets[kind] }
  }
  return undefined
}

/** The name that a firing has in a kind of budget; undefined for a source that is not known. */
function nameIn(of: Spent['of'], { fired, source }: Sent): string | undefined {
  if (of === 'all') return ''
  if (of === 'trigger') return triggerKey(fired)
  return of === 'source' ? source : identityName(fired)
}

export function triggerKey({ playbook, trigger }: Pick<Firing, 'playbook' | 'trigger'>): string {
  return `${playbook}/${trigger}`
}

export function identityName({ identity, cloud, account = '' }: Firing): string {
  return identity.id ?? `${cloud}:${account}:${identity.uid ?? identity.name}`
}
