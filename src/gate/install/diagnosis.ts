import { existsSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Json } from '../../model/json.ts'
import { type Harness, isObject } from '../call.ts'
import { OUR_COMMAND } from './command.ts'
import { textOf } from './file.ts'
import { HARNESS_FOLDERS, type Place, requirementsPath, settingsPath } from './places.ts'
import { hooksFeature } from './requirements.ts'

/**
 * One thing about a harness's settings.
 * - `off`: hooks, or ours, are switched off, or our entry would not work: tools run without the gate
 * - `note`: a person should know it
 */
export interface Finding {
  harness: Harness
  level: 'off' | 'note'
  path: string
  message: string
}

/** A settings file that a harness reads in a folder, from the least to the most specific. */
interface Source {
  path: string
  text: string | undefined
  settings: { [name: string]: Json } | undefined
}

/** Where our hook stands for a harness, and what in these files keeps it from being called. */
export interface Diagnosis {
  harness: Harness
  /** Files with our hook. Empty: it is not installed. */
  installed: string[]
  findings: Finding[]
}

const EVENTS: { readonly [harness in Harness]: readonly string[] } = {
  claude: ['PreToolUse'],
  codex: ['PreToolUse'],
  cursor: ['preToolUse', 'beforeShellExecution', 'beforeMCPExecution', 'beforeReadFile'],
  gemini: ['BeforeTool'],
  qwen: ['PreToolUse'],
}

/** Variables by which a harness starts without its hooks. */
const VARIABLES: { readonly [harness in Harness]?: readonly string[] } = {
  claude: ['CLAUDE_CODE_SIMPLE', 'CLAUDE_CODE_SAFE_MODE'],
}

/** Looks at the files that a harness reads when it is started in this folder; changes nothing and starts nothing. */
export function diagnose(harness: Harness, folder: string, env: NodeJS.ProcessEnv): Diagnosis {
  const sources = sourcesOf(harness, folder)
  const findings: Finding[] = []
  const found = (level: Finding['level'], path: string, message: string) =>
    findings.push({ harness, level, path, message })
  const installed = sources.filter(({ settings }) => commandsIn(settings, EVENTS[harness]).some(isOurs))
  for (const { path, text, settings } of sources) {
    if (text !== undefined && settings === undefined && path.endsWith('.json'))
      found('off', path, 'this is not plain JSON: what it says of hooks is not known')
    for (const message of switchedOff(
      harness,
      path,
      text,
      settings,
      installed.map(each => each.path),
    ))
      found('off', path, message)
    const others = commandsIn(settings, EVENTS[harness]).filter(command => !isOurs(command))
    if (others.length > 0)
      found(
        'note',
        path,
        `${others.length} other hook(s) of the same event may rewrite a call after the gate has allowed it`,
      )
    for (const command of commandsIn(settings, EVENTS[harness]).filter(isOurs)) {
      const missing = missingFile(command)
      if (missing !== undefined)
        found('off', path, `the command names ${missing}, which is not there: every call is refused`)
    }
  }
  if (installed.length > 0 && harness === 'gemini') {
    for (const { path, settings } of installed)
      if (JSON.stringify(settings).includes('"name":"interdict-gate"'))
        found(
          'off',
          path,
          "the hook has a name, so that a project's hooksConfig.disabled can switch it off; install again",
        )
  }
  if (installed.length > 0 && installed.every(({ path }) => path !== settingsPath(harness, SYSTEM)))
    found(
      'note',
      settingsPath(harness, SYSTEM),
      "not installed machine-wide: a project's file may switch the gate off",
    )
  const writable = installed.map(({ path }) => path).find(path => looseParent(harness, path))
  if (writable !== undefined)
    found(
      'off',
      dirname(writable),
      'Gemini CLI skips machine-wide settings in a folder that others can write to',
    )
  for (const name of VARIABLES[harness] ?? [])
    if (env[name]) found('off', name, 'this variable starts the harness without hooks')
  return { harness, installed: installed.map(({ path }) => path), findings }
}

