import type { LoggedGrant } from '../model/entry.ts'
import type { Foreign, Signal } from '../model/signal.ts'
import type { Poison } from '../model/watch.ts'
import { type AgeLimit, doubtOf } from './age.ts'
import { AnyCloud } from './any-cloud.ts'
import { excess } from './bounds.ts'
import type { CloudRecords } from './cloud-records.ts'
import { type Draft, signalFrom, Unreadable } from './draft.ts'
import type { Place } from './envelope.ts'
import { excerptOf } from './excerpt.ts'
import type { Format } from './format.ts'
import { gate } from './formats/gate.ts'
import type { Mapping } from './formats/mapping.ts'
import { ocsf } from './formats/ocsf.ts'
import { KeysUnreachable, readToken, type TokenOptions } from './formats/security-event-token.ts'
import { isMembers, type Members } from './members.ts'
import { Places } from './places.ts'
import { GATE, OCSF, type Provenance, TOKEN } from './provenance.ts'
import { leaves } from './unwrap.ts'
import { LEFT_OUT, type Work } from './work.ts'

export interface SignalOptions {
  /** Whose security event tokens are believed; without it every one of them is poison. */
  tokens?: TokenOptions
  /** How to read JSON that is in no known format; tried in order, before the known formats and before any envelope. */
  mappings?: readonly Mapping[]
  /** The account (tenant) of records that do not name theirs. */
  tenant?: string
  /** Counts what is done for this one record; a new one if absent. */
  work?: Work
  /** The formats that the source may deliver; absent for a record that a person hands over. */
  from?: Provenance
  /** Whether an account, project or tenant is ours; undefined if nobody knows. */
  isOurs?(cloud: string, account: string): boolean | undefined
  /** Whether a record of the gate has the gate's seal. */
  isSealed?(record: Members): boolean
  /** How old a record may be without being doubtful. */
  age?: AgeLimit
}

export interface Reading {
  signals: Signal[]
  /** The part of the record that could not be read: the first reason, with how many there were when there are several. */
  poison?: Poison
  /** The reason may pass (keys that cannot be fetched now): the same record is worth another try. */
  again?: true
  /** Records of accounts that are not ours. */
  foreign?: Foreign[]
}

/** How many records are read before other work gets a turn. */
const TURN = 250

/** Reads the records of all clouds that it was made for, and the formats that are of no cloud. */
export class RecordReader {
  readonly names: AnyCloud
  /** The clouds that it reads, in their order. */
  readonly clouds: readonly string[]
  readonly #clouds: readonly CloudRecords[]
  readonly #formats: readonly Format[]
  readonly #places: Places

  constructor(clouds: readonly CloudRecords[]) {
    this.#clouds = clouds
    this.clouds = clouds.map(({ cloud }) => cloud)
    this.names = new AnyCloud(clouds)
    this.#formats = [gate, ...clouds.flatMap(({ formats }) => formats), ocsf(clouds, this.names)]
    this.#places = new Places(clouds)
  }

  /** Names of the formats of one cloud's own logs and detectors; none for a cloud that is not read. */
  formatsOf(cloud: string): string[] {
    return this.#clouds
      .filter(each => each.cloud === cloud)
      .flatMap(each => each.formats.map(({ name }) => name))
  }

  /** Returns the cloud whose queue this scheme names, and whether its messages may be bare; undefined if no cloud has such a queue. */
  queueOf(scheme: string): { cloud: string; bare: boolean } | undefined {
    const of = this.#clouds.find(({ queues }) => Object.hasOwn(queues, scheme))
    return of && { cloud: of.cloud, bare: of.queues[scheme]?.bare !== undefined }
  }

