import { readdir } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

/**
 * Returns the path of the file beside a missing one whose name is spelt most like it; `undefined` if there is none.
 *
 * @param endings which files count, e.g. `/\.json$/`
 */
export async function nearestFile(given: string, endings: RegExp): Promise<string | undefined> {
  const { nearest } = await import('../model/document/problems.ts')
  const folder = dirname(given)
  const beside = await readdir(folder).catch(() => [])
  const file = nearest(
    basename(given),
    beside.filter(each => endings.test(each)),
  )
  return file !== undefined && /[\\/]/.test(given) ? join(folder, file) : file
}
