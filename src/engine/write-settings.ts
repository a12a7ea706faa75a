import { type Difference, entryOf, type Facet, withEntries } from '../model/facet.ts'
import { Fault, type FaultCode, toFault } from '../model/fault.ts'
import type { Context, Interruption, Reading } from '../model/interruption.ts'
import { same } from '../model/json.ts'

/** A setting that stays as it was, and why. */
export interface Unwritten {
  entry: string
  fault: Fault
}

/** Where a difference is written. */
export interface Target {
  interruption: Interruption
  client: unknown
  context: Context
}

/** The settings to write: `from` and `to` as `Interruption.write` takes them, and the entries that have to read as `to` afterwards. */
export interface Settings {
  from: Facet
  to: Facet
  entries: readonly { entry: string; to?: Difference['to'] }[]
  /** Entries that must stand before any other is written: what a step-down leaves before it lifts a cut. */
  first?: ReadonlySet<string>
}

/**
 * Writes settings so that one which the cloud refuses stops that one only. The whole difference is tried in one call,
 * begun synchronously, so that providers can merge what several identities write. If it fails, the identity is read
 * again, and what does not read as wanted is tried in halves, down to single settings.
 *
 * Returns the settings that stay as they were, each with its own fault; code `missing` if what it refers to no longer
 * exists, which two attempts have to say. A fault that is not the setting's (throttled, unavailable) stops trying.
 * Throws what must stop the run (`interrupted`, `bug`, `journal`). Replies lie, so a fault counts only for settings
 * that do not read as wanted.
 */
export async function writeSettings(target: Target, settings: Settings): Promise<Unwritten[]> {
  const attempt = new Attempt(target)
  const { from, to, entries, first } = settings
  const open = await attempt.write(from, to, entries)
  if (open.length === 0) return []
  if (attempt.stopped) return attempt.left(open)
  // It was alone already, and the cloud would say the same again.
  if (entries.length === 1 && attempt.isFinal) return attempt.left(open)
  const leading = entries.filter(({ entry }) => first?.has(entry))
  const others = open.filter(({ entry }) => !first?.has(entry))
  const unwritten = await attempt.each(open.filter(each => leading.includes(each)))
  if (unwritten.length === 0) return await attempt.each(others, { from, entries: leading })
  const [{ fault }] = unwritten as [Unwritten]
  return [...unwritten, ...others.map(({ entry }) => ({ entry, fault: notTried(fault) }))]
}

type Wanted = Settings['entries'][number]

/** Written again with every part, so that the provider waits for them to be enforced as it does when all are written at once. */
type Leading = Pick<Settings, 'from' | 'entries'>

class Attempt {
  readonly #target: Target
  #facet: Facet = {}
  #fault: Fault | undefined
  #stopped = false

  constructor(target: Target) {
    this.#target = target
  }

  /** The fault was not the setting's, or the identity cannot be read: nothing more is tried. */
  get stopped(): boolean {
    return this.#stopped
  }

  /** A refusal that a second attempt does not change; that something is missing, two attempts have to say. */
  get isFinal(): boolean {
    return this.#fault !== undefined && FINAL.has(this.#fault.code)
  }

  left(entries: readonly Wanted[]): Unwritten[] {
    const fault = this.#fault ?? new Fault('bug', 'nothing failed')
    return entries.map(({ entry }) => ({ entry, fault }))
  }

  /** One call for all of them; returns those that do not read as wanted afterwards. */
  async write(from: Facet, to: Facet, entries: readonly Wanted[]): Promise<readonly Wanted[]> {
    const { interruption, client, context } = this.#target
    try {
      await interruption.write(client, from, to, context)
      return []
    } catch (error) {
      const fault = toFault(error)
      if (fault.code === 'bug') throw error
      // A quota that is used up wrote nothing; after any other fault a reading decides, even one that uses up a quota.
      const reading = fault.retryAfter === undefined ? await this.#read() : undefined
      const open = entries.filter(({ entry, to: value }) => !reading || !reads(reading, entry, value))
      if (open.length === 0) return []
      if (fault.code === 'interrupted' || fault.code === 'journal') throw error
      this.#fault = fault
      this.#stopped = reading === undefined || !OF_A_SETTING.has(fault.code)
      this.#facet = reading?.facet ?? from
      return open
    }
  }

  /** In halves: many settings of which few are refused take few calls. */
  async each(entries: readonly Wanted[], leading?: Leading): Promise<Unwritten[]> {
    const [only] = entries
    if (only === undefined) return []
    if (this.#stopped) return this.left(entries)
    if (entries.length === 1) return await this.#alone(only, leading)
    const half = Math.ceil(entries.length / 2)
    const unwritten: Unwritten[] = []
    for (const part of [entries.slice(0, half), entries.slice(half)]) {
      const [first] = part
      if (this.#stopped || part.length === 1) unwritten.push(...(await this.each(part, leading)))
      else if (first) unwritten.push(...(await this.each(await this.#part(part, leading), leading)))
    }
    return unwritten
  }

  async #alone(wanted: Wanted, leading: Leading | undefined): Promise<Unwritten[]> {
    const open = await this.#part([wanted], leading)
    if (open.length === 0) return []
    const unwritten = this.left(open)
    if (this.#stopped) return unwritten
    return unwritten.map(({ entry, fault }) => ({
      entry,
      fault: fault.code === 'gone' ? missing(fault) : fault,
    }))
  }

  #part(entries: readonly Wanted[], leading?: Leading): Promise<readonly Wanted[]> {
    const before = (leading?.entries ?? []).map(({ entry }): [string, Wanted['to']] => [
      entry,
      entryOf(leading?.from ?? {}, entry),
    ])
    const wanted = [...(leading?.entries ?? []), ...entries]
    const to = withEntries(
      this.#facet,
      wanted.map(({ entry, to: value }) => [entry, value]),
    )
    return this.write(withEntries(this.#facet, before), to, wanted)
  }

  /** The identity itself; undefined if it cannot be read, or is not there any more. */
  async #read(): Promise<Reading | undefined> {
    const { interruption, client, context } = this.#target
    const { postpone: _, ...patient } = context
    return await interruption.read(client, patient).catch(() => undefined)
  }
}

const FINAL: ReadonlySet<FaultCode> = new Set(['denied', 'quota', 'unsupported', 'unmodifiable', 'refused'])

/** Faults that may be one setting's, so that another one is worth trying. */
const OF_A_SETTING: ReadonlySet<FaultCode> = new Set([
  'denied',
  'conflict',
  'quota',
  'gone',
  'missing',
  'rejected',
  'unsupported',
  'unmodifiable',
  'refused',
])

function reads({ facet }: Reading, entry: string, value: Wanted['to']): boolean {
  return same(entryOf(facet, entry), value)
}

/** The identity is there, so that it is something else which is not. */
function missing(fault: Fault): Fault {
  return new Fault('missing', fault.message, {
    ...(fault.where === undefined ? {} : { where: fault.where }),
    cause: fault,
  })
}

function notTried(fault: Fault): Fault {
  return new Fault(
    fault.code,
    `not tried, because the deny that has to stand before it was not written: ${fault.message}`,
    {
      ...(fault.where === undefined ? {} : { where: fault.where }),
      ...(fault.next === undefined ? {} : { next: fault.next }),
      cause: fault,
    },
  )
}
