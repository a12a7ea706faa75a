import { isMembers, type Members } from './members.ts'

/** One kind of envelope that records come in: a log file, an event of a bus, a message of a queue. */
export interface Envelope {
  /** One name among all envelopes. */
  name: string
  /**
   * Every member that it may have. An object with any other is somebody's own record, even if it looks like an envelope
   * otherwise: nothing that somebody typed into a form and that was logged becomes a record.
   */
  members: readonly string[]
  /** Beginnings of further names. */
  prefixes?: readonly string[]
  /** Returns undefined if this is not such an envelope. @throws Unreadable if it is one that holds no records */
  open(given: Members, place: Place): Opened | undefined
}

/** The contents of an envelope, and which records count there. */
export interface Opened {
  inside: unknown
  place: Place
}

/** A place in a delivered record: which envelopes may be there, and which records count. */
export interface Place {
  envelopes: readonly Envelope[]
  /** Why a record of this format (`''`: of none) does not count here; undefined if it does. */
  refuses(format: string): string | undefined
  /** Account that the envelope says the records are of. */
  account?: string | undefined
  /** A person hands it over, perhaps shortened: an event need not say which account it is of. */
  isGiven?: true | undefined
  /** Text here may be base64 of JSON. */
  base64?: true
  /** A list here holds records as texts. */
  texts?: true
}

/** Returns a place for records of these formats alone. */
export function only(formats: readonly string[], envelopes: readonly Envelope[] = []): Place {
  return {
    envelopes,
    refuses: format =>
      format === '' || formats.includes(format)
        ? undefined
        : 'a record that does not belong into its envelope',
  }
}

/** Returns a place where no record counts, for this reason. */
export function none(because: string): Place {
  return { envelopes: [], refuses: () => because }
}

/** Returns an `open` for envelopes whose member `name` is the list of records. */
export function listIn(name: string, place: Place): Envelope['open'] {
  return given => (Array.isArray(given[name]) ? { inside: given[name], place } : undefined)
}

/** Opens what is one of the envelopes of the place; undefined if it is none of them. @throws Unreadable */
export function opened(given: Members, place: Place): Opened | undefined {
  const names = Object.keys(given)
  for (const { members, prefixes = [], open } of place.envelopes) {
    const isOwn = names.every(
      each => members.includes(each) || prefixes.some(prefix => each.startsWith(prefix)),
    )
    const found = isOwn ? open(given, place) : undefined
    if (found !== undefined) return found
  }
  return undefined
}

interface CloudEventOf {
  /** Name of the envelope. */
  name: string
  /** Beginning of the `type` of this sender's events. */
  types: string
  /** Beginnings of attributes that the sender adds. */
  attributes?: readonly string[]
  /** Whether the event is a record itself, and is left closed. */
  isRecord?(data: Members): boolean
}

/** Returns the envelope of one sender's CloudEvents (CNCF, 1.0). Events of other types are of applications. */
export function cloudEvent({ name, types, attributes, isRecord }: CloudEventOf, place: Place): Envelope {
  return {
    name,
    members: [
      'specversion',
      'id',
      'source',
      'type',
      'time',
      'subject',
      'datacontenttype',
      'dataschema',
      'data',
    ],
    ...(attributes ? { prefixes: attributes } : {}),
    open({ specversion, type, data }) {
      if (typeof specversion !== 'string' || typeof type !== 'string' || !isMembers(data)) return undefined
      return type.startsWith(types) && !isRecord?.(data) ? { inside: data, place } : undefined
    },
  }
}
