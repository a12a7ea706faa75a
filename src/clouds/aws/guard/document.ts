import { entryOf, type Facet, withEntries } from '../../../model/facet.ts'
import { type Json, same } from '../../../model/json.ts'

/**
 * The guard policy of an account: one service control policy, in which each statement of ours lists principals. As entries of
 * a facet: `guard/all/<arn>` and `guard/undo/<arn>` (true), and `guard/sessions/<arn>` (RFC 3339: what was issued before is
 * denied). Statements that are not ours stay as they are.
 */

export const GUARD = 'guard/'

/** The denied actions: all, or only those that would undo a containment. */
export type Deny = 'all' | 'undo'

/**
 * The actions by which a principal undoes its containment, to make itself other credentials, or to become another principal. Reads,
 * data and machines go on working.
 */
const UNDOING = [
  'iam:Add*',
  'iam:Attach*',
  'iam:Create*',
  'iam:Delete*',
  'iam:Detach*',
  'iam:Enable*',
  'iam:PassRole',
  'iam:Put*',
  'iam:Remove*',
  'iam:Reset*',
  'iam:Set*',
  'iam:Tag*',
  'iam:Untag*',
  'iam:Update*',
  'iam:Upload*',
  'organizations:*',
  'sts:AssumeRole*',
  'sts:GetFederationToken',
]

/** Characters of a service control policy as they are sent (Organizations User Guide, "Quotas", since May 2026). */
export const CHARACTERS = 10_240
/** Policies that may be attached to one account (ibid.). */
export const PLACES = 10

/** A statement that denies nothing to anybody; it keeps a place, so that an incident takes a single call. */
const PREPARED: Json = {
  Sid: 'InterdictPrepared',
  Effect: 'Deny',
  Action: '*',
  Resource: '*',
  Condition: { ArnEquals: { 'aws:PrincipalArn': ['arn:aws:iam::000000000000:role/interdict-guard'] } },
}

/** Names of policies are unique in an organization. */
export function guardPolicyName(account: string): string {
  return `interdict-guard-${account}`
}

/** IAM's characters for paths and names: in any other ARN a character could be read as a wildcard, and match somebody else. */
export function isPlainArn(arn: string): boolean {
  return /^arn:aws[\w-]*:iam::\d{12}:(user|role)\/[\w+=,.@/-]+$/.test(arn)
}

export function guardEntry(mode: Deny | 'sessions', arn: string): string {
  return `${GUARD}${mode}/${arn}`
}

/** The principal of an entry. */
function arnOf(entry: string): string {
  return entry.slice(entry.indexOf('/', GUARD.length) + 1)
}

/** The content of a guard policy. */
export interface GuardDocument {
  /** All principals of our statements, as entries. */
  entries: Facet
  /** Statements that are not ours, as they are. */
  foreign: Json[]
  /** It was attached before any incident, and stays when the last entry goes. */
  prepared: boolean
}

export const NO_GUARD: GuardDocument = { entries: {}, foreign: [], prepared: false }

export const PREPARED_GUARD: GuardDocument = { ...NO_GUARD, prepared: true }

/** Reads the text; AWS stores no text that is not JSON with statements in it, and such a text says nothing. */
export function readGuard(content: string): GuardDocument {
  const found: GuardDocument = { entries: {}, foreign: [], prepared: false }
  for (const statement of statementsIn(content)) {
    if (same(statement, PREPARED)) found.prepared = true
    else {
      const own = ownEntries(statement)
      if (own === undefined) found.foreign.push(statement)
      else Object.assign(found.entries, own)
    }
  }
  return found
}

/** The text, without white space: Organizations counts every character that the SDK sends. */
export function guardText({ entries, foreign, prepared }: GuardDocument): string {
  const groups = new Map<string, { statement: (arns: string[]) => Json; arns: string[] }>()
  for (const entry of Object.keys(entries).sort()) {
    const value = entryOf(entries, entry)
    const kind = kindOf(entry, value)
    if (kind === undefined) continue
    const group = groups.get(kind.name) ?? { statement: kind.statement, arns: [] }
    group.arns.push(arnOf(entry))
    groups.set(kind.name, group)
  }
  const taken = new Set(foreign.map(sidOf))
  return JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      ...(prepared ? [PREPARED] : []),
      ...[...groups.values()].map(({ statement, arns }) => withSid(statement(arns), taken)),
      ...foreign,
    ],
  })
}

