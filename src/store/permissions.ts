import { chmodSync, readdirSync, type Stats, statSync } from 'node:fs'
import { join } from 'node:path'

/** A file or folder of ours that others could read or write, and the command that closes it. */
export interface Loose {
  path: string
  /** Octal, e.g. `0644`. */
  mode: string
  fix: string
  /** Another user could have forged journals or heads with it: nothing is done before a person has looked. */
  refuse: boolean
}

const WRITE = 0o022
const READ = 0o044

/**
 * Returns what others could read or write of the keys and the state. As ssh does, only what is owned by this user is
 * judged: a container's mounted secrets and volumes belong to root and have the modes that the platform gives them.
 * Synchronous, since a hook of the gate asks too.
 *
 * - The sealing key: readable or writable by others
 * - The configuration, the heads, the trusted keys and the list of signers, folders and files: writable by others
 * - The state, its journals, and what a watch keeps: writable by others
 */
export function looseIn({ state, config }: { state: string; config: string }): Loose[] {
  return [...looseKeys(config), ...looseState(state)]
}

/** Those of the keys: they are refused. */
export function looseKeys(config: string): Loose[] {
  const key = looseAt(join(config, 'seal.pem'), WRITE | READ, '600', true)
  const heads = join(config, 'heads')
  const trusted = join(config, 'trusted')
  const folders = [config, heads, trusted, join(config, 'allowed_signers')].flatMap(each =>
    looseAt(each, WRITE, 'go-w', true),
  )
  // As a rule nobody else gets in, and a hook of the gate has no time for a look at every file.
  if (isClosed(config)) return [...key, ...folders]
  const inner = [...filesIn(trusted), ...filesIn(heads)]
  return [...key, ...folders, ...inner.flatMap(each => looseAt(each, WRITE, 'go-w', true))]
}

/** Whether nobody but its owner can reach what is in a folder; true if there is none. */
function isClosed(folder: string): boolean {
  const stat = statOf(folder)
  return stat === undefined || (stat.mode & 0o011) === 0
}

/** Files and folders below a folder, as deep as heads are. */
function filesIn(folder: string, depth = 3): string[] {
  return namesIn(folder).flatMap(name => {
    const path = join(folder, name)
    return depth > 1 && statOf(path)?.isDirectory() ? [path, ...filesIn(path, depth - 1)] : [path]
  })
}

/** Those of the state: journals are sealed, so closing them is enough; a watch that is running forgets what is cut off. */
export function looseState(state: string): Loose[] {
  const runs = join(state, 'runs')
  const watch = join(state, 'watch')
  return [
    ...[state, runs].flatMap(each => looseAt(each, WRITE, 'go-w', false)),
    ...namesIn(runs).flatMap(name => looseAt(join(runs, name), WRITE, 'go-w', false)),
    ...looseAt(watch, WRITE, 'go-w', true),
    ...namesIn(watch).flatMap(name => looseAt(join(watch, name), WRITE, 'go-w', true)),
  ]
}

/** Takes the write permission of others away; those that could not be changed are left out. */
export function closeLoose(loose: readonly Loose[]): Loose[] {
  return loose.filter(({ path }) => {
    try {
      chmodSync(path, statSync(path).mode & 0o777 & ~WRITE)
      return true
    } catch {
      return false
    }
  })
}

function looseAt(path: string, bits: number, to: string, refuse: boolean): Loose[] {
  const stat = statOf(path)
  const uid = process.getuid?.()
  if (!stat || uid === undefined || stat.uid !== uid || (stat.mode & bits) === 0) return []
  const mode = (stat.mode & 0o7777).toString(8).padStart(4, '0')
  return [{ path, mode, fix: `chmod ${to} ${quoted(path)}`, refuse }]
}

function statOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false })
  } catch {
    return undefined
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

/** A path as a shell takes it. */
export function quoted(path: string): string {
  return /^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`
}
