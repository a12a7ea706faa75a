import { constants } from 'node:fs'
import { access, lstat, readdir, unlink } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { Fault } from '../model/fault.ts'
import type { Sink } from '../model/rotation.ts'
import { Secret } from '../model/secret.ts'
import { createOnce, errno, readPlain } from '../store/files.ts'
import { isAlive } from '../store/process-mark.ts'

const MOST_BYTES = 1024 * 1024

/** A file that only its owner may read, and that was not there before. Whole or not at all, also after a crash. */
export function fileSink(path: string): Sink {
  if (path === '' || path.includes('\u0000')) {
    throw new Fault('usage', 'file: needs a path', { where: '--into' })
  }
  const whole = resolve(path)
  const folder = dirname(whole)
  // With the number of the process, so that two that write the same file do not take away each other's.
  const left = `.${basename(whole)}.interdict-new`
  const beside = join(folder, `${left}-${process.pid}`)
  const read = async (): Promise<Secret | undefined> => {
    const there = await lstat(whole).catch(unlessMissing(whole))
    if (!there?.isFile() || there.size > MOST_BYTES) return undefined
    const bytes = await readPlain(whole).catch((error: unknown) => {
      throw fault(`cannot read ${whole}`, error instanceof Fault ? (error.cause ?? error) : error)
    })
    return bytes && new Secret(bytes.toString('utf8'))
  }
  return {
    place: `file:${whole}`,
    async check() {
      const there = await lstat(whole).catch(unlessMissing(whole))
      if (there) throw taken(whole)
      await access(folder, constants.W_OK | constants.X_OK).catch((error: unknown) => {
        throw fault(`cannot write to ${folder}`, error)
      })
      return 'new'
    },
    async store(secret) {
      await tidyUp(folder, left)
      const created = await createOnce(whole, secret.reveal(), { beside, withoutLinks: 'whole' }).catch(
        (error: unknown) => {
          throw fault(`cannot write ${whole}`, error)
        },
      )
      if (!created) throw taken(whole)
    },
    read,
    tidy: () => tidyUp(folder, left),
    async forget(secret) {
      const there = await read()
      if (there?.equals(secret)) await remove(whole)
    },
  }
}

/** Removes the unfinished files of processes that have ended, and of this one. @param left the name before the process's number */
async function tidyUp(folder: string, left: string): Promise<void> {
  const names = await readdir(folder).catch((error: unknown) => {
    // A folder into which one may put files without seeing the others.
    return errno(error) === 'EACCES' ? [left, `${left}-${process.pid}`] : unlessMissing(folder)(error)
  })
  for (const name of names ?? []) {
    if (!name.startsWith(left)) continue
    const pid = Number(/^-(\d+)$/.exec(name.slice(left.length))?.[1])
    // Without a number it is an earlier version's.
    if (name === left || pid === process.pid || (pid > 0 && !isAlive(pid))) await remove(join(folder, name))
  }
}

async function remove(path: string): Promise<void> {
  await unlink(path).catch((error: unknown) => {
    if (errno(error) !== 'ENOENT') throw fault(`cannot remove ${path}`, error)
  })
}

function unlessMissing(path: string) {
  return (error: unknown): undefined => {
    if (errno(error) === 'ENOENT') return undefined
    throw fault(`cannot look at ${path}`, error)
  }
}

function taken(path: string): Fault {
  return new Fault('refused', 'the file is there already, and is never written over', {
    where: path,
    next: 'name another, or move it away',
  })
}

function fault(message: string, error: unknown): Fault {
  return error instanceof Fault
    ? error
    : new Fault('refused', `${message}: ${errno(error) ?? String(error)}`, { where: '--into' })
}