export function isEmpty({ entries, foreign, prepared }: GuardDocument): boolean {
  return Object.keys(entries).length === 0 && foreign.length === 0 && !prepared
}

/** The document with some entries as they are wanted; undefined takes one away. */
export function withGuards(
  document: GuardDocument,
  wanted: { [entry: string]: Json | undefined },
): GuardDocument {
  return { ...document, entries: withEntries(document.entries, Object.entries(wanted)) }
}

interface Kind {
  name: string
  statement: (arns: string[]) => Json
}

const principals = (arns: string[]) => ({ ArnEquals: { 'aws:PrincipalArn': arns } })

const ALL: Kind = {
  name: 'InterdictDenyAll',
  statement: arns => ({
    Sid: 'InterdictDenyAll',
    Effect: 'Deny',
    Action: '*',
    Resource: '*',
    Condition: principals(arns),
  }),
}

const UNDO: Kind = {
  name: 'InterdictDenyUndo',
  statement: arns => ({
    Sid: 'InterdictDenyUndo',
    Effect: 'Deny',
    Action: UNDOING,
    Resource: '*',
    Condition: principals(arns),
  }),
}

/** Long-term keys carry no `aws:TokenIssueTime`, and the plain operator does not match where the key is absent. */
const sessionsBefore = (time: string): Kind => ({
  name: `InterdictSessions${time.replace(/\W/g, '')}`,
  statement: arns => ({
    Sid: `InterdictSessions${time.replace(/\W/g, '')}`,
    Effect: 'Deny',
    Action: '*',
    Resource: '*',
    Condition: { ...principals(arns), DateLessThan: { 'aws:TokenIssueTime': time } },
  }),
})

function kindOf(entry: string, value: Json | undefined): Kind | undefined {
  if (value === true && entry.startsWith(`${GUARD}all/`)) return ALL
  if (value === true && entry.startsWith(`${GUARD}undo/`)) return UNDO
  return typeof value === 'string' && entry.startsWith(`${GUARD}sessions/`)
    ? sessionsBefore(value)
    : undefined
}

/** Undefined for a statement that is not, in everything but a number after its Sid, one that we would write. */
function ownEntries(statement: Json): Facet | undefined {
  const condition = member(statement, 'Condition')
  const arns = member(member(condition, 'ArnEquals'), 'aws:PrincipalArn')
  if (!Array.isArray(arns) || arns.length === 0 || !arns.every(isText)) return undefined
  const time = member(member(condition, 'DateLessThan'), 'aws:TokenIssueTime')
  const sid = sidOf(statement).replace(NUMBER, '')
  const candidates: [Deny | 'sessions', Kind, Json][] = isText(time)
    ? [['sessions', sessionsBefore(time), time]]
    : [
        ['all', ALL, true],
        ['undo', UNDO, true],
      ]
  for (const [mode, kind, value] of candidates) {
    const ours = { ...(kind.statement(arns) as object), Sid: kind.name }
    if (!same({ ...(statement as object), Sid: sid }, ours)) continue
    return Object.fromEntries(arns.map(arn => [guardEntry(mode, arn), value]))
  }
  return undefined
}

/** Set apart by a letter, since the Sids of sessions end in a time. */
const NUMBER = /N\d+$/

function isText(value: Json | undefined): value is string {
  return typeof value === 'string'
}

function statementsIn(content: string): Json[] {
  try {
    const found = member(JSON.parse(content) as Json, 'Statement')
    return Array.isArray(found) ? found : found === undefined ? [] : [found]
  } catch {
    return []
  }
}

function member(value: Json | undefined, name: string): Json | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  return Object.hasOwn(value, name) ? value[name] : undefined
}

function sidOf(statement: Json): string {
  return String(member(statement, 'Sid') ?? '')
}

/** A Sid stands once in a document; one that somebody else's statement has is given a number. */
function withSid(statement: Json, taken: ReadonlySet<string>): Json {
  const sid = sidOf(statement)
  if (!taken.has(sid)) return statement
  let at = 2
  while (taken.has(`${sid}N${at}`)) at += 1
  return { ...(statement as object), Sid: `${sid}N${at}` }
}
