import type { Body, Entry } from '../model/entry.ts'
import { Fault } from '../model/fault.ts'
import { canonical } from '../model/json.ts'
import { FormerEntries } from '../model/run/former-settings.ts'
import { type ChainEnd, closeLine, openLine, prevOf } from '../store/hash-chain.ts'
import type { Head } from './head-files.ts'

/** A longer line is not one of ours. */
const MOST_LINE_BYTES = 64 * 1024 * 1024

const NEWLINE = 0x0a

/** An entry and the line that stands for it, newline included. */
export interface Sealed {
  entry: Entry
  line: Buffer
}

/**
 * Makes the entry after `head`. The hash is over the canonical text as it goes to disk; the entry is read back from that
 * text, so that what is returned is what a later reader gets (members that are `undefined` are gone).
 */
export function sealEntry(
  body: Body,
  {
    run,
    at,
    head,
    sign,
  }: { run: string; at: string; head: Head | undefined; sign: (hash: string) => string },
): Sealed {
  const seq = head ? head.seq + 1 : 0
  const text = canonical({ ...body, v: 2, run, seq, at, prev: prevOf(head) })
  const { text: whole, line } = closeLine(text, hash => ({ sig: sign(hash) }))
  if (line.length > MOST_LINE_BYTES) {
    throw new Fault('journal', `an entry of ${line.length} bytes is more than a journal takes`, {
      next: 'select fewer identities in one run',
    })
  }
  return { entry: JSON.parse(whole), line }
}

/** The content of a journal: its whole lines, and where the part that a crash left unfinished begins. */
interface Lines {
  lines: Buffer[]
  /** Bytes of whole lines; what follows is torn. */
  whole: number
}

/**
 * Splits a journal. The unfinished end is what has no newline, and lines after the known head that are not entries at
 * all, as a crash in the middle of a group leaves them.
 */
export function splitLines(bytes: Buffer, head: Pick<Head, 'seq'> | undefined): Lines {
  const lines: Buffer[] = []
  let from = 0
  for (let to = bytes.indexOf(NEWLINE); to >= 0; to = bytes.indexOf(NEWLINE, from)) {
    lines.push(bytes.subarray(from, to))
    from = to + 1
  }
  while (head && lines.length > head.seq + 1) {
    const last = lines.at(-1)
    if (!last || parts(last)) break
    lines.pop()
    from -= last.length + 1
  }
  return { lines, whole: from }
}

/** An entry as it was read; undefined if the line is not an entry. */
function parts(
  line: Buffer,
): { value: { readonly [name: string]: unknown }; hash: string; sig: string; intact: boolean } | undefined {
  const opened = line.length > MOST_LINE_BYTES ? undefined : openLine(line)
  const sig = opened?.proof.sig
  return opened && sig !== undefined ? { ...opened, sig } : undefined
}

export interface Expected {
  run: string
  /** The journal's path, for faults. */
  path: string
  head: Head | undefined
  /** Whether a signature of a hash is believed; `at`: when it says that it was made, RFC 3339. */
  verify: (hash: string, signature: string, at: string) => boolean
  /**
   * Which signatures are checked: `every`, or only the `last`, which vouches for all before it because its hash covers
   * them (a signature costs as much as fifty hashes).
   */
  signatures: 'every' | 'last'
  /** How to come to trust another machine's key. */
  trust: string
}

/** How far the entries of a journal were checked: its next lines are checked from here on. */
export interface Checked {
  count: number
  /** Number and hash of the last entry; undefined: none was checked. */
  end: ChainEnd | undefined
  former: FormerEntries
}

/** Returns the progress before the first entry. */
export function noneChecked(): Checked {
  return { count: 0, end: undefined, former: new FormerEntries() }
}

/**
 * Yields the entries of a journal, each after it was checked, in the words of format 2. Throws `damaged` for what cannot be
 * read, `tampered` for what was altered.
 *
 * @param lines the lines after those that `checked` counts; it is carried forward by each entry
 */
export function* checkedEntries(
  lines: readonly Buffer[],
  expected: Expected,
  checked: Checked = noneChecked(),
): Generator<Entry> {
  const { run, path, head } = expected
  const at = (index: number) => `${path}:${index + 1}`
  const all = checked.count + lines.length
  for (const line of lines) {
    const index = checked.count
    const read = parts(line)
    if (!read) {
      throw new Fault('damaged', `line ${index + 1} of run ${run} is not a journal entry`, {
        where: at(index),
        next: RECOVER,
      })
    }
    const { hash, sig } = read
    const entry = read.value as unknown as Entry
    const altered = (what: string, next = RECOVER) =>
      new Fault('tampered', `entry ${index} of run ${run} ${what}`, { where: at(index), next })
    if (!read.intact) throw altered('was altered')
    if (entry.v !== 1 && entry.v !== 2) throw versionFault(run, at(index))
    if (entry.run !== run) throw altered(`belongs to run ${JSON.stringify(entry.run)}: the file was swapped`)
    if (entry.seq !== index) throw altered(`has number ${entry.seq}: entries are missing or in another order`)
    if (entry.prev !== prevOf(checked.end)) throw altered('does not follow the entry before it')
    if (index === 0 && entry.type !== 'run.started') throw altered('is not the start of a run')
    if (index === head?.seq && hash !== head.hash) throw altered('is not the one that was written here')
    const verified = expected.signatures === 'every' || index === all - 1
    if (verified && !expected.verify(hash, sig, String(entry.at)))
      throw altered('is not signed by a key that is trusted here', expected.trust)
    checked.count += 1
    checked.end = { seq: index, hash }
    yield checked.former.translate(entry)
  }
  if (head && all <= head.seq) {
    throw new Fault(
      'tampered',
      `run ${run} was rolled back: it has ${all} entries, and ${head.seq + 1} were written`,
      { where: path, next: RECOVER },
    )
  }
}

const RECOVER =
  'do not restore from it; find out who changed it, then put back a copy that you trust (interdict verifies it)'

function versionFault(run: string, where: string): Fault {
  return new Fault('damaged', `run ${run} was recorded by a newer version`, {
    where,
    next: 'update interdict',
  })
}
