import { type BigIntStats, lstat, lstatSync, readlink, readlinkSync } from 'node:fs'
import { errno } from '../store/files-sync.ts'
import { judgedPath, type Look, type Looking, PathFlaw, type Resolved } from './paths.ts'

/** Looks without blocking: a file system that hangs must not stop the clock. */
export const looking: Looking = path =>
  new Promise((resolve, reject) => {
    lstat(path, { bigint: true }, (error, stats) => {
      if (error) {
        if (errno(error) === 'ENOENT') resolve('missing')
        else reject(error)
      } else if (stats.isSymbolicLink())
        readlink(path, (failed, link) => (failed ? reject(failed) : resolve({ link })))
      else resolve({ id: idOf(stats) })
    })
  })

/** Where a path leads, found at once: for a thread that may be ended. Throws `PathFlaw`. */
export function resolvedNow(path: string): Resolved {
  const steps = judgedPath(path)
  let step = steps.next()
  while (!step.done) step = steps.next(lookNow(step.value))
  return step.value
}

function lookNow(path: string): Look {
  try {
    const stats = lstatSync(path, { bigint: true })
    return stats.isSymbolicLink() ? { link: readlinkSync(path) } : { id: idOf(stats) }
  } catch (error) {
    if (errno(error) === 'ENOENT') return 'missing'
    throw new PathFlaw(`its path cannot be read: ${errno(error)}`)
  }
}

function idOf({ dev, ino }: BigIntStats): string {
  return `${dev}:${ino}`
}
