import { Fault } from '../../model/fault.ts'
import type { Json } from '../../model/json.ts'
import { type Harness, isObject } from '../call.ts'
import { HARNESS_LIMIT_S, OUR_COMMAND } from './command.ts'

/** The hook as a harness's settings hold it. */
export interface Hook {
  command: string
  /** The harness has a setting to block when the hook fails (Claude Code, from 2.1.295 on). */
  onFailure: boolean
}

type Settings = { [name: string]: Json }
type Entry = { [name: string]: Json }

const CURSOR_EVENTS = ['beforeShellExecution', 'beforeMCPExecution', 'beforeReadFile', 'preToolUse']

/**
 * Members of machine-wide settings that keep a project's or a user's file from switching the hook off. Codex has its own
 * in another file (`requirements.ts`).
 */
const KEPT_ON: { readonly [harness in Harness]?: (settings: Settings) => Settings } = {
  claude: () => ({ disableAllHooks: false }),
  qwen: () => ({ disableAllHooks: false }),
  gemini: ({ hooksConfig }) => ({
    hooksConfig: { ...(isObject(hooksConfig) ? hooksConfig : {}), enabled: true },
  }),
}

/**
 * The settings with our hook in them, once. Where it is already, it stays at its place: Codex trusts a hook by its place in
 * the list, and moving ours would void the trust of those behind it. Fault `refused` when the settings have a shape that is
 * not understood.
 */
export function withHook(harness: Harness, settings: Settings, hook: Hook, system = false): Settings {
  const hooks = settings['hooks'] ?? {}
  if (!isObject(hooks)) throw odd('hooks')
  const added = { ...hooks }
  const entries = entriesOf(harness, hook)
  for (const [event, entry] of entries) {
    const list = added[event] ?? []
    if (!Array.isArray(list)) throw odd(`hooks.${event}`)
    added[event] = placed(list, entry)
  }
  for (const [event, list] of Object.entries(added)) {
    if (Array.isArray(list) && !entries.some(([ours]) => ours === event))
      added[event] = list.flatMap(each => withoutOurs(each))
  }
  return {
    ...(harness === 'cursor' && !('version' in settings) ? { version: 1 } : {}),
    ...settings,
    ...(system ? KEPT_ON[harness]?.(settings) : {}),
    hooks: added,
  }
}

/** The list with the entry in the place of ours, or at its end. */
function placed(list: readonly Json[], entry: Entry): Json[] {
  const at = list.findIndex(each => isObject(each) && withoutOurs(each).length === 0)
  if (at < 0) return [...list.flatMap(each => withoutOurs(each)), entry]
  return list.flatMap((each, index) => (index === at ? [entry] : withoutOurs(each)))
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
          {
            matcher: '*',
            hooks: [{ ...run, timeout: HARNESS_LIMIT_S, ...(onFailure ? { onFailure: 'block' } : {}) }],
          },
        ],
      ]
    case 'codex':
      return [['PreToolUse', { hooks: [{ ...run, timeout: HARNESS_LIMIT_S }] }]]
    case 'cursor':
      return CURSOR_EVENTS.map(event => [event, { command, failClosed: true }])
    case 'gemini':
      // Milliseconds here. Without a name: a project's `hooksConfig.disabled` switches hooks off by their names.
      return [['BeforeTool', { matcher: '.*', hooks: [{ ...run, timeout: HARNESS_LIMIT_S * 1000 }] }]]
    case 'qwen':
      return [['PreToolUse', { matcher: '*', hooks: [{ ...run, timeout: HARNESS_LIMIT_S }] }]]
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
  return isObject(entry) && typeof entry['command'] === 'string' && OUR_COMMAND.test(entry['command'])
}
