import { readdir, unlink } from 'node:fs/promises'
import { dirname, join, relative, sep } from 'node:path'
import type { Timing } from '../../model/timing.ts'
import { createOnce, makeFolder, readPlain, replaceFile } from '../files.ts'
import { takeLock } from '../lock.ts'
import { sha256 } from '../sha256.ts'
import type { Condition, ObjectService, Written } from './object-store.ts'

/** Milliseconds for which a replacement waits for another one. */
const WAIT_MS = 30_000

/**
 * Objects as files of a folder on this machine, durable when a call returns: what the laws hold the services to. Replacing and
 * deleting takes a lock beside the folder. Rejects with the system's errors.
 */
export function folderObjects(folder: string, timing: Timing): ObjectService {
  const tagOf = (bytes: Buffer) => sha256(bytes)
  const path = (name: string) => join(folder, ...name.split('/'))
  const locked = async <Value>(work: () => Promise<Value>): Promise<Value> => {
    const purpose = { what: 'the folder of objects', operation: 'write', user: '' }
    const lock = await takeLock(`${folder}.lock`, purpose, { timing, waitMs: WAIT_MS })
    try {
      return await work()
    } finally {
      await lock.release()
    }
  }
  const get: ObjectService['get'] = async name => {
    const bytes = await readPlain(path(name))
    return bytes && { bytes, tag: tagOf(bytes) }
  }
  return {
    where: folder,
    get,
    async put(name: string, bytes: Buffer, condition: Condition): Promise<Written> {
      const written: Written = { kind: 'written', tag: tagOf(bytes) }
      if ('ifAbsent' in condition) {
        await makeFolder(dirname(path(name)))
        return (await createOnce(path(name), bytes)) ? written : { kind: 'conflict' }
      }
      return await locked(async () => {
        if ((await get(name))?.tag !== condition.ifTag) return { kind: 'conflict' }
        await replaceFile(path(name), bytes)
        return written
      })
    },
    async list(prefix) {
      // An unfinished file begins with a dot.
      const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])
      return entries
        .filter(entry => entry.isFile() && !entry.name.startsWith('.'))
        .map(entry => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'))
        .filter(name => name.startsWith(prefix))
        .sort()
    },
    remove: (name, tag) =>
      locked(async () => {
        const found = await get(name)
        if (!found) return 'missing'
        if (found.tag !== tag) return 'conflict'
        await unlink(path(name))
        return 'removed'
      }),
    now: async () => timing.date(),
  }
}
