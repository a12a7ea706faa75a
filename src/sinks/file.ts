import { constants } from 'node:fs'
import { access, type FileHandle, link, lstat, open, rename, unlink } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { Fault } from '../model/fault.ts'
import type { Sink } from '../model/rotation.ts'
import { Secret } from '../model/secret.ts'

const MOST_BYTES = 1024 * 1024

/** A file that only its owner may read, and that was not there before. Whole or not at all, also after a crash. */
export function fileSink(path: string): Sink {
  if (path === '' || path.includes('\u0000')) {
    throw new Fault('usage', 'file: needs a path', { where: '--into' })
  }
  const whole = resolve(path)
  const folder = dirname(whole)
  // Always the same name, so that a later attempt finds what a crash left.
  const beside = join(folder, `.${basename(whole)}.interdict-new`)
  const read = async (): Promise<Secret | undefined> => {
    const there = await lstat(whole).catch(unlessMissing(whole))
    if (!there?.isFile() || there.size > MOST_BYTES) return undefined
    const handle = await open(whole, constants.O_RDONLY | constants.O_NOFOLLOW).catch((error: unknown) => {
      throw fault(`cannot read ${whole}`, error)
    })
    try {
      return new Secret(await handle.readFile('utf8'))
    } finally {
      await handle.close()
    }
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
      await remove(beside)
      try {
        const handle = await open(beside, 'wx', 0o600).catch((error: unknown) => {
          throw fault(`cannot write ${whole}`, error)
        })
        await write(handle, secret, whole)
        await place(beside, whole)
      } finally {
        await remove(beside)
      }
      await sync(folder)
    },
    read,
    async tidy() {
      await remove(beside)
    },
    async forget(secret) {
      const there = await read()
      if (there?.equals(secret)) await remove(whole)
    },
  }
}

async function write(handle: FileHandle, secret: Secret, whole: string): Promise<void> {
  try {
    // The mask of the process may have taken more away, and never adds.
    await handle.chmod(0o600)
    await handle.writeFile(secret.reveal())
    await handle.sync()
  } catch (error) {
    throw fault(`cannot write ${whole}`, error)
  } finally {
    await handle.close()
  }
}

/** A link never goes over a file; where there are no links, the name is looked at once more before it is taken. */
async function place(beside: string, whole: string): Promise<void> {
  try {
    await link(beside, whole)
  } catch (error) {
    const code = codeOf(error)
    if (code === 'EEXIST') throw taken(whole)
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'].includes(code)) {
      throw fault(`cannot write ${whole}`, error)
    }
    if (await lstat(whole).catch(unlessMissing(whole))) throw taken(whole)
    await rename(beside, whole)
  }
}

async function sync(folder: string): Promise<void> {
  const handle = await open(folder, constants.O_RDONLY).catch(() => undefined)
  // Not every system lets a folder be synced.
  await handle?.sync().catch(() => undefined)
  await handle?.close()
}

async function remove(path: string): Promise<void> {
  await unlink(path).catch((error: unknown) => {
    if (codeOf(error) !== 'ENOENT') throw fault(`cannot remove ${path}`, error)
  })
}

function unlessMissing(path: string) {
  return (error: unknown): undefined => {
    if (codeOf(error) === 'ENOENT') return undefined
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
    : new Fault('refused', `${message}: ${codeOf(error)}`, { where: '--into' })
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error)
}
