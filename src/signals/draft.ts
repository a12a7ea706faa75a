import { isIP } from 'node:net'
import { digest } from '../model/json.ts'
import type { Signal, SignalIdentity } from '../model/signal.ts'
import { flat, type Members, textOf } from './members.ts'

/** A signal in the making: what is undefined is not there, and nothing is bounded yet. */
export interface Draft {
  id?: string | undefined
  /** RFC 3339 (also with a space for its T), or seconds, milli-, micro- or nanoseconds since the epoch. */
  time: unknown
  cloud: string
  account?: string | undefined
  identity: { [part in keyof SignalIdentity]?: string | undefined }
  action: string | undefined
  resource?: string | undefined
  outcome: Signal['outcome']
  sourceIp?: string | undefined
  country?: string | undefined
  userAgent?: string | undefined
  finding?: Signal['finding'] | undefined
  /** As the record says it. */
  count?: unknown
  details?: Members
  /** Account, project or tenant whose log the record is from; its identity may be of another. */
  recordedIn?: string | undefined
  /** When the record itself was issued, if that counts for its age besides `time`. */
  issued?: unknown
}

/** A record that is none of what it looks like; the message is the reason, and holds no value of the record. */
export class Unreadable extends Error {
  constructor(message: string) {
    const { stackTraceLimit } = Error
    // Junk comes by the million, and nobody reads where its reason was made.
    Error.stackTraceLimit = 0
    super(message)
    Error.stackTraceLimit = stackTraceLimit
  }
}

const FIRST = Date.UTC(2000, 0, 1)
const LAST = Date.UTC(2200, 0, 1)

/** The signal that a draft makes; throws Unreadable when it says neither when, who nor what. */
export function signalFrom(draft: Draft, format: string, record: unknown): Signal {
  const time = timeOf(draft.time)
  if (time === undefined) throw new Unreadable(`a ${format} record without a time that can be read`)
  const action = textOf(draft.action, 300)
  if (action === undefined) throw new Unreadable(`a ${format} record that does not say what was done`)
  const { finding } = draft
  return defined({
    id: idOf(draft.id, record),
    time,
    cloud: draft.cloud,
    account: textOf(draft.account, 200),
    identity: identityFrom(draft.identity),
    action,
    resource: textOf(draft.resource, 1_000),
    outcome: draft.outcome,
    sourceIp: ipOf(draft.sourceIp),
    country: countryOf(draft.country),
    userAgent: textOf(draft.userAgent, 500),
    count: countOf(draft.count),
    format,
    finding: finding && {
      category: finding.category.slice(0, 300),
      severity: Math.min(100, Math.max(0, Math.round(finding.severity) || 0)),
    },
    recordedIn: textOf(draft.recordedIn, 200),
    details: flat(draft.details ?? {}),
  }) as unknown as Signal
}

function identityFrom(parts: Draft['identity']): SignalIdentity {
  const name = textOf(parts.name, 500) ?? textOf(parts.uid, 500) ?? 'unknown'
  return defined({
    id: parts.id !== undefined && parts.id.length <= 800 ? parts.id : undefined,
    uid: textOf(parts.uid, 500),
    kind: textOf(parts.kind, 100),
    name,
    session: textOf(parts.session, 500),
    credential: textOf(parts.credential, 300),
  }) as unknown as SignalIdentity
}

/** A clipped id could pass for another record's, so that a long one is digested. */
function idOf(given: string | undefined, record: unknown): string {
  if (given === undefined || given === '') return digest(record)
  return given.length > 200 ? digest(given) : given
}

/** RFC 3339 in UTC; a time without a zone is UTC, as all clouds have it. */
export function timeOf(value: unknown): string | undefined {
  const ms = millisecondsOf(value)
  return ms !== undefined && ms >= FIRST && ms < LAST ? new Date(ms).toISOString() : undefined
}

function millisecondsOf(value: unknown): number | undefined {
  if (typeof value === 'number') return sinceEpoch(value)
  if (typeof value !== 'string' || value.length > 64) return undefined
  if (/^\d{9,19}(?:\.\d{1,9})?$/.test(value)) return sinceEpoch(Number(value))
  const [, day, clock, zone = 'Z'] =
    /^(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?) ?([Zz]|UTC|[+-]\d\d(?::?\d\d)?)?(?: UTC)?$/.exec(
      value,
    ) ?? []
  if (day === undefined || clock === undefined) return undefined
  const ms = Date.parse(`${day}T${clock.replace(',', '.')}${offsetOf(zone)}`)
  return Number.isNaN(ms) ? undefined : ms
}

/** Seconds, milli-, micro- or nanoseconds, distinguished by their size: the four do not overlap between 1973 and 2200. */
function sinceEpoch(value: number): number {
  if (value < 1e11) return Math.round(value * 1_000)
  if (value < 1e14) return Math.round(value)
  return Math.round(value < 1e17 ? value / 1e3 : value / 1e6)
}

/** `Z`, `UTC`, `+02`, `+0200` and `+02:00` as RFC 3339 has them. */
function offsetOf(zone: string): string {
  if (/^(?:z|utc)$/i.test(zone)) return 'Z'
  const hours = zone.slice(0, 3)
  const minutes = zone.slice(3).replace(':', '')
  return `${hours}:${minutes === '' ? '00' : minutes}`
}

/** An address alone; Azure sometimes gives the port with it. */
export function ipOf(value: unknown): string | undefined {
  if (typeof value !== 'string' || value.length > 64) return undefined
  const address =
    /^(\d+\.\d+\.\d+\.\d+):\d+$/.exec(value)?.[1] ?? /^\[(.+)\](?::\d+)?$/.exec(value)?.[1] ?? value
  return isIP(address) === 0 ? undefined : address.toLowerCase()
}

/** Undefined for once, and for what is no number of times. */
function countOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 1 ? value : undefined
}

function countryOf(value: string | undefined): string | undefined {
  return value !== undefined && /^[A-Za-z]{2}$/.test(value) ? value.toUpperCase() : undefined
}

function defined(members: Members): Members {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined))
}
