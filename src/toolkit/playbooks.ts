import { isUtf8 } from 'node:buffer'
import { readFile, stat } from 'node:fs/promises'
import { basename } from 'node:path'
import type { Problem } from '../model/document/problems.ts'
import { Fault } from '../model/fault.ts'
import type { Catalog, Playbook } from '../model/playbook/playbook.ts'
import { shippedFiles, shippedPath, shippedText } from '../store/shipped-files.ts'
import { nearestFile } from './nearest-file.ts'

/** More is refused before it is read; the parser has a limit of its own. */
const MOST_BYTES = 1024 * 1024

/** Names of the playbooks that come with the program. */
export async function shippedNames(): Promise<string[]> {
  return shippedFiles('playbooks').flatMap(file => (file.endsWith('.yaml') ? [basename(file, '.yaml')] : []))
}

/** The text of a playbook and its file. */
export interface PlaybookSource {
  /** YAML, as it is in the file. */
  source: string
  /** Path of the file. */
  file: string
  /** Bytes that are not UTF-8 would be read as text that is not in the file. */
  garbled?: Problem
}

/** The YAML text of a playbook, given as a path or as the name of one that is shipped. */
export async function playbookSource(given: string): Promise<PlaybookSource> {
  const names = await shippedNames()
  if (names.includes(given)) {
    const file = `playbooks/${given}.yaml`
    return { source: shippedText(file), file: shippedPath(file) }
  }
  return sourceOf(await bytesOf(given, names), given)
}

async function bytesOf(file: string, names: readonly string[]): Promise<Buffer> {
  try {
    const found = await stat(file)
    if (!found.isFile()) throw new Fault('usage', `${JSON.stringify(file)} is not a file`)
    if (found.size > MOST_BYTES)
      throw new Fault('usage', `${JSON.stringify(file)} is too large for a playbook`)
    return await readFile(file)
  } catch (error) {
    if (error instanceof Fault) throw error
    const code = (error as NodeJS.ErrnoException).code
    if (code !== 'ENOENT' && code !== 'ENOTDIR')
      throw new Fault('usage', `cannot read ${JSON.stringify(file)}: ${code ?? 'unknown'}`)
    const near = await nearestPlaybook(file, names)
    throw new Fault('usage', `no playbook is called ${JSON.stringify(file)}, and no file`, {
      next: near === undefined ? `shipped are: ${names.join(', ')}` : `did you mean ${near}?`,
    })
  }
}

/** The shipped playbook, or the file beside the missing one, whose name is spelt most like what was given. */
async function nearestPlaybook(given: string, names: readonly string[]): Promise<string | undefined> {
  const { nearest } = await import('../model/document/problems.ts')
  const file = await nearestFile(given, /\.ya?ml$/)
  if (file !== undefined) return file
  return nearest(given, names) ?? nearest(basename(given).replace(/\.ya?ml$/, ''), names)
}

function sourceOf(bytes: Buffer, file: string): PlaybookSource {
  const source = bytes.toString('utf8')
  if (isUtf8(bytes)) return { source, file }
  const before = source.slice(0, source.indexOf('\ufffd')).split('\n')
  const garbled: Problem = {
    severity: 'error',
    message: 'this is not UTF-8 text',
    file,
    line: before.length,
    column: (before.at(-1)?.length ?? 0) + 1,
    path: '',
    suggestion: 'save the file as UTF-8',
  }
  return { source, file, garbled }
}

/** A playbook, parsed and checked; Fault `invalid-playbook` with its first problem. */
export async function readPlaybook(given: string, catalog: Catalog): Promise<Playbook> {
  const { source, file, garbled } = await playbookSource(given)
  if (garbled) {
    const { problemsFault } = await import('../model/document/problems.ts')
    throw problemsFault([garbled])
  }
  const { parsePlaybook } = await import('../model/playbook/parse.ts')
  return parsePlaybook(source, file, catalog)
}
