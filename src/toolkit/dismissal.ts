import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { openSeals } from '../journal/seals.ts'
import { Fault } from '../model/fault.ts'
import { isObject } from '../model/json-object.ts'
import { jsonText } from '../model/json-text.ts'
import { errno, replaceFile } from '../store/files.ts'
import type { Folders } from './host.ts'
import { proposalsFolder } from './plan-file.ts'

/** A person's decision not to carry out a proposal. */
export interface Dismissal {
  /** RFC 3339. */
  at: string
  /** The user of the operating system. */
  user: string
  reason: string
}

/** A decision as it is signed: about this very plan, in this state folder. */
interface Sealed extends Dismissal {
  run: string
  /** Digest of the plan. */
  digest: string
  /** Identity of the state folder. */
  state: string
}

/** Where the dismissal of a proposal is, or would be. */
export function dismissalFile(run: string, folders: Folders): string {
  return join(proposalsFolder(folders), `${run}.dismissed`)
}

/**
 * Writes that a proposal is dismissed, sealed with the key of this machine: it hides the proposal. Faults: `tampered` in a state folder
 * that was never seen here, `journal`.
 */
export async function writeDismissal(
  { run, digest }: { run: string; digest: string },
  { at, user, reason }: Dismissal,
  folders: Folders,
): Promise<void> {
  const seals = openSeals(folders)
  const state = await seals.settle()
  const file = dismissalFile(run, folders)
  if (state === undefined)
    throw new Fault('tampered', 'this state folder was never seen here', { where: file })
  const sealed: Sealed = { run, digest, at, user, reason, state }
  await replaceFile(
    file,
    jsonText({ version: 1, ...sealed, signature: await seals.sign(signedText(sealed)) }),
  )
}

/** The dismissal of a proposal; undefined where nobody dismissed it. Fault `tampered` for a file that is not believed. */
export async function readDismissal(
  { run, digest }: { run: string; digest: string },
  folders: Folders,
): Promise<Dismissal | undefined> {
  const file = dismissalFile(run, folders)
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    if (errno(error) === 'ENOENT') return undefined
    throw doubted(file, `cannot be read (${errno(error) ?? 'unknown'})`)
  })
  if (text === undefined) return undefined
  const data = parsed(text)
  if (!isDismissal(data)) throw doubted(file, 'has another shape')
  const { signature, ...sealed } = data
  const seals = openSeals(folders)
  if (sealed.run !== run || sealed.digest !== digest) throw doubted(file, 'is about another plan')
  if (!(await seals.verify(signedText(sealed), signature))) {
    throw doubted(file, 'is not sealed by a key that is trusted here')
  }
  if (sealed.state !== (await seals.state())) throw doubted(file, 'was made for another state folder')
  return { at: sealed.at, user: sealed.user, reason: sealed.reason }
}

function doubted(file: string, why: string): Fault {
  return new Fault('tampered', `the dismissal of this proposal ${why}`, {
    where: file,
    next: 'decide on the proposal again; move the file away if nobody here wrote it',
  })
}

function signedText({ run, digest, at, user, reason, state }: Sealed): string {
  return `interdict dismissal ${state}\n${JSON.stringify([run, digest, at, user, reason])}`
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function isDismissal(data: unknown): data is Sealed & { signature: string } {
  if (!isObject(data)) return false
  const { run, digest, at, user, reason, state, signature } = data
  return (
    [run, digest, user, reason, state, signature].every(each => typeof each === 'string') &&
    typeof at === 'string' &&
    Number.isFinite(Date.parse(at))
  )
}
