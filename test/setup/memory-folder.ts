import { mkdtempSync, rmSync, statfsSync } from 'node:fs'

/** Linux: a file system in memory, where there is one. */
const MEMORY = '/dev/shm'

/** Bytes that have to be free there. */
const LEAST_BYTES = 2 * 1024 ** 3

/**
 * Lets the temporary folders of all tests lie in memory: every journal entry is synced, and a disk takes milliseconds for that.
 * `INTERDICT_TESTS=all` leaves them on the disk.
 */
export default function memoryFolder(): (() => void) | undefined {
  // Each project of the configuration comes here.
  if (process.env['INTERDICT_TESTS'] === 'all' || process.env['INTERDICT_TEST_HOSTS'] !== undefined)
    return undefined
  const folder = inMemory()
  if (folder === undefined) return undefined
  process.env['TMPDIR'] = folder
  return () => rmSync(folder, { recursive: true, force: true })
}

/** Returns a new folder in memory; undefined where there is no room for one. */
function inMemory(): string | undefined {
  try {
    const { bavail, bsize } = statfsSync(MEMORY)
    return bavail * bsize < LEAST_BYTES ? undefined : mkdtempSync(`${MEMORY}/interdict-`)
  } catch {
    return undefined
  }
}
