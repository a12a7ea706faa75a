import { existsSync, readFileSync } from 'node:fs'
import { release } from 'node:os'
import { productVersion } from '../egress/product.ts'
import { PLATFORM } from '../platform/platform.ts'
import { shippedText } from '../store/shipped-files.ts'
import { COMMANDS } from './commands.ts'
import { boundHeap } from './heap.ts'
import { secureProcess } from './node-environment.ts'
import { plainWords } from './words.ts'

/** Stands in the kept help for name, version, platform and Node. */
const AGENT = '{agent}'

/** The first word with which the shells' completion scripts ask for the words that may follow. */
const COMPLETE = '__complete'

/**
 * Runs `interdict` with the words of its command line.
 *
 * Commands and `--version` take a short way that loads a tenth of oclif, and print the same as on the long one: help, topics,
 * unknown commands. The exit code is in `process.exitCode`.
 */
export async function main(given: string[]): Promise<void> {
  const refusal = secureProcess()
  if (refusal !== undefined) {
    process.stderr.write(refusal)
    process.exit(2)
  }
  if (given[0] === COMPLETE) {
    const { printCompletions } = await import('../cli/complete.ts')
    return await printCompletions(given.slice(1))
  }
  const argv = plainWords(given)
  if (argv[0] === '--version' && !mayBeWindows()) {
    process.stdout.write(`${userAgent()}\n`)
    return
  }
  const help = keptHelp(argv)
  if (help !== undefined) {
    process.stdout.write(help)
    return
  }
  if (!(await runCommand(argv))) {
    const { runAny } = await import('./oclif.ts')
    await runAny(argv)
  }
}

/** Runs a command that the first words name beyond doubt; false if there is none, and nothing was run. */
async function runCommand(argv: string[]): Promise<boolean> {
  const end = argv.indexOf('--')
  if ((end === -1 ? argv : argv.slice(0, end)).includes('--help')) return false
  const found = commandOf(argv)
  if (!found) return false
  const { default: command } = await found.load()
  // oclif takes a word after a command without arguments for a part of its name.
  const next = argv[found.words]
  if (next !== undefined && !/^-|=/.test(next) && Object.keys(command.args ?? {}).length === 0) return false
  boundHeap()
  const { commandConfig } = await import('./command-config.ts')
  command.id = found.id
  await command.start(argv.slice(found.words), commandConfig(userAgent()))
  return true
}

/**
 * Returns the list of commands as the build has kept it, for where oclif would lay it out the same: 80 columns and no colours, which
 * is what it takes for a pipe and a file. `undefined` for everything else.
 */
function keptHelp(argv: readonly string[]): string | undefined {
  const isAsked = argv.length === 0 || (argv.length === 1 && argv[0] === '--help')
  if (!isAsked || process.stdout.isTTY || mayBeWindows()) return undefined
  if (['FORCE_COLOR', 'OCLIF_COLUMNS', 'OCLIF_DEBUG'].some(name => process.env[name] !== undefined))
    return undefined
  try {
    return shippedText('dist/program/help.txt').replace(AGENT, userAgent())
  } catch {
    // Sources that were not built.
    return undefined
  }
}

/** The command of the first two words or of the first. */
function commandOf(argv: readonly string[]) {
  for (const words of [2, 1]) {
    const id = argv.slice(0, words).join(':')
    const load =
      argv.length >= words && !id.startsWith(':') && Object.hasOwn(COMMANDS, id) ? COMMANDS[id] : undefined
    if (load) return { id, words, load }
  }
  return undefined
}

/** Name, version, platform and Node, as oclif names them outside the Windows Subsystem for Linux. */
function userAgent(): string {
  return `interdict/${productVersion()} ${process.platform}-${process.arch} node-${process.version}`
}

/** True where Linux may run under Windows: oclif calls that platform `wsl`, and knows it by these. */
function mayBeWindows(): boolean {
  if (!PLATFORM.mayRunUnderWindows) return false
  const marks = ['/proc/sys/fs/binfmt_misc/WSLInterop', '/run/WSL']
  return /microsoft/i.test(`${release()} ${kernel()}`) || marks.some(each => existsSync(each))
}

function kernel(): string {
  try {
    return readFileSync('/proc/version', 'utf8')
  } catch {
    return ''
  }
}
