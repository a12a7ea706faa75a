import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { delimiter, isAbsolute, join, resolve } from 'node:path'
import { HARNESSES, type Harness, isHarness } from '../gate/call.ts'
import { engineWords } from '../gate/engine/engine-of.ts'
import type { Gate } from '../gate/gate.ts'
import { codexView } from '../gate/install/codex-hooks.ts'
import { hookCommand } from '../gate/install/command.ts'
import { lineDiff } from '../gate/install/diff.ts'
import { type Change, installation, make, removal, requirement } from '../gate/install/file.ts'
import { type Place, requirementsPath, settingsPath } from '../gate/install/places.ts'
import { compilePolicy } from '../gate/policy-cache.ts'
import { childEnvironment } from '../model/child-environment.ts'
import { Fault } from '../model/fault.ts'
import { REAL } from '../model/timing.ts'
import { PLATFORM, Unquotable } from '../platform/platform.ts'
import { isExecutable, shippedPath } from '../store/shipped-files.ts'
import type { GateInstallResult } from '../toolkit/results/gate.ts'
import { plain } from '../ui/text.ts'
import { confirm } from './ask.ts'
import { foldersOf } from './folders.ts'
import { gateOf } from './gate.ts'
import { print, tell } from './terminal.ts'

export interface InstallFlags {
  harness: string
  agent?: string | undefined
  policy?: string | undefined
  'policy-engine'?: string | undefined
  'policy-engine-ca'?: string | undefined
  'policy-engine-token'?: string | undefined
  project?: boolean
  system?: boolean
  root?: string | undefined
  state?: string | undefined
  config?: string | undefined
  json?: boolean
  yes?: boolean
}

/** The first version of Claude Code that knows `onFailure`; an older one may void the whole file over it. */
const ON_FAILURE_SINCE = [2, 1, 295]

/** Puts the hook into a harness's settings, after showing what changes. */
export async function installGate(flags: InstallFlags): Promise<void> {
  const harness = harnessOf(flags.harness)
  const place = placeOf(flags)
  const folders = foldersOf(flags)
  const gate = await gateOf({ ...folders, ...(flags.policy === undefined ? {} : { policy: flags.policy }) })
  await compilePolicy(gate.policy, policyText(gate.policy), gate.seal)
  const agent = flags.agent ?? harness
  const words = [
    ...gateProgram(),
    ...['hook', '--harness', harness, '--agent', agent, '--policy', gate.policy],
    // Machine-wide, each user has a state folder and keys of their own.
    ...(place.kind === 'system' ? [] : ['--state', folders.state, '--config', folders.config]),
    ...(await engineFlags(flags)),
  ]
  const onFailure = harness === 'claude' && knowsOnFailure()
  const hook = { command: commandOf(words), onFailure }
  const path = settingsPath(harness, place)
  const changes = [installation(harness, path, hook, place.kind === 'system')]
  if (harness === 'codex' && place.kind === 'system') changes.push(requirement(requirementsPath(place.root)))
  await carryOut(changes, 'install', gate, flags)
  if (flags.json) return
  if (harness === 'claude' && !onFailure)
    tell(
      'interdict: this Claude Code runs a tool when its hook times out; 2.1.295 and later have a setting to block',
    )
  if (harness === 'codex') await tellTrust(place, path)
}

/** The words that start the gate; the single executable is both programs, and its first word can name the gate. */
function gateProgram(): string[] {
  return [process.execPath, isExecutable() ? 'interdict-gate' : shippedPath('bin/gate.cjs')]
}

async function engineFlags(flags: InstallFlags): Promise<string[]> {
  const { 'policy-engine': engine, 'policy-engine-ca': ca, 'policy-engine-token': token } = flags
  return engine === undefined ? [] : await engineWords({ engine, ca, token })
}

/** Takes the hook out again: to the byte, where nobody wrote to the settings since. */
export async function uninstallGate(flags: InstallFlags): Promise<void> {
  const harness = harnessOf(flags.harness)
  const place = placeOf(flags)
  const gate = await gateOf({ ...foldersOf(flags) })
  const changes = [removal(settingsPath(harness, place), gate.state, gate.seal)]
  if (harness === 'codex' && place.kind === 'system')
    changes.push(removal(requirementsPath(place.root), gate.state, gate.seal))
  await carryOut(changes, 'uninstall', gate, flags)
}

