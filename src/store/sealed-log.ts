import { randomBytes } from 'node:crypto'
import { dirname } from 'node:path'
import { type Fault, toFault } from '../model/fault.ts'
import { AppendLog } from './append-log.ts'
import { fileFault, makeFolder, openGrowing, readPlain, renameAside, replaceFile } from './files.ts'
import { type ChainEnd, type ChainLine, closeLine, openLine, prevOf } from './hash-chain.ts'
import { readHead, unbelieved, writeHead } from './sealed-head.ts'
import { codeOf, isSealed, type SealedPlace, sealOf } from './sealed-place.ts'

const NEWLINE = 0x0a

/** How far a log had got. A log that is written anew is another generation, so that none can be mixed with another. */
interface Head extends ChainEnd {
  generation: string
}

/** The states on disk: one of the two, if a process was killed between them. */
interface Heads extends Head {
  next?: Head
}

/**
 * A file that grows by sealed lines. Each line has the hash of the line before it, its own hash and a signature; the head in the
 * configuration has the last one's, so that a line that is altered, missing, added or in another place, a cut-off end and an
 * older copy are noticed. A half-written end, as a crash leaves it, was never believed and is cut off.
 */
export class SealedLog {
  /** Absolute path of the file. */
  readonly path: string
  readonly #place: SealedPlace
  #log: AppendLog<Head> | undefined
  #head: Head = begun()
  /** Where the half-written end begins that is cut off before the next append. */
  #torn: number | undefined
  #reached: Head | undefined
  #marking: Promise<void> | undefined
  #replacing: Promise<void> | undefined
  #fault: Fault | undefined

  constructor(place: SealedPlace) {
    this.path = place.path
    this.#place = place
  }

