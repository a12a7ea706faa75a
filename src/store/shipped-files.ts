import { readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, extname } from 'node:path'
import { getAsset, getAssetKeys, isSea } from 'node:sea'
import { fileURLToPath } from 'node:url'

/** The package's folder: two above the sources, what they compile to, and the bundle. */
const ROOT = new URL('../../', import.meta.url)

/** True in the single executable, which holds the shipped files itself (`npm run build:binary`). */
export function isExecutable(): boolean {
  return isSea()
}

/** Returns the text of a file that comes with the program, by its path in the package. Throws ENOENT if it is missing. */
export function shippedText(path: string): string {
  return isSea() ? getAsset(path, 'utf8') : readFileSync(new URL(path, ROOT), 'utf8')
}

/** Returns the names of the files in a shipped folder, sorted. */
export function shippedFiles(folder: string): string[] {
  const names = isSea()
    ? getAssetKeys().flatMap(key => (dirname(key) === folder ? [basename(key)] : []))
    : readdirSync(new URL(folder, ROOT))
  return names.sort()
}

/** Before the name of a file that is inside the single executable, where a path of the file system would stand. */
const INSIDE = 'interdict:'

/** Returns where a shipped file is, for people and other programs. In the single executable: `interdict:` and its path in the package. */
export function shippedPath(path: string): string {
  return isSea() ? `${INSIDE}${path}` : fileURLToPath(new URL(path, ROOT))
}

/** Returns the bytes of a file inside the single executable, by a path of `shippedPath` or one beside it; `undefined` for other paths. */
export function bytesInside(path: string): Buffer | undefined {
  const key = path.replaceAll('\\', '/').slice(INSIDE.length)
  const isInside = isSea() && path.startsWith(INSIDE) && getAssetKeys().includes(key)
  return isInside ? Buffer.from(getAsset(key)) : undefined
}

/** The program of a thread: its file, or its text in the single executable, where threads cannot be started from files. */
export type ThreadProgram = { file: URL } | { code: string }

/**
 * Returns the program of a thread.
 *
 * @param name file beside the caller's, without its ending, which is the caller's
 * @param from the caller's `import.meta.url`
 */
export function threadProgram(name: string, from: string): ThreadProgram {
  if (isSea()) return { code: getAsset(`dist/program/${basename(name)}.cjs`, 'utf8') }
  return { file: new URL(`${name}${extname(from)}`, from) }
}
