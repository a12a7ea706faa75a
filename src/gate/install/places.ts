import { homedir } from 'node:os'
import { join } from 'node:path'
import { PLATFORM, type Platform } from '../../platform/platform.ts'
import type { Harness } from '../call.ts'

/** Whose settings: the user's, a project's, or the machine's (below `root`, which is `/` but for an image). */
export type Place = { kind: 'user' } | { kind: 'project'; folder: string } | { kind: 'system'; root: string }

/** The folder of a harness in a project or in the home folder. */
export const HARNESS_FOLDERS: { readonly [harness in Harness]: string } = {
  claude: '.claude',
  codex: '.codex',
  cursor: '.cursor',
  gemini: '.gemini',
  qwen: '.qwen',
}

const FILES: { readonly [harness in Harness]: string } = {
  claude: 'settings.json',
  codex: 'hooks.json',
  cursor: 'hooks.json',
  gemini: 'settings.json',
  qwen: 'settings.json',
}

/**
 * Machine-wide settings on Linux, from code.claude.com/docs/en/settings, learn.chatgpt.com/docs/hooks ("managed hooks"),
 * cursor.com/docs/hooks, geminicli.com/docs/reference/configuration and Qwen Code's own `getSystemSettingsPath`.
 */
const SYSTEM_FILES: { readonly [harness in Harness]: string } = {
  claude: 'etc/claude-code/managed-settings.json',
  codex: 'etc/codex/hooks.json',
  cursor: 'etc/cursor/hooks.json',
  gemini: 'etc/gemini-cli/settings.json',
  qwen: 'etc/qwen-code/settings.json',
}
const MACOS_FOLDERS: { readonly [harness in Harness]?: string } = {
  claude: 'ClaudeCode/managed-settings.json',
  cursor: 'Cursor/hooks.json',
  gemini: 'GeminiCli/settings.json',
  qwen: 'QwenCode/settings.json',
}

/** Environment variables that make a harness read another settings file. */
const FOLDER_VARIABLES: { readonly [harness in Harness]?: string } = {
  claude: 'CLAUDE_CONFIG_DIR',
  codex: 'CODEX_HOME',
}
const SYSTEM_VARIABLES: { readonly [harness in Harness]?: string } = {
  gemini: 'GEMINI_CLI_SYSTEM_SETTINGS_PATH',
  qwen: 'QWEN_CODE_SYSTEM_SETTINGS_PATH',
}

/** The file in which a harness looks for hooks. */
export function settingsPath(harness: Harness, place: Place, platform: Platform = PLATFORM): string {
  switch (place.kind) {
    case 'user': {
      const variable = FOLDER_VARIABLES[harness]
      const named = variable === undefined ? undefined : process.env[variable]
      return join(named || join(homedir(), HARNESS_FOLDERS[harness]), FILES[harness])
    }
    case 'project':
      return join(place.folder, HARNESS_FOLDERS[harness], FILES[harness])
    case 'system': {
      const variable = SYSTEM_VARIABLES[harness]
      const named = variable === undefined || place.root !== '/' ? undefined : process.env[variable]
      const macos = platform.machineSettings === 'Library' ? MACOS_FOLDERS[harness] : undefined
      if (named) return named
      return macos === undefined
        ? join(place.root, SYSTEM_FILES[harness])
        : join(place.root, 'Library/Application Support', macos)
    }
  }
}

/** Codex reads its machine-wide requirements from here. */
export function requirementsPath(root: string): string {
  return join(root, 'etc/codex/requirements.toml')
}