  /** Names of the formats that a file may hold: all but tokens and the gate's. */
  get exported(): string[] {
    return [...this.#clouds.flatMap(({ cloud }) => this.formatsOf(cloud)), OCSF]
  }

  /**
   * The signals in one record: text (JSON, newline-delimited JSON, a compact JWS), bytes of it, or what JSON.parse made
   * of it; bare, or in the envelopes that its source may have. Never throws. Both may be there: some of a batch
   * were signals and some were not. Neither means that the record says nothing (a test message, a finding that is closed).
   */
  async signalsOf(record: unknown, options: SignalOptions = {}): Promise<Reading> {
    const signals: Signal[] = []
    const flaws: Poison[] = []
    const foreign = new Map<string, Foreign>()
    let [count, again] = [0, false]
    const refuse = (reason: string, given: unknown) => {
      count += 1
      if (count === 1 || reason.endsWith(LEFT_OUT)) flaws[0] = { reason, excerpt: excerptOf(given ?? record) }
    }
    let met = 0
    const { work } = options
    const top = this.#places.of(options.from)
    const isMapped = (given: Members) => mappingOf(given, options) !== undefined
    for (const leaf of leaves(record, { top, isMapped, ...(work ? { work } : {}) })) {
      met += 1
      if (met % TURN === 0) await new Promise(resolve => setImmediate(resolve))
      if ('flaw' in leaf) refuse(leaf.flaw, leaf.given)
      else {
        try {
          signals.push(...(await this.#read(leaf.record, leaf.place, options)))
        } catch (error) {
          again ||= error instanceof KeysUnreachable
          if (error instanceof NotOurs) countForeign(foreign, error)
          else refuse(error instanceof Unreadable ? error.message : 'it cannot be read', leaf.record)
        }
      }
    }
    const others = foreign.size > 0 ? { foreign: [...foreign.values()] } : {}
    const [first] = flaws
    if (first === undefined) return { signals, ...others }
    const reason = count === 1 ? first.reason : `${first.reason} (and ${count - 1} more)`
    return { signals, poison: { ...first, reason }, ...(again ? { again: true } : {}), ...others }
  }

  /**
   * Returns who gave an identity a right, and when, in records of the clouds' logs, bare or in their envelopes. Entries are
   * named as the interruptions name them. Records of anything else are skipped.
   */
  grantsIn(given: unknown): LoggedGrant[] {
    return [...leaves(given, { top: this.#places.given })].flatMap(leaf => {
      if (!('record' in leaf) || !isMembers(leaf.record)) return []
      const { record } = leaf
      return this.#clouds.flatMap(({ grantsIn }) => grantsIn?.(record) ?? [])
    })
  }

  async #read(record: Members | string, place: Place, options: SignalOptions): Promise<Signal[]> {
    if (typeof record === 'string') {
      checkFormat(TOKEN, place, options)
      return drafted(await readToken(record, options.tokens, this.names), TOKEN, record, options)
    }
    const flaw = excess(record)
    if (flaw !== undefined) throw new Unreadable(flaw)
    const mapping = mappingOf(record, options)
    const format = mapping?.format ?? this.#formats.find(each => each.fits(record))
    if (format === undefined) throw new Unreadable(place.refuses('') ?? 'in no format that is known')
    if (mapping === undefined) checkFormat(format.name, place, options)
    if (format.name === GATE && options.isSealed?.(record) === false) {
      throw new Unreadable(
        "a gate record without the gate's seal: only lines that interdict-gate wrote itself count",
      )
    }
    const drafts = format
      .read(record, { tenant: options.tenant, names: this.names })
      .map(draft => ownDraft(draft, format.name, place, options))
    return drafted(drafts, format.name, record, options)
  }
}

/** A record of an account that is not ours. */
class NotOurs extends Unreadable {
  readonly cloud: string
  readonly account: string

  constructor(cloud: string, account: string) {
    super('a record of an account that is not ours')
    this.cloud = cloud
    this.account = account
  }
}

function countForeign(foreign: Map<string, Foreign>, { cloud, account }: NotOurs): void {
  const key = `${cloud} ${account}`
  foreign.set(key, { cloud, account, count: (foreign.get(key)?.count ?? 0) + 1 })
}

/** The mapping that reads a record, if the source may deliver its records. */
function mappingOf(record: Members, { mappings = [], from }: SignalOptions): Mapping | undefined {
  return mappings.find(
    ({ name, format }) => (from === undefined || from.formats.has(name)) && format.fits(record),
  )
}

/** @throws Unreadable if a record of this format does not count where it was */
function checkFormat(format: string, place: Place, { from }: SignalOptions): void {
  if (from !== undefined && !from.formats.has(format)) {
    throw new Unreadable(
      `a ${format} record, which this source may not deliver (it may: ${[...from.formats].join(', ') || 'nothing'}); name the formats ` +
        `before the source if it may, as in --source ${nameOf(format)}@${from.kind === 'file' ? 'file:PATH' : `${from.kind}:…`}`,
    )
  }
  const because = place.refuses(format)
  if (because !== undefined) throw new Unreadable(because)
}

function nameOf(format: string): string {
  return format === TOKEN ? 'tokens' : format
}

/**
 * The draft with the account whose log it is from, which has to be that of its envelope, and one of ours. In an
 * organisation one account sends the findings of others: both are then ours.
 *
 * @throws Unreadable
 */
function ownDraft(draft: Draft, format: string, { account }: Place, { isOurs }: SignalOptions): Draft {
  const { cloud } = draft
  const recordedIn = draft.recordedIn ?? account
  if (recordedIn === undefined || format === GATE || format === TOKEN) return { ...draft, recordedIn }
  const ours = isOurs?.(cloud, recordedIn)
  if (account !== undefined && account !== recordedIn && !(ours === true && isOurs?.(cloud, account))) {
    throw new Unreadable('an envelope of another account than the record in it')
  }
  if (ours === false) throw new NotOurs(cloud, recordedIn)
  return { ...draft, recordedIn }
}

function drafted(
  drafts: readonly Draft[],
  format: string,
  record: unknown,
  { age }: SignalOptions,
): Signal[] {
  return drafts.map(draft => {
    const signal = signalFrom(draft, format, record)
    const doubt = age && doubtOf(signal.time, draft.issued, age)
    return doubt === undefined ? signal : { ...signal, doubt }
  })
}
