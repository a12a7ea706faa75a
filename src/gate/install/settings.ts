import { homedir } from 'node:os'
import { join } from 'node:path'
import { Fault } from '../../model/fault.ts'
import type { Json } from '../../model/json.ts'
import { type Harness, isObject } from '../call.ts'

/** What stands in a harness's settings. */
export interface Hook {
  command: string
  /** The harness can be told to block when the hook fails (Claude Code, from 2.1.295 on). */
  onFailure: boolean
}

type Settings = { [name: string]: Json }
type Entry = { [name: string]: Json }

/** Words of our command by which an entry is known as ours, whatever the paths around them. */
const OURS = /gate\.cjs['"]? hook --harness /

const CURSOR_EVENTS = ['beforeShellExecution', 'beforeMCPExecution', 'beforeReadFile', 'preToolUse']

/** Where a harness looks: in the home folder, or in a project's. */
export function settingsPath(harness: Harness, project: string | undefined): string {
  const { env } = process
  const home = homedir()
  switch (harness) {
    case 'claude':
      if (project !== undefined) return join(project, '.claude', 'settings.json')
      return join(env['CLAUDE_CONFIG_DIR'] || join(home, '.claude'), 'settings.json')
    case 'codex':
      if (project !== undefined) return join(project, '.codex', 'hooks.json')
      return join(env['CODEX_HOME'] || join(home, '.codex'), 'hooks.json')
    case 'cursor':
      return join(project ?? home, '.cursor', 'hooks.json')
    case 'gemini':
      return join(project ?? home, '.gemini', 'settings.json')
  }
}

/** The settings with our hook in them, once. Fault `refused` when they have a shape that is not understood. */
export function withHook(harness: Harness, settings: Settings, hook: Hook): Settings {
  const cleared = withoutHook(settings)
  const hooks = cleared['hooks'] ?? {}
  if (!isObject(hooks)) throw odd('hooks')
  const added = { ...hooks }
  for (const [event, entry] of entriesOf(harness, hook)) {
    const list = added[event] ?? []
    if (!Array.isArray(list)) throw odd(`hooks.${event}`)
    added[event] = [...list, entry]
  }
  return {
    ...(harness === 'cursor' && !('version' in cleared) ? { version: 1 } : {}),
    ...cleared,
    hooks: added,
  }
}

function odd(where: string): Fault {
  return new Fault('refused', `'${where}' in the settings has a shape that is not understood`, {
    next: 'repair it first; nothing was changed',
  })
}

function entriesOf(harness: Harness, { command, onFailure }: Hook): [event: string, entry: Entry][] {
  const run = { type: 'command', command }
  switch (harness) {
    case 'claude':
      return [
        [
          'PreToolUse',
          { matcher: '*', hooks: [{ ...run, timeout: 10, ...(onFailure ? { onFailure: 'block' } : {}) }] },
        ],
      ]
    case 'codex':
      return [['PreToolUse', { hooks: [{ ...run, timeout: 10 }] }]]
    case 'cursor':
      return CURSOR_EVENTS.map(event => [event, { command, failClosed: true }])
    case 'gemini':
      // Milliseconds here.
      return [['BeforeTool', { matcher: '.*', hooks: [{ name: 'interdict-gate', ...run, timeout: 10_000 }] }]]
  }
}

/** The settings without any entry of ours; lists and mappings that only held ours go too. */
export function withoutHook(settings: Settings): Settings {
  const { hooks } = settings
  if (!isObject(hooks)) return settings
  let found = false
  const kept: Entry = {}
  for (const [event, list] of Object.entries(hooks)) {
    if (!Array.isArray(list)) {
      kept[event] = list
      continue
    }
    const left = list.flatMap(entry => withoutOurs(entry))
    const same = left.length === list.length && left.every((entry, index) => entry === list[index])
    found ||= !same
    if (same) kept[event] = list
    else if (left.length > 0) kept[event] = left
  }
  if (!found) return settings
  const { hooks: _, ...rest } = settings
  return Object.keys(kept).length > 0 ? { ...settings, hooks: kept } : rest
}

function withoutOurs(entry: Json): Json[] {
  if (!isObject(entry)) return [entry]
  if (isOurs(entry)) return []
  const { hooks } = entry
  if (!Array.isArray(hooks) || !hooks.some(isOurs)) return [entry]
  const left = hooks.filter(each => !isOurs(each))
  return left.length === 0 ? [] : [{ ...entry, hooks: left }]
}

function isOurs(entry: Json): boolean {
  return isObject(entry) && typeof entry['command'] === 'string' && OURS.test(entry['command'])
}

/**
 * The command line for a shell. Whatever ends it but a decision blocks: most harnesses go on after any code but 2, and Codex
 * also after 2 when there is no reason on stderr (codex-rs/hooks/src/events/pre_tool_use.rs), as when we are killed.
 */
export function hookCommand(words: readonly string[]): string {
  const run = words.map(quoted).join(' ')
  const said = 'interdict-gate refused: it could not be run'
  return process.platform === 'win32'
    ? `${run} || (echo ${said} 1>&2 & exit 2)`
    : `${run} || { [ $? -eq 2 ] || echo '${said}' >&2; exit 2; }`
}

function quoted(word: string): string {
  if (/^[\w@%+=:,./-]+$/.test(word)) return word
  return process.platform === 'win32' ? `"${word}"` : `'${word.replaceAll("'", "'\\''")}'`
}
