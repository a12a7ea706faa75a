import { chmodSync, existsSync, mkdirSync, readFileSync, realpathSync, statSync, unlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { Fault } from '../../model/fault.ts'
import { digest, type Json } from '../../model/json.ts'
import type { Seal } from '../../store/own-key.ts'
import { type Harness, isObject } from '../call.ts'
import { makeFolder, replaceWhole } from '../files.ts'
import { withHooksFeature, withoutHooksFeature } from './requirements.ts'
import { type Hook, withHook, withoutHook } from './settings.ts'

/** A change of a settings file that is not made yet. */
export interface Change {
  path: string
  /** Undefined: there is no file. */
  before: string | undefined
  after: string | undefined
  /** Everybody has to be able to read a file that is made: machine-wide settings. */
  shared?: true
}

/** The record of an installation, so that it can be undone to the byte. */
interface Receipt {
  path: string
  before: string | null
  /** Digest of what was written. */
  wrote: string
}

/**
 * Returns the change that an installation would make; none if the hook is there already, in any layout of the file. Faults `refused`
 * when the file cannot be read as JSON: it is never overwritten.
 */
export function installation(harness: Harness, path: string, hook: Hook, system: boolean): Change {
  const before = textOf(path)
  const settings = settingsIn(path, before)
  const wanted = withHook(harness, settings, hook, system)
  const same = before !== undefined && JSON.stringify(wanted) === JSON.stringify(settings)
  const after = same ? before : rendered(wanted, before)
  return { path, before, after, ...(system ? { shared: true } : {}) }
}

/** Returns the change that switches hooks on in Codex's machine-wide requirements. */
export function requirement(path: string): Change {
  const before = textOf(path)
  return { path, before, after: withHooksFeature(before ?? '', path), shared: true }
}

/** Returns the change that removes the hook: back to the byte where nobody wrote since, else our entries are taken out. */
export function removal(path: string, state: string, seal: Seal): Change {
  const before = textOf(path)
  const receipt = receiptOf(path, state, seal)
  if (before !== undefined && receipt && digest(before) === receipt.wrote)
    return { path, before, after: receipt.before ?? undefined }
  if (before === undefined) return { path, before, after: before }
  if (path.endsWith('.toml')) return { path, before, after: withoutHooksFeature(before) }
  const settings = settingsIn(path, before)
  const without = withoutHook(settings)
  if (without === settings) return { path, before, after: before }
  // There was no file before the installation.
  const emptied = receipt?.before === null && Object.keys(without).length === 0
  return { path, before, after: emptied ? undefined : rendered(without, before) }
}

/** Makes the change, and keeps what was there before. Refused when somebody wrote in the meantime. */
export function make(change: Change, state: string, seal: Seal, installing: boolean): void {
  const { path, before, after } = change
  if (textOf(path) !== before)
    throw new Fault('refused', 'the settings changed meanwhile', { where: path, next: 'try again' })
  const receipt = receiptPath(path, state)
  if (installing) {
    const known = receiptOf(path, state, seal)
    // Installed again: the original is what was there before the first time.
    const original =
      known && before !== undefined && digest(before) === known.wrote ? known.before : (before ?? null)
    const value: Receipt = { path, before: original, wrote: digest(after ?? '') }
    makeFolder(dirname(receipt))
    const body = JSON.stringify(value)
    replaceWhole(receipt, `${seal.code(purposeOf(path), body)}\n${body}`, true)
  }
  write(change)
  if (!installing && existsSync(receipt)) unlinkSync(receipt)
}

function write({ path, after, shared }: Change): void {
  if (after === undefined) {
    unlinkSync(path)
    return
  }
  const mode = existsSync(path) ? statSync(path).mode & 0o777 : shared ? 0o644 : undefined
  // A link (dotfiles often are) stays one.
  const target = existsSync(path) ? realpathSync(path) : path
  mkdirSync(dirname(target), { recursive: true, ...(shared ? { mode: 0o755 } : {}) })
  replaceWhole(target, after, true)
  if (mode !== undefined) chmodSync(target, mode)
}

/** The text of a settings file; undefined when there is none. Fault `refused` when it is not UTF-8. */
export function textOf(path: string): string | undefined {
  if (!existsSync(path)) return undefined
  const bytes = readFileSync(path)
  const text = bytes.toString('utf8')
  if (!Buffer.from(text).equals(bytes)) throw unreadable(path, 'it is not UTF-8')
  return text
}

function settingsIn(path: string, text: string | undefined): { [name: string]: Json } {
  if (text === undefined || text.trim() === '') return {}
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw unreadable(path, 'it is not plain JSON (comments would be lost)')
  }
  if (isObject(value)) return value
  throw unreadable(path, 'it is not an object')
}

function unreadable(path: string, why: string): Fault {
  return new Fault('refused', `the settings cannot be changed: ${why}`, {
    where: path,
    next: 'repair the file, or add the hook by hand (docs/gate.md); nothing was changed',
  })
}

/** JSON indented as the file was. */
function rendered(settings: { [name: string]: Json }, before: string | undefined): string {
  const indent = /^\{\r?\n([ \t]+)"/.exec(before ?? '')?.[1] ?? '  '
  return `${JSON.stringify(settings, undefined, indent)}\n`
}

function receiptPath(path: string, state: string): string {
  return join(state, 'gate', 'installed', `${digest(path).slice(0, 16)}.json`)
}

/** A receipt says what to write to a harness's settings, so one that we did not write is none. */
function receiptOf(path: string, state: string, seal: Seal): Receipt | undefined {
  return seal.read(purposeOf(path), receiptPath(path, state)) as Receipt | undefined
}

function purposeOf(path: string): string {
  return `interdict-gate installed 1 ${path}`
}