const SYSTEM: Place = { kind: 'system', root: '/' }

/** Every settings file that counts in a folder, also those of the folders above it. */
function sourcesOf(harness: Harness, folder: string): Source[] {
  const name = HARNESS_FOLDERS[harness]
  const above: string[] = []
  for (let at = folder; ; at = dirname(at)) {
    above.unshift(at)
    if (dirname(at) === at || existsSync(join(at, '.git'))) break
  }
  const user = settingsPath(harness, { kind: 'user' })
  const projects = above.flatMap(at => [
    settingsPath(harness, { kind: 'project', folder: at }),
    ...(harness === 'claude' ? [join(at, name, 'settings.local.json')] : []),
    ...(harness === 'codex' ? [join(at, name, 'config.toml')] : []),
  ])
  const paths = [
    settingsPath(harness, SYSTEM),
    ...(harness === 'codex'
      ? [requirementsPath('/'), '/etc/codex/config.toml', '/etc/codex/managed_config.toml']
      : []),
    user,
    ...(harness === 'codex' ? [join(dirname(user), 'config.toml')] : []),
    ...projects,
  ]
  return [...new Set(paths)].map(sourceAt)
}

function sourceAt(path: string): Source {
  try {
    const text = textOf(path)
    const settings: unknown = text === undefined || path.endsWith('.toml') ? undefined : JSON.parse(text)
    return { path, text, settings: isObject(settings) ? settings : undefined }
  } catch {
    return { path, text: '', settings: undefined }
  }
}

function switchedOff(
  harness: Harness,
  path: string,
  text: string | undefined,
  settings: Source['settings'],
  installed: readonly string[],
): string[] {
  // A machine-wide hook is kept on by the machine-wide file itself.
  const kept = path !== settingsPath(harness, SYSTEM) && installed.includes(settingsPath(harness, SYSTEM))
  if (kept) return []
  switch (harness) {
    case 'claude':
    case 'qwen':
      return settings?.['disableAllHooks'] === true ? ['disableAllHooks switches the gate off'] : []
    case 'gemini': {
      const config = settings?.['hooksConfig']
      if (!isObject(config)) return []
      const disabled = config['disabled']
      return [
        ...(config['enabled'] === false ? ['hooksConfig.enabled switches the gate off'] : []),
        ...(Array.isArray(disabled) && disabled.some(each => /interdict|gate\.cjs/.test(String(each)))
          ? ['hooksConfig.disabled switches the gate off']
          : []),
      ]
    }
    case 'codex':
      return path.endsWith('.toml') && hooksFeature(text ?? '') === false
        ? ['[features] hooks = false switches the gate off']
        : []
    default:
      return []
  }
}

function isOurs(command: string): boolean {
  return OUR_COMMAND.test(command)
}

/** The commands of the hooks of these events, in the shape that the harness uses. */
function commandsIn(settings: Source['settings'], events: readonly string[]): string[] {
  const hooks = settings?.['hooks']
  if (!isObject(hooks)) return []
  const walk = (value: Json): string[] => {
    if (Array.isArray(value)) return value.flatMap(walk)
    if (!isObject(value)) return []
    const { command, hooks: inner } = value
    return [...(typeof command === 'string' ? [command] : []), ...(inner === undefined ? [] : walk(inner))]
  }
  return events.flatMap(event => walk(hooks[event] ?? []))
}

/** The first of the command's files that does not exist: Node, the gate, or the policy. */
function missingFile(command: string): string | undefined {
  const words = command.match(/(?:[A-Za-z]:)?\/[^\s'"\\;]+/g) ?? []
  const relevant = words.filter(word => /gate\.cjs$|\/node$|\.ya?ml$|\/timeout$/.test(word))
  return relevant.find(word => !existsSync(word))
}

function looseParent(harness: Harness, path: string): boolean {
  if (harness !== 'gemini' || path !== settingsPath(harness, SYSTEM)) return false
  try {
    return (statSync(dirname(path)).mode & 0o022) !== 0
  } catch {
    return false
  }
}
