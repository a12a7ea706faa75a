import type { Json } from './json.ts'

/** An action of somebody in a cloud or through an agent, from a record of any format. Plain data. */
export interface Signal {
  /** The record's own id, for telling duplicates apart; made from its digest when it has none. */
  id: string
  /** RFC 3339, UTC: when it happened, not when it was recorded. */
  time: string
  /** `aws`, `gcp`, `azure`; `agent` for what an AI agent's harness or MCP proxy says; `other` when none of them follows. */
  cloud: string
  /** As identities have it: AWS account id, Google project id, Entra tenant id; absent when the record does not say. */
  account?: string
  /** Who: what the record says, and the inventory's own ids where they follow from it. */
  identity: SignalIdentity
  /** The cloud's own name of the operation, e.g. `sts:AssumeRoleWithWebIdentity`, `secretmanager.versions.access`. */
  action: string
  resource?: string
  outcome: 'success' | 'denied' | 'failure'
  sourceIp?: string
  /** ISO 3166-1 alpha-2; only where the record itself says so. */
  country?: string
  userAgent?: string
  /** How often it happened, where one record tells of several times; absent for once. */
  count?: number
  /** Name of the format, e.g. `cloudtrail`, `ocsf`. */
  format: string
  /** Account, project or tenant whose log it is from; `account` is that of the identity. Absent if the record does not say. */
  recordedIn?: string
  /** Why a person has to decide what follows from it: it is too old, from the future. Absent if nothing speaks against it. */
  doubt?: string
  /** A detector's verdict: a finding's category and severity 0–100. */
  finding?: { category: string; severity: number }
  /** Further members of the record that a trigger may look at, flat and bounded. */
  details: { [name: string]: Json }
}

/** The identity of a signal, as far as its record says. */
export interface SignalIdentity {
  /** As in the inventory, e.g. `aws:111122223333:role/ci`; absent when it does not follow from the record. */
  id?: string
  /** The cloud's immutable id where the record has it. */
  uid?: string
  kind?: string
  name: string
  /** Session name, token id or the like. */
  session?: string
  /** The credential that was used, as in the inventory where that follows: an access key id, a key id. */
  credential?: string
}

/** Records of an account that is not ours: they are counted, and reported once. */
export interface Foreign {
  cloud: string
  account: string
  count: number
}
