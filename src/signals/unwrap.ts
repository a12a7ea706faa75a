import { BOUNDS } from './bounds.ts'
import { concatenated } from './concatenated.ts'
import { Unreadable } from './draft.ts'
import { opened, type Place } from './envelope.ts'
import { isToken } from './formats/security-event-token.ts'
import { isMembers, type Members } from './members.ts'
import { LEFT_OUT, Work } from './work.ts'

/**
 * One record out of its envelopes, with the place where it was: an object, or a security event token as text. Or what is wrong
 * with it.
 */
export type Leaf = { record: Members | string; place: Place } | { flaw: string; given: unknown }

export interface Unwrapping {
  /** Where the given thing comes from. */
  top: Place
  /** Whether a mapping reads this object: it is then a record, and its content is not unwrapped. */
  isMapped?(record: Members): boolean
  /** Counts what is done; a new one if absent. */
  work?: Work
}

/** Every record in what came as one thing. Ends with a flaw if there are more than may be. */
export function* leaves(given: unknown, { top, isMapped, work = new Work() }: Unwrapping): Generator<Leaf> {
  let count = 0
  const opening = new Opening(isMapped ?? (() => false), work)
  for (const leaf of opening.unwrapped(given, top, 0)) {
    count += 1
    work.records += 1
    if (count > BOUNDS.records) {
      yield { flaw: `more than ${BOUNDS.records} records in one: ${LEFT_OUT}`, given: undefined }
      return
    }
    yield leaf
    if (work.isSpent) return
  }
}

class Opening {
  readonly #isMapped: (record: Members) => boolean
  readonly #work: Work

  constructor(isMapped: (record: Members) => boolean, work: Work) {
    this.#isMapped = isMapped
    this.#work = work
  }

  *unwrapped(given: unknown, place: Place, depth: number): Generator<Leaf> {
    try {
      if (depth > BOUNDS.wrappers)
        throw new Unreadable(`more than ${BOUNDS.wrappers} wrappers in one another`)
      if (given instanceof Uint8Array) yield* this.#texts(bytesText(given), place, depth)
      else if (typeof given === 'string') yield* this.#texts(given, place, depth)
      else if (Array.isArray(given)) for (const item of given) yield* this.#item(item, place, depth + 1)
      else if (isMembers(given)) yield* this.#members(given, place, depth)
      else throw new Unreadable('not a record: it has to be a JSON object')
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error
      yield { flaw: error.message, given }
    }
  }

  /** A text in a list is a record only in a list of texts, or if it is a token. */
  *#item(item: unknown, place: Place, depth: number): Generator<Leaf> {
    if (typeof item === 'string' && !place.texts) yield* this.#json(item, place, depth - 1)
    else yield* this.unwrapped(item, place, depth)
  }

  *#members(given: Members, place: Place, depth: number): Generator<Leaf> {
    const envelope = this.#isMapped(given) ? undefined : opened(given, place)
    if (envelope === undefined) yield { record: given, place }
    else {
      // An envelope inside another is of the same account.
      const { account = place.account, isGiven = place.isGiven } = envelope.place
      yield* this.unwrapped(envelope.inside, { ...envelope.place, account, isGiven }, depth + 1)
    }
  }

  *#texts(text: string, place: Place, depth: number): Generator<Leaf> {
    this.#work.read(text.length)
    if (text.length > BOUNDS.whole) throw new Unreadable('larger than 64 MiB')
    const trimmed = text.replace(/^\uFEFF/, '').trim()
    if (isToken(trimmed)) {
      if (trimmed.length > BOUNDS.record) throw new Unreadable('it is larger than 1 MiB')
      yield { record: trimmed, place }
      return
    }
    const whole = parsed(trimmed)
    const several = whole === undefined ? concatenated(trimmed) : undefined
    if (whole !== undefined) yield* this.#json(whole.json, place, depth)
    else if (several !== undefined) for (const each of several) yield* this.#json(each, place, depth)
    else if (trimmed.includes('\n')) yield* this.#lines(trimmed, place, depth)
    else if (place.base64) yield* this.#json(decoded(trimmed), place, depth)
    else throw new Unreadable('not JSON')
  }

  /** A line at a time: each that cannot be read is set aside on its own. */
  *#lines(text: string, place: Place, depth: number): Generator<Leaf> {
    for (let from = 0; from < text.length; ) {
      const end = text.indexOf('\n', from)
      const line = text.slice(from, end < 0 ? undefined : end).trim()
      from = end < 0 ? text.length : end + 1
      if (line === '') continue
      const one = isToken(line) ? { json: line } : (parsed(line) ?? listed(concatenated(line)))
      if (one === undefined) yield { flaw: 'not JSON', given: line }
      else yield* this.#json(one.json, place, depth)
    }
  }

  /** A text inside a text is nobody's record, unless it is a token. */
  *#json(json: unknown, place: Place, depth: number): Generator<Leaf> {
    if (typeof json === 'string' && !isToken(json))
      yield { flaw: 'not a record: it has to be a JSON object', given: json }
    else yield* this.unwrapped(json, place, depth + 1)
  }
}

function bytesText(bytes: Uint8Array): string {
  if (bytes.length > BOUNDS.whole) throw new Unreadable('larger than 64 MiB')
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')
}

function parsed(text: string): { json: unknown } | undefined {
  try {
    return { json: JSON.parse(text) as unknown }
  } catch {
    return undefined
  }
}

function listed(values: unknown[] | undefined): { json: unknown } | undefined {
  return values === undefined ? undefined : { json: values }
}

/** Azure's queues hold base64 of JSON, as Pub/Sub's messages do. */
function decoded(text: string): unknown {
  const plain =
    text.length > 0 && /^[A-Za-z0-9+/_-]+=*$/.test(text) ? Buffer.from(text, 'base64').toString('utf8') : ''
  if (!/^\s*[[{]/.test(plain)) throw new Unreadable('not JSON')
  const json = parsed(plain)
  if (json === undefined) throw new Unreadable('not JSON')
  return json.json
}
