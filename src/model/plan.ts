import type { ApprovalCounts } from './approvals.ts'
import type { Difference, Facet } from './facet.ts'
import type { FaultRecord } from './fault.ts'
import type { Identity } from './identity.ts'
import type { Permissions, Reversal, Verb } from './interruption.ts'
import { digest, type Json } from './json.ts'
import type { Note } from './note.ts'
import type { CredentialGap } from './provider.ts'
import type { SpareClass } from './spare.ts'
import type { Cause } from './watch.ts'

/** The target of a run; a lab run and a live run never mix. */
export interface Target {
  kind: 'live' | 'lab'
  /** The lab's own id, or the endpoint when it is not the cloud's own; empty for the clouds themselves. */
  at: string
}

/** One interruption of one identity. */
export interface PlannedChange {
  /** `<identity id> <interruption id>`, with ` #2` and so on when a playbook applies one twice. */
  key: string
  identity: Identity
  interruption: string
  verb: Verb
  params: Json
  /** The step of the playbook that asked for it; `sweep` for what appeared during containment. */
  step: string
  /** When it was planned; what is cut may contain the time. */
  at: string
  /** Entries that change, as read for the plan. Empty: it is already so. */
  differences: Difference[]
  /**
   * Settings from before that are taken away or replaced if the cloud refuses a deny of ours among `differences`:
   * approved with the plan. Absent: nothing is, and the change stops there.
   */
  fallback?: Difference[]
  /** Why there is no `fallback` although the interruption knows one: the credentials of the run could not put it back. */
  noFallback?: string
  /** Cautions about this very change, in words; see `Interruption.cautions`. */
  cautions?: string[]
  /** The part of the facet that the plan was made on, for drawing. */
  seen?: Json
  leaves: string
  reversal: Reversal
  /** Seconds, see `Interruption.horizon`. */
  horizon: number
  /** A restore before the horizon can leave "deny what was issued before now" in its place; absent in older journals. */
  stepsDown?: true
  /** Seconds until the cloud enforces it once it is written, as it documents; absent in older journals. */
  settles?: number
  /** Permissions by which the identity could undo this, in the cloud's own names; absent where it has none. */
  mayUndo?: string[]
  /** Every independent deny is written, not one: the identity may undo us, or did. */
  strength?: 'all'
  /** Added beside what the playbook asks for, since the identity may undo that, or did: see `Interruption.companions`. */
  companion?: true
  /** Why the credentials of the run could not put it back; there only when that was accepted. */
  oneWay?: string
  /** The stop ends by itself then (RFC 3339): the deny carries its end. Absent where it lasts until it is restored. */
  ends?: string
  /** A credential that leaked: a restore leaves it off until it is asked for by its id. */
  after?: 'keep-off'
  /** Settings among `differences` that other runs hold as wanted, with those runs: nothing is written there. */
  heldBy?: { entry: string; runs: string[] }[]
  /**
   * The change of another run that this one joins. `name` is the run whose name the settings have, in place of this
   * run's own; `run` and `key` are the change whose settings are held along with it.
   */
  joins?: { run: string; key: string; name: string }
  /** With nothing to change: open runs that found it so, too, and vouch for it. */
  vouchedBy?: string[]
}

/** An identity that the steps select and that is left as it is. */
export interface Spared {
  identity: Identity
  because: string
  /** Absent in older journals, like the next two. */
  class?: SpareClass
  /** Why the mark or the name that spares it is not to be relied on. */
  doubtful?: string
  /** The playbook means this very identity: a run that spares it has not done what was asked for. */
  named?: true
}

/** An identity that would be spared and is touched all the same. */
export interface Overruled {
  identity: Identity
  because: string
  class: SpareClass
  /** `asked`: with --include-protected. `named`: it is an administrator's credential, and the playbook means this one. */
  by: 'asked' | 'named'
}

/** An interruption that was asked for and must not or cannot be done. */
export interface RefusedChange {
  identity: Identity
  interruption: string
  step: string
  because: string
}

/** Dependents of the identities that would be contained. */
export interface Blast {
  /** Identity id → what uses it or shares it, in words. */
  dependents: Note[]
  /** Identities whose uses could not be listed, with the reason; absent where all could, and in older journals. */
  unlisted?: Note[]
  /** Identities used in the last hour, by id. */
  active: string[]
}

/** The playbook of a plan, with its text. */
export interface PlaybookRef {
  name: string
  title: string
  severity: string
  /** SHA-256 of the source text. */
  sha256: string
  /** The YAML text: resume and an approved plan must not depend on a file that may have changed. */
  source: string
}

/** An account of a cloud. */
export interface Within {
  cloud: string
  account: string
}

