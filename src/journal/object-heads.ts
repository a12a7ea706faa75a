import { randomBytes } from 'node:crypto'
import { unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { Fault } from '../model/fault.ts'
import { makeFolder, readPlain } from '../store/files.ts'
import { tryConditions } from '../store/objects/conditions.ts'
import type { ObjectStore } from '../store/objects/object-store.ts'
import { ID_FILE, placeFile } from '../store/state-place.ts'
import { type Head, mayHoldRuns, namesIn, notePlace, readHead, runsIn, writeHead } from './head-files.ts'

const ID = /^[0-9a-f]{32}$/

/**
 * How far this machine has seen the runs of a shared store get, in `heads/<id of the store>` of the configuration: a store that was
 * rolled back is noticed by each machine that has written to it. A run without a head is one that another machine wrote.
 */
export class ObjectHeads {
  readonly #objects: ObjectStore
  readonly #config: string
  #id: string | undefined

  constructor(objects: ObjectStore, config: string) {
    this.#objects = objects
    this.#config = config
  }

  /** The folder of the heads; undefined where the store has no identity yet. */
  async folder(): Promise<string | undefined> {
    this.#id ??= idIn(this.#objects, (await this.#objects.get(ID_FILE))?.bytes)
    return this.#id === undefined ? undefined : join(this.#config, 'heads', this.#id)
  }

  /**
   * Gives the store its identity, on first use, and notes where it is. The first time on this machine, it tries whether the store
   * honours the conditions of writes.
   *
   * @throws Fault `refused` for a store that ignores them
   * @throws Fault `tampered` when another store was at this URL and its runs may still hold something
   */
  async settle(): Promise<string> {
    if ((await this.folder()) === undefined)
      await this.#objects.put(ID_FILE, Buffer.from(`${randomBytes(16).toString('hex')}\n`), {
        ifAbsent: true,
      })
    const folder = await this.folder()
    if (folder === undefined)
      throw new Fault('journal', 'the identity of the store cannot be read back', {
        where: this.#objects.where,
      })
    const replaced = await this.replaced()
    if (replaced) throw replaced
    if ((await readPlain(placeFile(folder))) === undefined) await tryConditions(this.#objects)
    await makeFolder(folder)
    await notePlace(folder, this.#objects.where)
    return folder
  }

  /** Why nothing may be written: another store was at this URL, and its runs may still hold something. */
  async replaced(): Promise<Fault | undefined> {
    const held: string[] = []
    for (const folder of await this.#formerFolders()) held.push(...(await mayHoldRuns(folder)))
    if (held.length === 0) return undefined
    return new Fault(
      'tampered',
      `another store was at this URL, and its runs may still hold something: ${held.join(', ')}`,
      {
        where: this.#objects.where,
        next: 'put its objects back; to continue with this one: --trust-state',
      },
    )
  }

  /** Takes the store as it is for the one that belongs at this URL. */
  async trust(): Promise<void> {
    for (const folder of await this.#formerFolders()) await unlink(placeFile(folder))
    await this.settle()
  }

  /** Folders of the heads of other stores that were at this URL. */
  async #formerFolders(): Promise<string[]> {
    const above = join(this.#config, 'heads')
    const own = await this.folder()
    const former: string[] = []
    for (const name of await namesIn(above)) {
      const folder = join(above, name)
      if (folder === own || !ID.test(name)) continue
      const place = (await readPlain(placeFile(folder)).catch(() => undefined))?.toString('utf8')
      if (place === `${this.#objects.where}\n`) former.push(folder)
    }
    return former
  }

  /** Runs with a known head. */
  async runs(): Promise<string[]> {
    const folder = await this.folder()
    return folder === undefined ? [] : await runsIn(folder)
  }

  async read(run: string): Promise<Head | undefined> {
    const folder = await this.folder()
    return folder === undefined ? undefined : await readHead(join(folder, `${run}.json`), run)
  }

  async write(run: string, head: Head): Promise<void> {
    await writeHead((await this.folder()) ?? (await this.settle()), run, head)
  }

  async path(run: string): Promise<string> {
    return join((await this.folder()) ?? join(this.#config, 'heads'), `${run}.json`)
  }

  async forget(run: string): Promise<void> {
    await unlink(await this.path(run)).catch(() => undefined)
  }
}

function idIn({ where }: ObjectStore, bytes: Buffer | undefined): string | undefined {
  if (bytes === undefined) return undefined
  const text = bytes.toString('utf8').trim()
  if (ID.test(text)) return text
  throw new Fault('damaged', 'the identity of the store cannot be read', {
    where: `${where}: ${ID_FILE}`,
    next: 'put back the object as it was',
  })
}