  /** Reads the entries, and makes ready to append. Faults: `tampered`, `journal`. */
  async open(): Promise<unknown[]> {
    const { entries, head, torn, heads } = await this.#load()
    this.#head = head
    this.#torn = torn
    // Never an entry without a head: a file without one was not written here.
    const known = heads?.next === undefined && heads?.seq === head.seq && heads.hash === head.hash
    if (!known) await writeHead(this.#place.head, head, heads === undefined)
    return entries
  }

  /**
   * Resolves when the entry is on disk (fdatasync); those that come together share a write. Once a write has failed every later
   * one rejects. Fault `journal`.
   *
   * @returns its bytes
   */
  async append(entry: unknown): Promise<number> {
    // One that comes while the log is written anew goes into the new one.
    while (this.#replacing) await this.#replacing
    if (this.#fault) throw this.#fault
    const { line, head } = this.#sealed(entry, this.#head)
    this.#head = head
    this.#log ??= this.#opened()
    await this.#log.append(line, head)
    return line.length
  }

  /**
   * Writes the log anew with these entries in place of all that were appended before the call. Only the last line is signed: its hash
   * covers the others, and the file is replaced whole. They have a code, which takes a tenth of the time. Fault `journal`.
   */
  async replace(entries: readonly unknown[]): Promise<void> {
    while (this.#replacing) await this.#replacing
    const replacing = this.#replace(entries).catch((error: unknown) => {
      this.#fault ??= toFault(error)
    })
    this.#replacing = replacing
    await replacing
    this.#replacing = undefined
    if (this.#fault) throw this.#fault
  }

  async #replace(entries: readonly unknown[]): Promise<void> {
    await this.#finish()
    const before = this.#head
    let head = begun()
    const lines = entries.map((entry, index) => {
      const sealed = this.#sealed(entry, head, index < entries.length - 1)
      head = sealed.head
      return sealed.line
    })
    const bytes = Buffer.concat(lines)
    try {
      await writeHead(this.#place.head, { ...before, next: head })
      await makeFolder(dirname(this.path))
      await replaceFile(this.path, bytes)
      await writeHead(this.#place.head, head)
    } catch (error) {
      throw fileFault('write', this.path, error)
    }
    this.#head = head
    this.#torn = undefined
  }

  /** Resolves when the head has all that was appended: from then on a cut-off end is noticed. */
  async marked(): Promise<void> {
    await this.#replacing
    await this.#marking
    if (this.#fault) throw this.#fault
  }

  /** Waits for what was appended, and closes the file. Fault `journal` when the head could not be recorded. */
  async close(): Promise<void> {
    await this.#replacing
    await this.#finish()
  }

  async #finish(): Promise<void> {
    await this.#log?.close()
    this.#log = undefined
    await this.#marking
    if (this.#fault) throw this.#fault
  }

  /** Why the file is not believed; undefined if it is. */
  async flaw(): Promise<Fault | undefined> {
    try {
      await this.#load()
      return undefined
    } catch (error) {
      return toFault(error)
    }
  }

  /** Goes on without the file: it is renamed, and never believed again. @returns its new path, if there was one */
  async setAside(): Promise<string | undefined> {
    const aside = await renameAside(this.path, 'refused')
    await writeHead(this.#place.head, begun(), true)
    return aside
  }

  #opened(): AppendLog<Head> {
    const { path } = this
    const torn = this.#torn
    this.#torn = undefined
    return new AppendLog<Head>({
      async open() {
        const handle = await openGrowing(path)
        if (torn !== undefined) await handle.truncate(torn)
        return handle
      },
      fault: error => {
        this.#fault ??= fileFault('write', path, error)
        return this.#fault
      },
      final: true,
      written: head => {
        this.#reached = head
        this.#marking ??= this.#mark()
      },
    })
  }

  /** An append does not wait for the head: after a crash it may be behind the file, and that is allowed. */
  async #mark(): Promise<void> {
    while (this.#reached) {
      const head = this.#reached
      this.#reached = undefined
      try {
        await writeHead(this.#place.head, head)
      } catch (error) {
        this.#fault ??= toFault(error)
        this.#log?.fail(this.#fault)
      }
    }
    this.#marking = undefined
  }

  #sealed(entry: unknown, end: Head, isCovered = false): { line: Buffer; head: Head } {
    const { generation, seq } = end
    const place = { v: 1, generation, seq: seq + 1, prev: prevOf(end) }
    const text = JSON.stringify({ ...place, entry })
    const { hash, line } = closeLine(text, each => (isCovered ? codeOf : sealOf)(each, this.#place))
    return { line, head: { generation, seq: seq + 1, hash } }
  }

  async #load(): Promise<{
    entries: unknown[]
    head: Head
    torn: number | undefined
    heads: Heads | undefined
  }> {
    const { path } = this
    const heads = await this.#heads()
    const bytes = (await readPlain(path)) ?? Buffer.alloc(0)
    const whole = wholeBytes(bytes)
    const torn = whole < bytes.length ? whole : undefined
    if (whole === 0) {
      if (heads === undefined) return { entries: [], head: begun(), torn, heads }
      const empty = [heads, heads.next].find(each => each?.seq === -1)
      if (!empty) throw unbelieved(path, 'the log is missing or empty, and entries were written')
      const { generation, seq, hash } = empty
      return { entries: [], head: { generation, seq, hash }, torn, heads }
    }
    const lines: ChainLine[] = []
    let end: ChainEnd | undefined
    for (let from = 0; from < whole; ) {
      const to = bytes.indexOf(NEWLINE, from)
      const line = openLine(bytes.subarray(from, to))
      const at = `${path}:${lines.length + 1}`
      if (!line) {
        throw unbelieved(at, 'the line is not sealed: an older version wrote it, or somebody else')
      }
      if (!line.intact) throw unbelieved(at, 'the line was altered')
      const { seq, prev } = line.value
      if (seq !== lines.length || prev !== prevOf(end)) {
        throw unbelieved(at, 'the line does not follow the one before it: lines are missing, added or moved')
      }
      end = { seq: lines.length, hash: line.hash }
      lines.push(line)
      from = to + 1
    }
    const generation = lines[0]?.value['generation']
    const head = [heads, heads?.next].find(each => each?.generation === generation)
    const last = lines.at(-1)
    if (!last || !isSealed(last, this.#place)) {
      throw unbelieved(path, 'the log is not sealed by this machine as what it stands for')
    }
    if (!head) throw unbelieved(path, 'the log is an older one, or was never written here')
    if (lines.length <= head.seq || (head.seq >= 0 && lines[head.seq]?.hash !== head.hash)) {
      throw unbelieved(
        path,
        `the log was rolled back: it has ${lines.length} entries, and ${head.seq + 1} were written`,
      )
    }
    return {
      entries: lines.map(({ value }) => value['entry']),
      head: { generation: head.generation, seq: lines.length - 1, hash: last.hash },
      torn,
      heads,
    }
  }

  async #heads(): Promise<Heads | undefined> {
    const head = await readHead(this.#place.head)
    if (head === undefined) return undefined
    if (isHead(head) && (!('next' in head) || isHead(head.next))) return head as Heads
    throw unbelieved(this.#place.head, 'the head of a sealed file cannot be read')
  }
}

function begun(): Head {
  return { generation: randomBytes(8).toString('hex'), seq: -1, hash: '' }
}

/**
 * Bytes up to the last whole line. A crash in the middle of a group may leave lines behind it that are not JSON; a line that is
 * JSON was written whole, and has to be sealed.
 */
function wholeBytes(bytes: Buffer): number {
  let end = bytes.lastIndexOf(NEWLINE) + 1
  while (end > 0) {
    const from = end > 1 ? bytes.lastIndexOf(NEWLINE, end - 2) + 1 : 0
    try {
      JSON.parse(bytes.subarray(from, end).toString('utf8'))
      return end
    } catch {
      end = from
    }
  }
  return 0
}

function isHead(head: unknown): head is Head {
  return (
    typeof head === 'object' &&
    head !== null &&
    'generation' in head &&
    typeof head.generation === 'string' &&
    'seq' in head &&
    Number.isSafeInteger(head.seq) &&
    'hash' in head &&
    typeof head.hash === 'string'
  )
}