/** Everything that a run is about to do, and everything that it leaves. Plain data: it is sealed, approved and journaled as it is. */
export interface Plan {
  /** Version of the format: 2, or 1 in the file of an older plan. */
  version: 1 | 2
  /** The run that will carry it out; the names of what we add contain it. */
  run: string
  at: string
  target: Target
  playbook: PlaybookRef
  inputs: { [name: string]: Json }
  /** Cloud → the scope that was signed in to: the playbook's, with inputs and flags filled in; absent in older journals. */
  scope?: { [cloud: string]: Json }
  /** `guard`: as whom the deny above the account is written; absent where the changes ask for none. */
  callers: {
    cloud: string
    account: string
    alias?: string
    name: string
    endpoint?: string
    guard?: string
  }[]
  changes: PlannedChange[]
  spared: Spared[]
  /** Absent when nothing was overruled, and in older journals. */
  overruled?: Overruled[]
  refused: RefusedChange[]
  unreached: { cloud: string; account: string; fault: FaultRecord }[]
  /** Kinds that the playbook selects among and that could not be listed, or not all of them; absent where all could. */
  unlisted?: { cloud: string; account: string; kinds: string[]; because: string }[]
  /** Targets that the playbook names and that were not found, and where they are; absent where one was found. */
  missing?: { name: string; text?: string }[]
  warnings: string[]
  /** Of which account each of those warnings is that is of one; absent without any, and in older journals. */
  warned?: { cloud: string; account: string; message: string }[]
  /**
   * Identities listed, principals among them (missing in plans of before), touched, and the limit that holds. `narrow`:
   * only those that the playbook can mean were looked at.
   */
  counts: {
    listed: number
    principals?: number
    narrow?: true
    touched: number
    limit: number
    share: number
  }
  blast: Blast
  /** Credential ids per contained principal at planning time: the sweep contains what is not among them. */
  known: { [owner: string]: string[] }
  /**
   * Kinds of credential that could not be listed at planning time, per principal: the sweep cannot tell which of them are
   * new. Absent where all could, and in older journals.
   */
  unknown?: { [owner: string]: CredentialGap[] }
  /** API calls: made for the plan, and expected for the apply. */
  calls: {
    reads: number
    writes: number
    seconds: number
    /** The interruption whose quota makes it take so long; absent when none is felt. */
    slowest?: string
  }
  /** Instructions for a person, for what no API can do; absent in older journals. */
  manual?: Note[]
  /** Ways in that the changes leave alive, and the interruption that would reach them; absent in older journals. */
  advice?: Note[]
  /** Identities that a stopped one may have become, whose sessions go on; absent where there are none. */
  reachable?: Note[]
  /** Ids or names of protected identities that are touched all the same, or `all`. */
  includeProtected?: string[]
  /** Changes that the credentials could not put back are planned, not refused. */
  acceptOneWay?: true
  /** How many other people have to approve what is done with the run; absent where nobody has to, and in older journals. */
  approvals?: ApprovalCounts
  /** Account of the event that it answers: identities of the same name in other accounts are not meant. */
  within?: Within
  /** In the file of a proposal: the events that it answers. Carried out, they are in the journal. */
  cause?: Cause
  /** In a journal: the digest of the plan's file that was carried out. Absent where none was, and in older journals. */
  approval?: string
}

/**
 * The digest that an approval stands for: `sha256:` and 64 hex digits over the whole plan, with the playbook's text, inputs,
 * scope, changes, run and cause. Other members of a plan's file, `digest` and `seal`, are not part of it.
 */
export function approvalDigest(plan: Plan): string {
  const { digest: _, seal: __, ...rest }: Plan & { digest?: unknown; seal?: unknown } = plan
  return `sha256:${digest(rest)}`
}

/**
 * The digest of what a plan would do: which changes, to what, in which run and scope. Readings, times and counters are left
 * out, so that planning again over an unchanged estate gives the same digest.
 */
export function planDigest(plan: Plan): string {
  return digest({
    run: plan.run,
    target: plan.target,
    playbook: plan.playbook.sha256,
    inputs: plan.inputs,
    ...(plan.scope === undefined ? {} : { scope: plan.scope }),
    changes: plan.changes
      .map(({ key, identity, params, differences, fallback }) => ({
        key,
        uid: identity.uid,
        params,
        differences,
        ...(fallback === undefined ? {} : { fallback }),
      }))
      .sort((a, b) => (a.key < b.key ? -1 : 1)),
  })
}

/**
 * The runs that hold all that a plan would do: carried out, it would write nothing. Undefined where something is left to do,
 * or where an account was not reached, so that nobody knows.
 */
export function holdersOf({ changes, unreached }: Plan): string[] | undefined {
  const runs = new Set<string>()
  for (const { differences, heldBy = [], vouchedBy = [] } of changes) {
    const holding = differences.length === 0 ? vouchedBy : heldBy.flatMap(each => each.runs)
    const whole = differences.every(({ entry }) => heldBy.some(each => each.entry === entry))
    if (holding.length === 0 || !whole) return undefined
    for (const run of holding) runs.add(run)
  }
  return runs.size > 0 && unreached.length === 0 ? [...runs].sort() : undefined
}

/** The clouds that a plan was made on, also those that did not let us in. */
export function cloudsOf({ callers, unreached, changes }: Plan): string[] {
  const names = [
    ...[...callers, ...unreached].map(({ cloud }) => cloud),
    ...changes.map(({ identity }) => identity.cloud),
  ]
  return [...new Set(names)]
}

/** The permissions of several interruptions, each once, sorted. */
export function mergePermissions(all: readonly Permissions[]): Permissions {
  const merge = (of: keyof Permissions) => [...new Set(all.flatMap(each => each[of]))].sort()
  return { read: merge('read'), cut: merge('cut'), restore: merge('restore') }
}

/** The facet restricted to what a change alters, before and after. */
export function sides(differences: readonly Difference[]): { before: Facet; after: Facet } {
  const side = (of: 'from' | 'to') =>
    Object.fromEntries(
      differences.flatMap(each => {
        const value = each[of]
        return value === undefined ? [] : [[each.entry, value]]
      }),
    )
  return { before: side('from'), after: side('to') }
}
