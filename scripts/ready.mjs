// Makes a clone ready (installs what is missing, builds what is stale), then runs the given command with the
// project's own Node. Plain JavaScript for the oldest Node that may start it: 20.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { completeNode, npm, programIn } from './npm.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const cache = join(root, '.cache')
const bins = join(root, 'node_modules', '.bin')
const env = { ...process.env, PATH: `${bins}${delimiter}${process.env.PATH}` }

function finish({ status, error }) {
  if (error) throw error
  if (status !== 0) process.exit(status ?? 1)
}

/** The stamp of a finished step; it differs when an input changed, so an interrupted step is done again. */
function stale(step, stamp) {
  const file = join(cache, step)
  return !existsSync(file) || readFileSync(file, 'utf8') !== stamp
}

function done(step, stamp) {
  mkdirSync(cache, { recursive: true })
  writeFileSync(join(cache, step), stamp)
}

const lock = createHash('sha256')
  .update(readFileSync(join(root, 'package-lock.json')))
  .digest('hex')
// A folder that is a link is another clone's, which `npm ci` would empty.
const modules = join(root, 'node_modules')
const isLink = lstatSync(modules, { throwIfNoEntry: false })?.isSymbolicLink() === true
if (!isLink && (!existsSync(bins) || stale('installed', lock))) {
  process.stderr.write('interdict: installing dependencies (npm ci)\n')
  finish(npm(['ci', '--no-fund', '--no-audit', '--loglevel=error'], { cwd: root, env, stdio: 'inherit' }))
  const { version } = JSON.parse(readFileSync(join(modules, 'node/package.json'), 'utf8'))
  if (!completeNode(modules, version, join(cache, 'node'))) {
    process.stderr.write(
      "interdict: the project's own Node cannot be installed: is npm's registry reachable?\n",
    )
    process.exit(2)
  }
  done('installed', lock)
}
const node = programIn(join(modules, 'node'))

function newest(folder) {
  let latest = ''
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile()) continue
    const file = join(entry.parentPath ?? entry.path, entry.name)
    latest += `${file} ${statSync(file).mtimeMs}\n`
  }
  return createHash('sha256').update(latest).digest('hex')
}

/** The files that a build reads besides the sources: its scripts, and the manifest and topics for the list of commands. */
const BUILDERS = [
  'build',
  'bundle-program',
  'bundle-gate',
  'bundled-packages',
  'declarations',
  'declaration-statements',
]
const builders = [...BUILDERS.map(name => `scripts/${name}.mjs`), 'oclif.manifest.json', 'package.json'].map(
  file => readFileSync(join(root, file), 'utf8'),
)
const sources = newest(join(root, 'src')) + lock + createHash('sha256').update(builders.join()).digest('hex')
if (!existsSync(join(root, 'dist')) || stale('built', sources)) {
  process.stderr.write('interdict: building\n')
  finish(spawnSync(node, [join(root, 'scripts/build.mjs')], { cwd: root, env, stdio: 'inherit' }))
  done('built', sources)
}

const [command, ...args] = process.argv.slice(2)
if (command) {
  const program = /\.m?js$/.test(command) ? join(root, command) : undefined
  const child = program
    ? spawnSync(node, [program, ...args], { env, stdio: 'inherit' })
    : // On Windows a package's program is a batch file, which needs a shell.
      spawnSync(join(bins, command), args, {
        cwd: root,
        env,
        stdio: 'inherit',
        shell: process.platform === 'win32',
      })
  if (child.error) throw child.error
  process.exit(child.status ?? (child.signal === 'SIGINT' ? 130 : 1))
}
