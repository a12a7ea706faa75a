import { spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

const WINDOWS = process.platform === 'win32'

/** Runs npm, which is a batch file on Windows and needs a shell there; paths with spaces are quoted. Throws if it cannot start. */
export function npm(args, options = {}) {
  const quoted = WINDOWS ? args.map(arg => (/[\s&^%]/.test(arg) ? `"${arg}"` : arg)) : args
  const ended = spawnSync(WINDOWS ? 'npm.cmd' : 'npm', quoted, { ...options, shell: WINDOWS })
  if (ended.error) throw ended.error
  return ended
}

/** The path of Node's program in a folder of the package `node` or of one for a platform. */
export const programIn = folder => join(folder, 'bin', WINDOWS ? 'node.exe' : 'node')

/** Whether this is a Node that starts. */
export const starts = program => spawnSync(program, ['--version']).status === 0

/**
 * Installs Node into `folder` from its platform's package, which carries the binary, so that no install script has to run. Returns the
 * program's path, or undefined if npm fails. Installs nothing if it is there.
 *
 * @param version a version or a range such as `22`
 */
export function installNode(version, folder) {
  const platform = WINDOWS ? 'win' : process.platform
  const name = `${process.platform === 'darwin' && process.arch === 'arm64' ? 'node-bin' : 'node'}-${platform}-${process.arch}`
  const program = programIn(join(folder, 'node_modules', name))
  if (existsSync(program) && starts(program)) return program
  mkdirSync(folder, { recursive: true })
  const flags = [
    '--no-save',
    '--ignore-scripts',
    '--no-fund',
    '--no-audit',
    '--no-package-lock',
    '--loglevel=error',
  ]
  const { status } = npm(['install', '--prefix', folder, ...flags, `${name}@${version}`], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  return status === 0 ? program : undefined
}

/**
 * Makes the package `node` in `modules` work where its install script did not run (`ignore-scripts`, or a script that npm does not
 * allow): puts the binary where the script would have put it, and the link to it into `.bin`, by which programs of other packages start
 * with this Node. Returns whether Node starts.
 *
 * @param version the package's
 * @param cache folder for the download
 */
export function completeNode(modules, version, cache) {
  const program = programIn(join(modules, 'node'))
  if (existsSync(program) && starts(program)) return true
  const installed = installNode(version, cache)
  if (installed === undefined) return false
  mkdirSync(dirname(program), { recursive: true })
  copyFileSync(installed, program)
  const link = join(modules, '.bin', WINDOWS ? 'node.cmd' : 'node')
  rmSync(link, { force: true })
  if (WINDOWS) writeFileSync(link, '@"%~dp0\\..\\node\\bin\\node.exe" %*\r\n')
  else symlinkSync('../node/bin/node', link)
  return starts(program)
}
