import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Harness, isHarness } from '../gate/call.ts'
import { engineWords } from '../gate/engine/engine-of.ts'
import type { Gate } from '../gate/gate.ts'
import { lineDiff } from '../gate/install/diff.ts'
import { type Change, installation, make, removal } from '../gate/install/file.ts'
import { hookCommand, settingsPath } from '../gate/install/settings.ts'
import { compilePolicy } from '../gate/policy-cache.ts'
import { childEnvironment } from '../model/child-environment.ts'
import { Fault } from '../model/fault.ts'
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
  const folders = foldersOf(flags)
  const gate = await gateOf({ ...folders, ...(flags.policy === undefined ? {} : { policy: flags.policy }) })
  await compilePolicy(gate.policy, policyText(gate.policy), gate.seal)
  const bin = fileURLToPath(new URL('../../bin/gate.cjs', import.meta.url))
  const agent = flags.agent ?? harness
  const command = hookCommand([
    ...[process.execPath, bin, 'hook', '--harness', harness, '--agent', agent],
    ...['--policy', gate.policy, '--state', folders.state, '--config', folders.config],
    ...(await engineFlags(flags)),
  ])
  const onFailure = harness === 'claude' && knowsOnFailure()
  const path = settingsPath(harness, flags.project ? process.cwd() : undefined)
  await carryOut(installation(harness, path, { command, onFailure }), 'install', gate, flags)
  if (flags.json) return
  if (harness === 'claude' && !onFailure)
    tell(
      'interdict: this Claude Code runs a tool when its hook times out; 2.1.295 and later can be told to block',
    )
  if (harness === 'codex') tell('interdict: Codex skips the hook until you trust it: type /hooks in Codex')
}

async function engineFlags(flags: InstallFlags): Promise<string[]> {
  const { 'policy-engine': engine, 'policy-engine-ca': ca, 'policy-engine-token': token } = flags
  return engine === undefined ? [] : await engineWords({ engine, ca, token })
}

/** Takes the hook out again: to the byte, where nobody wrote to the settings since. */
export async function uninstallGate(flags: InstallFlags): Promise<void> {
  const harness = harnessOf(flags.harness)
  const path = settingsPath(harness, flags.project ? process.cwd() : undefined)
  const gate = await gateOf({ ...foldersOf(flags) })
  await carryOut(removal(path, gate.state, gate.seal), 'uninstall', gate, flags)
}

async function carryOut(
  change: Change,
  what: 'install' | 'uninstall',
  { state, seal }: Gate,
  flags: InstallFlags,
): Promise<void> {
  const { path, before, after } = change
  const changed = before !== after
  if (!flags.json) tell(plain(changed ? path : `${path}: nothing to change`))
  if (changed) {
    if (!flags.json) for (const line of lineDiff(before, after)) tell(plain(line))
    if (!flags.yes) await confirm(what === 'install' ? 'Write this?' : 'Put this back?')
    make(change, state, seal, what === 'install')
  }
  if (flags.json) {
    const { jsonText } = await import('../ui/json.ts')
    await print(jsonText({ path, changed }))
  }
}

function harnessOf(name: string): Harness {
  if (isHarness(name)) return name
  throw new Fault('usage', '--harness has to be claude, codex, cursor or gemini')
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