/** Codex skips a hook that it does not trust, without a word: so the installation says what Codex says. */
async function tellTrust(place: Place, path: string): Promise<void> {
  if (place.kind === 'system' && place.root !== '/') return
  const view = await codexView(process.cwd(), path, REAL)
  if (view.kind === 'runs') tell(`interdict: Codex runs this hook (${view.trust})`)
  else if (view.kind === 'unknown')
    tell(`interdict: Codex skips the hook until you trust it: type /hooks in Codex (${view.why})`)
  else
    tell(
      `interdict: untrusted: Codex skips this hook (${view.why}) and runs every tool; type /hooks in Codex`,
    )
}

async function carryOut(
  changes: readonly Change[],
  what: 'install' | 'uninstall',
  { state, seal }: Gate,
  flags: InstallFlags,
): Promise<void> {
  const changed = changes.filter(({ before, after }) => before !== after)
  if (!flags.json) {
    for (const { path, before, after } of changes) {
      tell(plain(before === after ? `${path}: nothing to change` : path))
      if (before !== after) for (const line of lineDiff(before, after)) tell(plain(line))
    }
  }
  if (changed.length > 0 && !flags.yes) await confirm(what === 'install' ? 'Write this?' : 'Put this back?')
  for (const change of changed) written(change, { state, seal }, what === 'install')
  if (flags.json) {
    const { jsonText } = await import('../ui/json.ts')
    const [{ path } = { path: '' }] = changes
    const result: GateInstallResult = {
      path,
      changed: changed.length > 0,
      paths: changes.map(each => each.path),
    }
    await print(jsonText(result))
  }
}

function written(change: Change, { state, seal }: Pick<Gate, 'state' | 'seal'>, installing: boolean): void {
  try {
    make(change, state, seal, installing)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code !== 'EACCES' && code !== 'EPERM' && code !== 'EROFS') throw error
    throw new Fault('refused', 'the settings cannot be written', {
      where: change.path,
      next: 'machine-wide settings belong to root: run the same command as root',
      cause: error,
    })
  }
}

function placeOf(flags: InstallFlags): Place {
  if (flags.root !== undefined && !flags.system)
    throw new Fault('usage', "--root is for --system: the folder in which the machine's files are")
  if (!flags.system) return flags.project ? { kind: 'project', folder: process.cwd() } : { kind: 'user' }
  if (flags.project) throw new Fault('usage', '--project and --system exclude each other')
  if (PLATFORM.machineSettings === undefined)
    throw new Fault('usage', '--system is for Linux and macOS (docs/gate.md has the files of each harness)')
  return { kind: 'system', root: resolve(flags.root ?? '/') }
}

/** The line that the harness runs. Fault `usage` for a path that its shell cannot be handed. */
function commandOf(words: readonly string[]): string {
  try {
    return hookCommand(words, timeoutProgram())
  } catch (error) {
    if (!(error instanceof Unquotable)) throw error
    throw new Fault('usage', `the command of the hook cannot be written for this shell: ${error.message}`, {
      next: 'move the policy, or interdict itself, to a path without such characters',
      cause: error,
    })
  }
}

/** Coreutils' program, where it works as we need it. */
function timeoutProgram(): string | undefined {
  const path = (process.env['PATH'] ?? '')
    .split(delimiter)
    .filter(isAbsolute)
    .map(folder => join(folder, 'timeout'))
    .find(each => existsSync(each))
  if (path === undefined) return undefined
  return spawnSync(path, ['-k', '1', '5', 'true'], { timeout: 5000, env: childEnvironment(process.env) })
    .status === 0
    ? path
    : undefined
}

export function harnessOf(name: string): Harness {
  if (isHarness(name)) return name
  throw new Fault('usage', `--harness has to be one of ${HARNESSES.join(', ')}`)
}

function policyText(path: string): string {
  try {
    return readFileSync(resolve(path), 'utf8')
  } catch (error) {
    throw new Fault('usage', 'the policy cannot be read', {
      where: path,
      next: 'write one first (docs/gate.md has an example), or name another with --policy',
      cause: error,
    })
  }
}

function knowsOnFailure(): boolean {
  const { stdout } = spawnSync('claude', ['--version'], {
    encoding: 'utf8',
    timeout: 10_000,
    env: childEnvironment(process.env),
  })
  const version = /(\d+)\.(\d+)\.(\d+)/
    .exec(stdout ?? '')
    ?.slice(1)
    .map(Number)
  if (!version) return false
  for (const [index, least] of ON_FAILURE_SINCE.entries()) {
    const part = version[index] ?? 0
    if (part !== least) return part > least
  }
  return true
}
