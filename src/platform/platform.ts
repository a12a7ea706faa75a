import { type PlatformPath, posix, win32 } from 'node:path'

/** Variables of the environment, by name. */
type Environment = Readonly<Record<string, string | undefined>>

/**
 * Everything that differs between the systems that the program runs on. Code asks `PLATFORM` and not `process.platform`; a test hands in
 * another system's.
 */
export interface Platform {
  /** Separators, and which paths are absolute. */
  path: PlatformPath
  /** The folder under which programs keep a user's data. `home`: the user's home folder. */
  dataHome(environment: Environment, home: string): string
  /** The folder under which programs keep a user's configuration. */
  configHome(environment: Environment, home: string): string
  /** The folder of the gcloud command, as Google's own libraries look for it. */
  gcloudHome(environment: Environment, home: string): string
  /** `shell`: hooks are installed as a line for `/bin/sh`; `cmd`: for the command interpreter of Windows. */
  hookShell: 'sh' | 'cmd'
  /** Returns a word as the shell of hooks takes it. Throws `Unquotable` if the shell cannot be handed this word. */
  quoted(word: string): string
  /** The folder of machine-wide settings: `etc` of Linux and those below it; undefined where they are not supported. */
  machineSettings: 'etc' | 'Library' | undefined
  /** The signals that ask a program to end: Ctrl-C, and what the system sends. */
  endSignals: readonly NodeJS.Signals[]
  /** A folder can be opened and synced, which makes the names in it durable. */
  syncsFolders: boolean
  /** `/dev/stdin` opens a pipe anew, so that it can be read without waiting. */
  reopensStdin: boolean
  /** A process can be replaced by another program (execve), which ends it although a read is pending. */
  replacesProcess: boolean
  /** Libraries read `HOME` and `SHELL`, and look them up in the passwd file where they are missing. */
  hasPasswd: boolean
  /** May be a Linux that runs under Windows (WSL). */
  mayRunUnderWindows: boolean
}

/** A word that no quotes make safe for the shell. */
export class Unquotable extends Error {}

const UNIX = {
  path: posix,
  gcloudHome: (_, home) => posix.join(home, '.config', 'gcloud'),
  hookShell: 'sh',
  quoted: word => (isPlain(word) ? word : `'${word.replaceAll("'", "'\\''")}'`),
  endSignals: ['SIGINT', 'SIGTERM'],
  syncsFolders: true,
  replacesProcess: true,
  hasPasswd: true,
} satisfies Partial<Platform>

/** Linux, and other systems with its conventions (https://specifications.freedesktop.org/basedir-spec/latest/). */
export const LINUX: Platform = {
  ...UNIX,
  dataHome: (environment, home) => environment['XDG_DATA_HOME'] || posix.join(home, '.local', 'share'),
  configHome: (environment, home) => environment['XDG_CONFIG_HOME'] || posix.join(home, '.config'),
  machineSettings: 'etc',
  reopensStdin: true,
  mayRunUnderWindows: true,
}

/** macOS. */
export const MACOS: Platform = {
  ...UNIX,
  dataHome: (_, home) => posix.join(home, 'Library', 'Application Support'),
  configHome: (_, home) => posix.join(home, 'Library', 'Preferences'),
  machineSettings: 'Library',
  reopensStdin: false,
  mayRunUnderWindows: false,
}

/** Windows. */
export const WINDOWS: Platform = {
  path: win32,
  dataHome: (environment, home) => environment['LOCALAPPDATA'] || win32.join(home, 'AppData', 'Local'),
  configHome: (environment, home) => environment['APPDATA'] || win32.join(home, 'AppData', 'Roaming'),
  gcloudHome: (environment, home) =>
    win32.join(environment['APPDATA'] || win32.join(home, 'AppData', 'Roaming'), 'gcloud'),
  hookShell: 'cmd',
  quoted: quotedForCmd,
  machineSettings: undefined,
  // Node ends at SIGTERM without a handler; Ctrl-Break comes as SIGBREAK (https://nodejs.org/api/process.html#signal-events).
  endSignals: ['SIGINT', 'SIGBREAK', 'SIGTERM'],
  syncsFolders: false,
  reopensStdin: false,
  replacesProcess: false,
  hasPasswd: false,
  mayRunUnderWindows: false,
}

/** Returns what is known of a system, by Node's name for it. One that is not known is taken for Linux without its `/dev` and `/proc`. */
export function platformOf(system: NodeJS.Platform): Platform {
  if (system === 'linux') return LINUX
  if (system === 'darwin') return MACOS
  if (system === 'win32') return WINDOWS
  return { ...LINUX, reopensStdin: false, mayRunUnderWindows: false }
}

/** The system that this process runs on. */
export const PLATFORM = platformOf(process.platform)

function isPlain(word: string): boolean {
  return /^[\w@%+=:,./-]+$/.test(word)
}

/**
 * A word in double quotes. `cmd` puts a variable in place of `%NAME%` in quotes too, and a program takes `\"` for a quote
 * (https://learn.microsoft.com/en-us/cpp/c-language/parsing-c-command-line-arguments), so that backslashes at the end are doubled.
 */
function quotedForCmd(word: string): string {
  if (/["%\r\n\0]/.test(word)) throw new Unquotable('it holds a quote, a percent sign or a line break')
  if (/^[\w@+=:,./\\-]+$/.test(word) && !word.endsWith('\\')) return word
  return `"${word.replace(/\\+$/, '$&$&')}"`
}
