import type { Rights } from './capability.ts'
import type { Lookup } from './expression/equalities.ts'
import type { FaultRecord } from './fault.ts'
import type { Identity } from './identity.ts'
import type { Interruption, Permissions } from './interruption.ts'
import type { Json } from './json.ts'
import type { Kind } from './kind.ts'
import type { Newcomers, Since } from './newcomer.ts'
import type { Note } from './note.ts'
import type { Purpose } from './purpose.ts'
import type { Rotation, SinkKind } from './rotation.ts'
import type { Spare } from './spare.ts'
import type { Timing } from './timing.ts'

/** Who we are in an account, by unique ids: what must never be cut. */
export interface Caller {
  /** As the cloud shows it, e.g. an STS ARN. */
  name: string
  /** Unique ids of the whole chain (AROA…, AIDA…): the caller and what it came through. */
  uids: string[]
}

/** Which identities an inventory lists. */
export interface Query {
  /** Kinds to list; undefined: every kind that is not costly. */
  kinds?: readonly string[]
  /**
   * The listing is for the identities that are as one of these, with those that own them, and may leave out all others:
   * what it gives it gives as a full listing would, freshly read. A provider that knows no shorter way lists them all.
   */
  only?: readonly Lookup[]
  /**
   * Names of identities that may own what `only` names, most likely first: a cloud that finds a credential only by its owner looks there
   * before it lists all. A hint from a record: nothing else follows from it.
   */
  near?: readonly string[]
  /**
   * The facts that somebody looks at, with `only`: others may be absent where they take calls of their own. Absent: all are
   * looked at.
   */
  facts?: readonly string[]
}

/** An identity that another one may become: its sessions live on when the other one is contained. */
export interface Reachable {
  identity: Identity
  /** How, in words. */
  because: string
  /** A command that revokes its sessions, for the shell. */
  revoke: string
}

/** Credentials of a principal that could not be listed. */
export interface CredentialGap {
  /** Absent where no credential of the principal could be listed. */
  kind?: string
  /** The reason, in words. */
  because: string
}

/** Honest progress of a listing: `total` only where the cloud gives one. */
export interface Progress {
  account: string
  kind: string
  listed: number
  total?: number
}

/** A deny that is written above an account, where nobody in the account can remove it. */
export interface Guard {
  /** As whom it is written, as the cloud shows it; undefined where that identity cannot be signed in as. */
  as: string | undefined
  /** Returns the state beforehand. Reads only. */
  state(): Promise<GuardState>
  /** Puts an empty one there, so that an incident takes a single write. Changes nothing where there is one. */
  prepare(): Promise<void>
}

/** The state of an organization's guard. */
export interface GuardState {
  /** One is attached beforehand. */
  ready: boolean
  /** `false`: `prepare` could not put one there. */
  possible?: false
  text: string
}

/** One account, signed in. */
export interface Session<Client = unknown> {
  cloud: string
  account: string
  /** A name for people, e.g. the account alias. */
  alias?: string
  caller: Caller
  /** Where the calls go, when it is not the cloud's own endpoint. */
  endpoint?: string
  client: Client
  inventory(query: Query, progress?: (at: Progress) => void): AsyncIterable<Identity>
  /**
   * All credentials that a principal has now, freshly listed; an unknown kind of owner has none.
   *
   * @param gap takes a listing that is refused, which then costs its own kind only; without it the fault is thrown
   * @param kinds others may be left out where they take calls of their own; absent: all
   */
  credentials(
    owner: Identity,
    gap?: (gap: CredentialGap) => void,
    kinds?: readonly string[],
  ): Promise<Identity[]>
  /**
   * Identities of the account that were created since a moment. A bounded number of calls; what cannot be listed is among
   * the problems. May throw the cloud's Fault.
   */
  newcomers?(since: Since): Promise<Newcomers>
  /** Immutable ids of the identities that there are, where the cloud does not say when one was created. */
  present?(): Promise<string[]>
  /**
   * Where something is that was named and not found, in words; undefined where the cloud cannot say. May call the cloud.
   *
   * @param reached accounts of this cloud that were looked at
   */
  whereIs?(name: string, reached: readonly string[]): Promise<string | undefined>
  /** Returns what uses this identity, in words, for the blast radius; may call the cloud. */
  dependents?(identity: Identity): Promise<string[]>
  /** Identities that this principal may become. May throw the cloud's Fault. */
  assumable?(identity: Identity): Promise<Reachable[]>
  /** Why this identity is spared (it is us, it is the provider's own, …), or undefined. */
  spares(identity: Identity): Spare | undefined
  /**
   * Why a protecting mark or name is not to be relied on: the identity may write it itself, or was made just now. Undefined
   * when nothing speaks against it; may call the cloud.
   *
   * @param reads members of the identity that the spare rests on, see `Spare.reads`
   * @param now milliseconds since 1970, on the clock of the target
   */
  doubts?(identity: Identity, reads: readonly string[], now: number): Promise<string | undefined>
  /** Returns instructions for a person, for what no API can do about a contained identity; shown until restored. */
  manual?(identity: Identity): (string | Omit<Note, 'identity'>)[]
  /**
   * Seconds by which the cloud's own evaluation, which reads its policies, may be ahead of what it enforces. A denial is
   * believed no sooner after the write; absent where the evaluation is the enforcement.
   */
  evaluationLead?: number
  /**
   * Permissions of this identity, or of the principal that owns it, by which it could undo a containment of itself, in the
   * cloud's own names; none where it has none. Throws where the cloud cannot say.
   */
  undoes?(identity: Identity): Promise<string[]>
  /**
   * Which of these permissions our own credentials have, as far as the cloud says. Reads only. A fault of the cloud is the
   * reason why a permission is `unknown`; throws `bug` and `interrupted` alone.
   *
   * @param permissions as interruptions declare them
   */
  rights?(permissions: readonly string[]): Promise<Rights>
  /** Seconds for which a read may be older than a write that the cloud has answered; 10 when absent. */
  readLag?: number
  /** Where the cloud has a deny above the account, with credentials of its own. */
  guard?: Guard
  /**
   * Reasons that concern the plan as a whole (we are root, …): shown, and refused when `refuse`. `missing` has the kinds of
   * which a listing may lack identities because of it: a run that selects among them is incomplete.
   */
  warnings: { message: string; refuse: boolean; missing?: readonly string[] }[]
  /** Returns what should be set up beforehand, so that a containment is not held up; shown by `doctor`. */
  advice?: readonly string[]
  /** Milliseconds by which the cloud's clock is ahead of this machine's; undefined until it has answered. */
  clockOffset?(): number | undefined
  /** Calls made so far, by the cloud's own operation name. */
  calls(): Record<string, number>
  /** The same by what they were for; absent where they are not counted so. */
  purposes?(): Partial<Record<Purpose, number>>
  close(): Promise<void>
}

