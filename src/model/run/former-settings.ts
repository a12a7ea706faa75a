import type { Entry } from '../entry.ts'
import { type Difference, entryOf, type Facet } from '../facet.ts'
import type { Json } from '../json.ts'
import type { Plan, PlannedChange } from '../plan.ts'

/**
 * The on/off settings of format 1, and how they read in format 2, where every switch is `enabled: true` or `false`. This
 * file is the only one that knows the words of format 1. A journal keeps its bytes: the translation comes after its hashes
 * and signatures were checked. A version that knows format 1 alone refuses a line of format 2.
 */

/** A setting of format 1. */
interface Former {
  entry: string
  /** Values of format 1 with those of format 2, as pairs; a value that is not among them stays as it is. */
  values: readonly (readonly [former: Json, value: Json])[]
}

const CURRENT = 'enabled'

const IAM: Former = {
  entry: 'status',
  values: [
    ['Active', true],
    ['Inactive', false],
    ['Expired', 'expired'],
  ],
}

// A text such as `disabled by Google, exposed` says more than on or off, and reads the same in both formats.
const GOOGLE: Former = {
  entry: 'status',
  values: [
    ['enabled', true],
    ['disabled', false],
  ],
}

const ENTRA: Former = {
  entry: 'disabled',
  values: [
    [false, true],
    [true, false],
  ],
}

/** By interruption. Those that are missing here have the same settings in both formats. */
const FORMER: ReadonlyMap<string, Former> = new Map([
  ['aws.access-key.disable', IAM],
  ['aws.service-credential.disable', IAM],
  ['aws.signing-certificate.disable', IAM],
  ['aws.ssh-key.disable', IAM],
  ['gcp.service-account.disable', GOOGLE],
  ['gcp.service-account-key.disable', GOOGLE],
  ['gcp.hmac-key.disable', GOOGLE],
  ['gcp.workload-pool.disable', GOOGLE],
  ['gcp.workload-provider.disable', GOOGLE],
  ['azure.application.disable', ENTRA],
])

/** The name that a setting had in format 1; undefined where it is the same. People may still call it so. */
export function formerName(interruption: string, entry: string): string | undefined {
  return entry === CURRENT ? FORMER.get(interruption)?.entry : undefined
}

/** Returns a plan of format 1 in format 2; a plan of format 2 as it is. Pure. */
export function planInFormat2(plan: Plan): Plan {
  return plan.version === 1 ? { ...plan, version: 2, changes: plan.changes.map(changeInFormat2) } : plan
}

/**
 * Reads the entries of one journal in their order, and returns each in the words of format 2. `v`, `hash` and `sig` stay
 * those of the line on disk.
 */
export class FormerEntries {
  readonly #interruptions = new Map<string, string>()

  /** Never changes the entry that it is given. */
  translate(entry: Entry): Entry {
    if (entry.type === 'run.started' || entry.type === 'run.reached') {
      for (const change of entry.plan.changes) this.#know(change)
      return { ...entry, plan: planInFormat2(entry.plan) }
    }
    if (entry.type === 'change.added') {
      this.#know(entry.change)
      return entry.v === 1 ? { ...entry, change: changeInFormat2(entry.change) } : entry
    }
    if (entry.v !== 1 || !('key' in entry)) return entry
    const former = FORMER.get(this.#interruptions.get(entry.key) ?? '')
    return former === undefined ? entry : aboutChange(entry, former)
  }

  #know({ key, interruption }: PlannedChange): void {
    this.#interruptions.set(key, interruption)
  }
}

function aboutChange(entry: Extract<Entry, { key: string }>, former: Former): Entry {
  const name = (of: string) => nameOf(former, of)
  const names = (of: readonly string[]) => of.map(name)
  const facet = (of: Facet) => facetOf(former, of)
  const named = <Each extends { entry: string }>(all: readonly Each[]): Each[] =>
    all.map(each => ({ ...each, entry: name(each.entry) }))
  switch (entry.type) {
    case 'change.intended':
      return {
        ...entry,
        before: facet(entry.before),
        after: facet(entry.after),
        joined: names(entry.joined),
      }
    case 'change.written':
      return entry.left === undefined ? entry : { ...entry, left: named(entry.left) }
    case 'change.countered':
      return { ...entry, settings: entry.settings.map(each => withValues(former, each, ['found'])) }
    case 'change.reduced':
      return { ...entry, without: names(entry.without) }
    case 'change.verified':
      return {
        ...entry,
        drift: names(entry.drift),
        live: facet(entry.live),
        ...(entry.undone === undefined ? {} : { undone: names(entry.undone) }),
      }
    case 'restore.intended':
      return {
        ...entry,
        entries: entry.entries.map(each => withValues(former, each, ['before', 'ours', 'live', 'to'])),
      }
    case 'restore.written':
      return {
        ...entry,
        ...(entry.left === undefined ? {} : { left: named(entry.left) }),
        ...(entry.missing === undefined ? {} : { missing: named(entry.missing) }),
      }
    case 'restore.verified':
      return entry.notBack === undefined ? entry : { ...entry, notBack: names(entry.notBack) }
    default:
      return entry
  }
}

function changeInFormat2(change: PlannedChange): PlannedChange {
  const former = FORMER.get(change.interruption)
  if (former === undefined) return change
  const { fallback, heldBy } = change
  const differing = (all: readonly Difference[]) => all.map(each => withValues(former, each, ['from', 'to']))
  return {
    ...change,
    differences: differing(change.differences),
    ...(fallback === undefined ? {} : { fallback: differing(fallback) }),
    ...(heldBy === undefined
      ? {}
      : { heldBy: heldBy.map(each => ({ ...each, entry: nameOf(former, each.entry) })) }),
  }
}

function nameOf(former: Former, entry: string): string {
  return entry === former.entry ? CURRENT : entry
}

function translated(former: Former, value: Json): Json {
  return former.values.find(([each]) => each === value)?.[1] ?? value
}

function facetOf(former: Former, facet: Facet): Facet {
  const value = entryOf(facet, former.entry)
  if (value === undefined) return facet
  const { [former.entry]: _, ...rest } = facet
  return { ...rest, [CURRENT]: translated(former, value) }
}

/** With the name of format 2, and the values of these members in its words. */
function withValues<Each extends { entry: string }>(
  former: Former,
  each: Each,
  members: readonly (keyof Each)[],
): Each {
  if (each.entry !== former.entry) return each
  const next = { ...each, entry: CURRENT }
  for (const member of members) {
    const value = each[member]
    if (value !== undefined) next[member] = translated(former, value as Json) as Each[keyof Each]
  }
  return next
}
