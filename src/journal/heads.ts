import { randomBytes } from 'node:crypto'
import { rename, unlink } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { Fault } from '../model/fault.ts'
import {
  createOnce,
  errno,
  makeFolder,
  readPlain,
  replaceFile,
  syncFolder,
  truePath,
} from '../store/files.ts'
import { sha256 } from '../store/sha256.ts'
import { ID_FILE, legacyHeads, placeFile, placeOf, type StatePlace } from '../store/state-place.ts'
import { type Head, mayHoldRuns, namesIn, notePlace, readHead, runsIn, writeHead } from './head-files.ts'

/**
 * The heads of all runs of one state folder, kept outside of it: a hash chain alone cannot tell that its end was cut
 * off, or that an older copy or nothing at all was put in its place. One file a run, so that processes that work on
 * different runs never overwrite each other's; in a folder named after the identity in the state folder, so that they
 * are found wherever the state folder is moved, linked or copied to.
 */
export class Heads {
  readonly #state: string
  readonly #config: string
  #settled: Promise<string> | undefined

  constructor(state: string, config: string) {
    this.#state = state
    this.#config = config
  }

  /** This machine's knowledge of the state folder. */
  async place(): Promise<StatePlace> {
    return placeOf(await truePath(this.#state), this.#config, sha256)
  }

  async folder(): Promise<string> {
    return (await this.place()).heads
  }

  async path(run: string): Promise<string> {
    return join(await this.folder(), `${run}.json`)
  }

  /** Runs with a known head. */
  async runs(): Promise<string[]> {
    const folder = await this.folder()
    return await runsIn(folder)
  }

  /** @param folder what `folder()` gave, where many heads are read */
  async read(run: string, folder?: string): Promise<Head | undefined> {
    return await readHead(folder === undefined ? await this.path(run) : join(folder, `${run}.json`), run)
  }

  /**
   * Gives the state folder its identity, on first use or where it was known by its path so far, and notes where it is.
   *
   * @returns the folder of the heads
   * @throws Fault `tampered` when it is one that was never seen here, or stands in the place of another
   */
  async settle(): Promise<string> {
    this.#settled ??= this.#settle()
    this.#settled.catch(() => {
      this.#settled = undefined
    })
    return await this.#settled
  }

  async #settle(): Promise<string> {
    const place = await this.place()
    const fault = await this.unseenFault(place)
    if (fault) throw fault
    return await this.#adopt(place)
  }

  /** Takes the state folder as it is for the one that belongs here. */
  async trust(): Promise<void> {
    const place = await this.place()
    if (place.was !== undefined) await unlink(placeFile(place.was)).catch(() => undefined)
    this.#settled = undefined
    await this.#adopt(place)
  }

  /** Why nothing may be written to the state folder, if it is one that was never seen here; else undefined. */
  async unseenFault({ kind, was, journals }: StatePlace): Promise<Fault | undefined> {
    const held = was === undefined ? [] : await mayHoldRuns(was)
    if (kind === 'replaced' && held.length > 0) {
      return new Fault(
        'tampered',
        `another state folder was here, and its runs may still hold something: ${held.join(', ')}`,
        {
          where: this.#state,
          next: 'put that folder back; if you moved it, first give any command that writes there; to go on with this one: --trust-state',
        },
      )
    }
    if (!journals || (kind !== 'unseen' && kind !== 'replaced')) return undefined
    return new Fault(
      'tampered',
      'this state folder was never seen on this machine: an old copy of a run in it would look like the newest',
      {
        where: this.#state,
        next: 'compare it with the machine that it comes from (interdict status); to go on with it: --trust-state',
      },
    )
  }

  async #adopt(place: StatePlace): Promise<string> {
    const state = await truePath(this.#state)
    const id = place.id ?? (await this.#makeId())
    const heads = join(this.#config, 'heads', id)
    if (place.kind === 'legacy') {
      try {
        await rename(place.heads, heads)
      } catch (error) {
        // Another process was faster.
        if (errno(error) !== 'ENOENT') throw error
      }
      await syncFolder(dirname(heads))
    } else await makeFolder(heads)
    await moveGate(legacyHeads(state, this.#config, sha256), heads)
    await notePlace(heads, state)
    return heads
  }

  async #makeId(): Promise<string> {
    await makeFolder(this.#state)
    const path = join(this.#state, ID_FILE)
    // The content is not an identity: a file that a crash left, or that somebody emptied.
    if (!(await createOnce(path, `${randomBytes(16).toString('hex')}\n`)) && !(await this.place()).id)
      await replaceFile(path, `${randomBytes(16).toString('hex')}\n`)
    const { id } = await this.place()
    if (id === undefined)
      throw new Fault('journal', 'the identity of the state folder cannot be read back', { where: path })
    return id
  }

  async write(run: string, head: Head): Promise<void> {
    await writeHead(await this.settle(), run, head)
  }

  /** Forgets a run of which nothing was ever recorded. */
  async forget(run: string): Promise<void> {
    await unlink(await this.path(run)).catch(() => undefined)
  }

  /** Where else this machine has seen the run, and how far it had got there. */
  async elsewhere(run: string): Promise<{ place: string; head: Head } | undefined> {
    const own = await this.folder()
    const above = join(this.#config, 'heads')
    for (const name of await namesIn(above)) {
      const folder = join(above, name)
      if (folder === own) continue
      const head = await readHead(join(folder, `${run}.json`), run).catch(() => undefined)
      if (head === undefined) continue
      const place = (await readPlain(placeFile(folder)).catch(() => undefined))?.toString('utf8').trim()
      return { place: place ?? 'another state folder', head }
    }
    return undefined
  }
}

/** The gate keeps how far its decisions had got beside the folder of the heads. */
async function moveGate(from: string, to: string): Promise<void> {
  const file = (heads: string) => join(dirname(heads), `gate-${basename(heads)}.json`)
  try {
    await rename(file(from), file(to))
  } catch (error) {
    if (errno(error) !== 'ENOENT') throw error
  }
}