/** How to sign in to a cloud. */
export interface ConnectOptions {
  /** The playbook's `scope.<cloud>`, already checked by the provider's `scope` schema. */
  scope: Json
  /** Where to send the calls instead: the lab. Environment and profiles are then not looked at. */
  lab?: { endpoint: string; credentials: Json }
  /** Variables that say how to sign in; those of this process when missing. Some SDKs read the process's own besides. */
  environment?: Readonly<NodeJS.ProcessEnv>
  /** Sent along as user agent, so that a responder can find our own calls in the cloud's log. */
  run?: string
  /** Milliseconds after which a call counts as unanswered; each provider has its own default. */
  callTimeout?: number
  signal?: AbortSignal
  /** Clock, waiting and chance. */
  timing: Timing
}

/** The accounts of a cloud that were signed in to, and those that were not. */
export interface Connected<Client = unknown> {
  sessions: Session<Client>[]
  /** Accounts of the scope that we could not sign in to. */
  unreached: { account: string; fault: FaultRecord }[]
}

/** One cloud. */
export interface Provider<Client = unknown> {
  cloud: string
  title: string
  kinds: readonly Kind[]
  interruptions: readonly Interruption<Client>[]
  /** Credentials that this cloud can replace, one way. */
  rotations?: readonly Rotation<Client>[]
  /** Where this cloud keeps secrets. */
  sinks?: readonly SinkKind<Client>[]
  /** Permissions that `inventory`, `credentials` and `spares` need, for `permissions` and `doctor`. */
  permissions: Permissions['read']
  /** Returns those of them that a run over these kinds needs; absent: all. */
  listing?(kinds: readonly string[]): readonly string[]
  connect(options: ConnectOptions): Promise<Connected<Client>>
  /** Loads the libraries that a run may need, so that the first one does not wait for them. Calls nothing. */
  warmUp?(): Promise<void>
  /**
   * Returns what the changes leave alive on an identity, and the interruption that would reach it; each advice names one identity.
   * Pure: from the facts and from what is planned.
   */
  advise?(identity: Identity, interruptions: readonly string[]): string[]
  /** The least-privilege policy document for these permissions, in the cloud's own form. Calls nothing. */
  policy(permissions: readonly string[]): Json | Promise<Json>
  /**
   * The same for the identity that interdict runs as, where the scope has accounts that are entered from its own; absent where
   * the cloud has no such thing. Throws `usage` where the scope does not say how they are entered. Calls nothing.
   *
   * @param principal that identity, by the cloud's own name, where it is known
   */
  homePolicy?(permissions: readonly string[], scope: Json, principal?: string): Promise<Json>
  /** The role that is assumed in the other accounts, and who may assume it; undefined where a scope has no others. */
  memberRole?(scope: Json, principal?: string): Promise<{ role: string; trust: Json } | undefined>
  /** The same for the identity that writes what is above an account; undefined where nothing is written there. */
  guardPolicy?(permissions: readonly string[]): Json | undefined
}

/** A cloud by name, loaded only when it is used. */
export interface CloudEntry {
  cloud: string
  title: string
  /**
   * Whether something on this machine says how to sign in: variables and files. Nothing is asked over the network, so that
   * a machine whose own identity is meant (an instance's) may say no.
   */
  configured(environment: Readonly<NodeJS.ProcessEnv>): Promise<boolean>
  load(): Promise<Provider>
}
