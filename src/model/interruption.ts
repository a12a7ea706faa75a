import type { ZodType } from 'zod'
import type { Facet } from './facet.ts'
import type { Identity } from './identity.ts'
import type { Json } from './json.ts'

/**
 * In the order in which they are carried out on one identity, so that the target cannot undo us with what it still
 * has; a restore runs the other way.
 */
export const VERBS = [
  'guard',
  'quarantine',
  'disable',
  'revoke-sessions',
  'constrain',
  'gate',
  'detach',
] as const

/** One of `VERBS`. */
export type Verb = (typeof VERBS)[number]

/** The context in which an interruption reads, cuts and writes. */
export interface Context {
  /** The run's id, 4 lower-case letters and digits or more; names the things that we add (`interdict-7f3k2m`). */
  run: string
  /** The run that holds the change, where it joined another run and goes by that run's name. */
  holder?: string
  /** RFC 3339, UTC. The clock of the target: the lab's in a rehearsal. */
  now: string
  identity: Identity
  /** Checked against `params` of the interruption. */
  params: Json
  /** From the reading that the cut is made on. */
  seen?: Json
  /** Entries that the cloud refused for lack of room in this run: `cut` has to do without them. */
  exhausted: readonly string[]
  /**
   * The engine comes back later, so nothing waits for a quota: a reading may leave out what only this run writes, and a write
   * that a quota holds up fails at once with a Fault that has `retryAfter`.
   */
  postpone?: true
  /** Entries that this change holds in this run: they are read, also where nobody would look for them otherwise. */
  held?: readonly string[]
  /** The entries that are looked at, and nothing else: `read` may leave out others where they take calls of their own, and `seen`. */
  only?: readonly string[]
  /** RFC 3339: what is written ends by itself then. Given to an interruption that `lapses` only. */
  ends?: string
  /** Values of the held entries before this change; without those that were missing. */
  before?: Facet
  /**
   * `all`: the identity may undo us, or does. `cut` then writes every independent deny that there is room for, each with its
   * own before; without it, one.
   */
  strength?: 'all'
  /**
   * The facet of a reading made moments ago. `read` may take from it what costs a call for each entry, as long as it reads
   * some of that afresh every time: an identity under guard is read several times a second.
   */
  last?: Facet
}

/** The settings as they are now. */
export interface Reading {
  /** The live immutable id, compared with the identity's. */
  uid: string
  facet: Facet
  /**
   * Observed, never restored: headroom, last use, the basis of a refusal. Its member `told` (a name in journals), if there is one, has by entry
   * what screens call it, where the entry's name is made of ids; `added`, if there is one, when an entry was made and
   * by whom (`{ at, by? }`), where the cloud says; `left`, if there is one, lists in words who still reaches the identity
   * after the cut, and what is not known about that: the plan shows it as left alive.
   */
  seen?: Json
}

/** `unknown`: the cloud cannot say, or did not let us ask. It is never taken for denied. */
export type Probe = 'denied' | 'allowed' | 'unknown'

/** How exactly a restore gives back what there was. */
export type Reversal =
  | { kind: 'exact' }
  /** The same access comes back; `differs` says which server-made ids do not. */
  | { kind: 'equivalent'; differs: string }

/** The cloud's own names of the permissions, e.g. `iam:PutUserPolicy`: exactly the operations that are called. */
export interface Permissions {
  read: string[]
  cut: string[]
  restore: string[]
}

/**
 * Which of an interruption's permissions are not called every time. Everything else in `Permissions` is called for every
 * identity, so that without it the stage fails.
 */
export interface Occasions {
  /** Of `permissions.read`: called by `probe` alone. A change is made and undone without them, and not proven. */
  probe?: readonly string[]
  /** By permission, when it is called, as a clause: "where it has inline policies". */
  read?: { readonly [permission: string]: string }
  cut?: { readonly [permission: string]: string }
  restore?: { readonly [permission: string]: string }
  /** Of those, the ones of which each identity needs one or another: without any of them there is no occasion left. */
  either?: { readonly [side in keyof Permissions]?: readonly string[] }
}

