import { createHash } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { Fault } from '../model/fault.ts'
import { errno, fileFault, makeFolder, readPlain, replaceFile, truePath } from '../store/files.ts'
import { isRunId } from './run-id.ts'

/** The last entry of a run that is known to have been on disk. */
export interface Head {
  seq: number
  hash: string
}

/**
 * The heads of all runs of one state folder, kept outside of it: a hash chain alone cannot tell that its end was cut
 * off, or that an older copy or nothing at all was put in its place. One file a run, so that processes that work on
 * different runs never overwrite each other's; under a name made from the state folder's path, because several state
 * folders may share a configuration.
 */
export class Heads {
  readonly #state: string
  readonly #config: string
  #folder: Promise<string> | undefined

  constructor(state: string, config: string) {
    this.#state = state
    this.#config = config
  }

  async folder(): Promise<string> {
    this.#folder ??= truePath(this.#state).then(path =>
      join(this.#config, 'heads', createHash('sha256').update(path).digest('hex').slice(0, 16)),
    )
    return await this.#folder
  }

  async path(run: string): Promise<string> {
    return join(await this.folder(), `${run}.json`)
  }

  /** Runs with a known head. */
  async runs(): Promise<string[]> {
    try {
      const names = await readdir(await this.folder())
      return names
        .filter(name => name.endsWith('.json'))
        .map(name => name.slice(0, -5))
        .filter(isRunId)
    } catch (error) {
      if (errno(error) === 'ENOENT') return []
      throw fileFault('read', await this.folder(), error)
    }
  }

  async read(run: string): Promise<Head | undefined> {
    const path = await this.path(run)
    const text = (await readPlain(path))?.toString('utf8')
    if (text === undefined) return undefined
    try {
      const head: unknown = JSON.parse(text)
      if (isHead(head)) return head
    } catch {
      // Said below.
    }
    throw new Fault('damaged', `the record of the head of run ${run} cannot be read`, {
      where: path,
      next: 'compare the run with a copy you trust; if it is right, delete this file',
    })
  }

  async write(run: string, head: Head): Promise<void> {
    await makeFolder(await this.folder())
    await replaceFile(await this.path(run), `${JSON.stringify(head)}\n`)
  }
}

function isHead(value: unknown): value is Head {
  if (typeof value !== 'object' || value === null || !('seq' in value) || !('hash' in value)) return false
  return Number.isSafeInteger(value.seq) && typeof value.hash === 'string'
}
