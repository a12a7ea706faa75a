import type { CloudRecords } from './cloud-records.ts'
import { type Envelope, only, type Place } from './envelope.ts'
import { isMembers } from './members.ts'
import { type Provenance, TOKEN } from './provenance.ts'

const ANY = () => undefined

/** RFC 8936: the sets of a poll's answer. */
const poll: Envelope = {
  name: 'poll',
  members: ['sets', 'moreAvailable'],
  open(given) {
    const sets = given['sets']
    if (!isMembers(sets) || !Object.values(sets).every(each => typeof each === 'string')) return undefined
    return { inside: Object.values(sets), place: only([TOKEN]) }
  },
}

const byName = (one: Envelope, other: Envelope) => (one.name < other.name ? -1 : 1)

/** The places that delivered records begin in: a person's hand, a line of a file, a message of each queue. */
export class Places {
  /** Given by a person: everything that a file may be, and messages. */
  readonly given: Place
  /** A line or document of a file. A function's dump of its own messages in a log file is no record. */
  readonly file: Place
  readonly #queues: CloudRecords['queues']

  constructor(clouds: readonly CloudRecords[]) {
    const exports = [...clouds.flatMap(each => each.exports), poll].sort(byName)
    const messages = clouds.flatMap(each => each.messages).sort(byName)
    this.given = { envelopes: [...exports, ...messages], refuses: ANY, isGiven: true, base64: true }
    this.file = { envelopes: exports, refuses: ANY, base64: true }
    this.#queues = Object.assign({}, ...clouds.map(({ queues }) => queues)) as CloudRecords['queues']
  }

  /** Returns where the records of a source begin; a person's hand if there is no source. @throws TypeError for a kind that no cloud has */
  of(from: Pick<Provenance, 'kind' | 'bare'> | undefined): Place {
    if (from === undefined || from.kind === 'given') return this.given
    if (from.kind === 'file') return this.file
    const queue = Object.hasOwn(this.#queues, from.kind) ? this.#queues[from.kind] : undefined
    if (queue === undefined) throw new TypeError(`no cloud reads messages of ${from.kind}:`)
    return (from.bare ? queue.bare : undefined) ?? queue.place
  }
}
