import type { Json } from './json.ts'
import type { SignalIdentity } from './signal.ts'

/** A trigger has fired. Plain data. */
export interface Firing {
  /** Digest of playbook, trigger, group and first causing event: the same firing has the same id after a restart. */
  id: string
  playbook: string
  trigger: string
  mode: 'propose' | 'act'
  /** Values that the events have in common: path in the signal → value. */
  group: { [path: string]: string }
  /** Ids of the signals that caused it, oldest first, the last 100 of them; the newest is the one just observed. */
  events: string[]
  /** How many there were. */
  count: number
  /** RFC 3339: event time of the signal that completed it. */
  time: string
  /** Why, for people: `5 events in 10m (at least 5)`. */
  why: string
  /** Inputs of the playbook, checked against its `inputs`. */
  inputs: { [name: string]: Json }
  cloud: string
  account?: string
  identity: SignalIdentity
  /** Account, project or tenant whose log the newest event is from. */
  recordedIn?: string
  /** Why a person has to decide in every `mode`: one of the events is doubtful. */
  doubt?: string
}