/**
 * A lens over some of an identity's settings. The author says what is there (`read`), what it should become (`cut`)
 * and how to make it so (`write`); snapshot, dry run, apply, verify, drift and restore are derived by the engine.
 */
export interface Interruption<Client = unknown, Params = Json> {
  /** `<cloud>.<kind>.<verb>` */
  id: string
  summary: string
  verbs: readonly Verb[]
  /** Kinds of identity. */
  on: readonly string[]
  /** The access that still works after the containment, in plain words. */
  leaves: string
  /** It can end by itself: with `ends` in the context, `cut` writes settings that carry that end. */
  lapses?: true
  /** Who can take it back besides us, in plain words: what one has to know of a thief who fights back. */
  undoneBy?: string
  reversal: Reversal
  permissions: Permissions
  /** Which of them are needed on some occasions only. */
  occasions?: Occasions
  params: ZodType<Params>
  /** Parameters for documentation, the lab's contract suite and `catalog`. */
  example?: Params
  /**
   * Why this must not be cut (it could not be put back, or there is no room), or undefined. Pure; asked with the fresh
   * reading in the plan and again right before the write.
   */
  refuse?(facet: Facet, context: Context): string | undefined
  /**
   * Cautions about this very change, shown before it is made, in words: the identity could lift it, the cloud did not say
   * whether it takes it. Pure; asked with the reading of the plan, shown in the plan and in the summary.
   */
  cautions?(facet: Facet, context: Context): string[]
  /** `undefined` when the identity is gone. */
  read(client: Client, context: Context): Promise<Reading | undefined>
  /** Pure. Cutting what is already cut changes nothing. */
  cut(facet: Facet, context: Context): Facet
  /** Carry out the difference, and only that; idempotent. */
  write(client: Client, from: Facet, to: Facet, context: Context): Promise<void>
  /**
   * Seconds for which something issued before the cut could work again if it were restored; `undefined` or 0 when
   * nothing could.
   */
  horizon?(identity: Identity): number
  /**
   * Returns what a restore may leave in place of our entries until the horizon: "deny what was issued before now". Pure; given
   * the facet as it would be after the restore.
   */
  stepDown?(restored: Facet, context: Context): Facet
  /** Why `stepDown` has nothing to leave there, in words; undefined when it has. Pure. */
  noStepDown?(restored: Facet, context: Context): string | undefined
  /**
   * The changes that this makes on several identities end up in one thing of the cloud (a project's policy, a deny policy),
   * so the engine begins their writes in the same turn of the event loop, and the provider carries them out as one.
   */
  together?: true
  /** Its deny depends on when it was made ("sessions issued before"), so that a later one denies more. */
  dated?: true
  /** Seconds until the cloud enforces what was written, as it documents; absent where it does so at once. */
  settles?: number
  /**
   * Interruptions that stop the same identity, or a credential of it, in another way, by id. They are added where the
   * identity may undo this one, and when somebody does. Each must stop no more than this one does.
   */
  companions?: readonly string[]
  /**
   * With strength `all` it adds more of our own and touches nothing else, so it is used also where the cloud cannot say whether
   * the identity may undo it.
   */
  additive?: true
  /** Seconds at least between two readings under guard, where a quota of the cloud makes readings dear. */
  lookEvery?: number
  /** Seconds that a quota of the cloud makes this take for these identities; absent where none is felt. */
  seconds?(identities: readonly Identity[]): number
  /**
   * Why the credentials that we run with could not put this back, or undefined when they could or the cloud cannot tell.
   * Asked in the plan, for changes that would be made.
   */
  oneWay?(client: Client, context: Context): Promise<string | undefined>
  /**
   * Asks the cloud whether the identity is really stopped. Absent where the cloud has no such question. `pending`: the
   * cloud can tell, and does not show our cut yet; it is asked again, and recorded as `unknown` if it never does. Throws the
   * Fault where the cloud could not be asked: the engine records `unknown` with the reason.
   */
  probe?(client: Client, context: Context): Promise<Probe | 'pending'>
}
