import type { FaultRecord } from './fault.ts'
import type { Identity } from './identity.ts'
import type { Secret } from './secret.ts'

/** One credential as the cloud lists it; never with its secret. */
export interface Issued {
  /** The cloud's own id of it. */
  name: string
  enabled: boolean
  /** RFC 3339; absent where the cloud does not tell. */
  created?: string
  /** It carries the mark of this run: nobody else can have made it. */
  ours?: boolean
}

/** The plan of a rotation for one credential. */
export interface PlannedRotation {
  key: string
  identity: Identity
  rotation: string
  place: string
  /** Whether something is at the place already, which would get a new version. */
  sink?: 'new' | 'next version'
  existing: Issued[]
  limit?: number
  /** All of `existing` go before the owner is let in again. */
  ofOwner?: true
  /** The containment removed the old one: there is nothing to delete. */
  gone?: true
  /** Other ways to sign in as the owner once it is back. */
  stays?: string
  /** The old one has to be deleted before there is room, and that was asked for. */
  first: boolean
  /** Why nothing can be made. */
  blocked?: FaultRecord
}

/** A credential that has just been created, with the one copy of its secret that there will ever be. */
export interface Made {
  name: string
  /** As the sink keeps it and a workload reads it. */
  secret: Secret
}

/** The context of a rotation. */
export interface RotationContext {
  run: string
  /** RFC 3339; the clock of the target. */
  now: string
  /** The credential that is replaced. */
  old: Identity
  /** RFC 3339; when the attempt was recorded. */
  since?: string
  /** Names of the credentials that are to go, for a rotation of an owner. */
  before?: readonly string[]
}

/**
 * - `works`: the cloud let it in
 * - `not-yet`: refused, as it is until the cloud knows it everywhere
 * - `owner-off`: it cannot be tried while the principal that it belongs to is switched off
 */
export type Trial = 'works' | 'not-yet' | 'owner-off'

/** The end of a credential whose secret is lost. `kept`: it is not ours, or could not be removed. */
export type Retired = { outcome: 'deleted' | 'disabled' } | { outcome: 'kept'; because: string }

/**
 * How a cloud replaces a credential. One way, unlike an interruption: what was created is not undone by a restore, and the old
 * credential is never switched on again.
 */
export interface Rotation<Client = unknown> {
  /** `<cloud>.<kind>.rotate` */
  id: string
  summary: string
  /** Kinds of credential; kinds of their owner with `ofOwner`. */
  on: readonly string[]
  /**
   * The cloud cannot switch such a credential off, so that a run holds its owner instead (`old` is the owner). The old ones
   * have to be deleted before access returns: all that the owner had.
   */
  ofOwner?: true
  /** The kind of credential that is made, where it is not one of `on`. */
  makes?: string
  /** How many an owner can have; undefined where the cloud sets no number. */
  limit?: number
  permissions: { read: string[]; rotate: string[]; remove: string[] }
  /** Why no new one can be made (a policy of the organisation, …), or undefined. Reads only. */
  blocked?(client: Client, context: RotationContext): Promise<string | undefined>
  /**
   * With `ofOwner`: credentials of other kinds that let somebody in as the owner once it is back, as a clause about it, e.g. "2
   * certificates let it in"; undefined when there are none.
   */
  stays?(client: Client, context: RotationContext): Promise<string | undefined>
  /** All credentials of this kind that the owner of the old one has. Fault `gone` when there is no owner. */
  list(client: Client, context: RotationContext): Promise<Issued[]>
  create(client: Client, context: RotationContext): Promise<Made>
  /** The credential that a stored text belongs to; undefined when it is none of this kind. Pure. */
  names(secret: Secret): string | undefined
  /** Signs in once with the stored text, as the workload will. */
  try(client: Client, secret: Secret, context: RotationContext): Promise<Trial>
  /**
   * Takes away what a crash left without its secret. `known`: we are certain that we made it. Idempotent: what is gone counts
   * as deleted.
   */
  retire(client: Client, name: string, known: boolean, context: RotationContext): Promise<Retired>
  /**
   * Whether the old one is there no more, where what switches it off takes it away: nothing is left to be deleted. Absent where
   * it stays until it is deleted.
   */
  isGone?(client: Client, context: RotationContext): Promise<boolean>
  /** Deletes the old credential; with `ofOwner`, those that `before` names. Idempotent. */
  remove(client: Client, context: RotationContext): Promise<void>
}

/** A place that keeps a secret. */
export interface Sink {
  /** As it was given, e.g. `aws-secretsmanager:prod/ci-key`; holds no secret. */
  place: string
  /** Whether a secret can be stored and read back, and whether one is there. Writes nothing; a Fault says why not. */
  check(): Promise<'new' | 'next version'>
  store(secret: Secret): Promise<void>
  /** Returns the content now, freshly read; undefined when there is none. */
  read(): Promise<Secret | undefined>
  /** Removes what a crash left of an unfinished write. */
  tidy?(): Promise<void>
  /** Takes a secret away that turned out not to work; absent where a new version simply comes after it. */
  forget?(secret: Secret): Promise<void>
}

/** A kind of sink of a cloud. */
export interface SinkKind<Client = unknown> {
  /** The beginning of `--into`, e.g. `aws-secretsmanager`. */
  scheme: string
  /** The form of what follows, for messages, e.g. `NAME`. */
  form: string
  permissions: string[]
  /** The account that an address names; undefined when it names none. */
  account?(address: string): string | undefined
  /** Fault `usage` when the address is not one of this kind. Calls nothing. */
  open(client: Client, address: string): Sink
}
