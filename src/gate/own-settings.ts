import { posix } from 'node:path'
import type { Json } from '../model/json.ts'
import type { Call } from './call.ts'
import { commandOf, shellWords } from './shell-words.ts'

/**
 * Files that name the hooks of a harness, or which carry shell commands that it runs without a call that a hook
 * sees, below the folder of the harness in a project or a home folder.
 */
const SETTINGS: { readonly [folder: string]: RegExp } = {
  '.claude': /^(settings[^/]*\.json|(skills|commands|agents|hooks|plugins)(\/.*)?)$/,
  '.codex':
    /^(config\.toml|hooks\.json|requirements\.toml|managed_config\.toml|(skills|prompts|hooks|rules|plugins)(\/.*)?)$/,
  '.cursor': /^(hooks\.json|cli\.json|cli-config\.json|mcp\.json|(hooks|commands|skills|plugins)(\/.*)?)$/,
  '.gemini':
    /^(settings\.json|\.env|trustedfolders\.json|(commands|extensions|skills|agents|hooks|policies)(\/.*)?)$/,
  '.qwen': /^(settings\.json|\.env|trustedfolders\.json|(commands|extensions|skills|agents|hooks)(\/.*)?)$/,
  '.agents': /^skills(\/.*)?$/,
}

const SYSTEM = [
  '/etc/claude-code',
  '/etc/codex',
  '/etc/cursor',
  '/etc/gemini-cli',
  '/etc/qwen-code',
  '/library/application support/claudecode',
  '/library/application support/cursor/hooks.json',
  '/library/application support/geminicli',
  '/library/application support/qwencode',
]

/** Tools that only read, in the form in which policies see them. Anything else may write. */
const READERS =
  /^(Read|Grep|Glob|LS|NotebookRead|read_file|read_many_files|list_directory|glob|grep_search|search_file_content|view_image|[^/]+\/(read|list|get|search|find|stat)[A-Za-z0-9_]*)$/

/** Members that hold text to be written or said, and no path. */
const TEXTS =
  /^(content|contents|text|body|prompt|message|description|query|pattern|question|summary|title|old_?str(ing)?|new_?str(ing)?|insert_text|file_text)$/i

const MOST_WORDS = 20_000

/**
 * The settings of a harness, or the gate's own file, that a call may write to; undefined for none. Commands are read for
 * words that name such a file, and not understood: one that only reads it is refused, too, and one that makes up the name
 * while it runs is not seen.
 */
export function touchedSettings(call: Call, own: readonly string[]): string | undefined {
  const cwd = call.cwd ?? '/'
  const command = commandOf(call)
  if (command !== undefined) {
    const words = shellWords(command)
    if (words.length > MOST_WORDS) return 'settings that are not looked for in so long a command'
    for (const { text } of words) {
      for (const part of partsOf(text)) {
        const found = settingsAt(part, cwd, own, true)
        if (found !== undefined) return found
      }
    }
  }
  if (READERS.test(call.tool)) return undefined
  for (const path of pathsIn(call.args)) {
    const found = settingsAt(path, cwd, own, false)
    if (found !== undefined) return found
  }
  return undefined
}

/** A word, and what stands behind `=`, `:` or a flag in it (`--output=x`, `dir:x`, `-ox`). */
function partsOf(word: string): string[] {
  return [word, ...word.split(/[=:,{}]/).slice(1), word.replace(/^-\w/, '')]
}

/** Strings of the arguments that may be paths; those of patches by their headers. */
function* pathsIn(value: Json, name = ''): Generator<string> {
  if (typeof value === 'string') {
    for (const [, path] of value.matchAll(/^\*\*\* (?:(?:Add|Update|Delete) File|Move to): (.+)$/gm))
      if (path !== undefined) yield path
    if (!TEXTS.test(name) && value.length <= 4096 && !value.includes('\n')) yield value
  } else if (Array.isArray(value)) for (const each of value) yield* pathsIn(each, name)
  else if (typeof value === 'object' && value !== null)
    for (const [key, each] of Object.entries(value)) yield* pathsIn(each, key)
}

/** The protected file that a path names, from this folder. File systems may not tell case apart. */
function settingsAt(
  written: string,
  cwd: string,
  own: readonly string[],
  shell: boolean,
): string | undefined {
  const bare = written.replace(/^file:\/\//i, '').split('\0')[0] ?? ''
  const home = bare.replace(/^(~|\$HOME|\$\{HOME\})(?=\/|$)/, '/~')
  const path = posix.resolve(cwd, home.replaceAll('\\', '/'))
  const lower = path.toLowerCase()
  const mine = own.find(each => lower === each.toLowerCase() || lower.startsWith(`${each.toLowerCase()}/`))
  if (mine !== undefined) return `the gate's own ${posix.basename(mine)}`
  if (SYSTEM.some(each => lower === each || lower.startsWith(`${each}/`))) return path
  if (posix.basename(lower) === '.claude.json') return path
  const parts = lower.split('/')
  for (const [at, part] of parts.entries()) {
    for (const [folder, files] of Object.entries(SETTINGS)) {
      if (part !== folder && !(shell && globs(part, folder))) continue
      const rest = parts.slice(at + 1).join('/')
      // The folder itself: it may be moved, removed, or made the working folder.
      if (rest === '' ? bare !== '.' && at === parts.length - 1 && bare !== '' : files.test(rest)) return path
      if (shell && /[*?[]/.test(rest)) return path
    }
  }
  return undefined
}

/** Whether a shell could take this part of a path for the folder. */
function globs(part: string, folder: string): boolean {
  if (!/[*?[]/.test(part) || !/^[.?[]/.test(part)) return false
  const source = part
    .replace(/[.+^${}()|\\]/g, '\\$&')
    .replace(/\[[^\]]*\]|\[/g, '.')
    .replaceAll('*', '.*')
    .replaceAll('?', '.')
  return new RegExp(`^${source}$`).test(folder)
}
