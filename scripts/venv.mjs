// A Python environment in .venv for the suites that judge us with what we did not write: moto's server, botocore's
// service models, the discovery documents that Google's client carries, and the official MCP client. A second one in .venv-peers
// for the bench that compares us with others, and a third in .venv-sbom with CycloneDX's schemas.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const REQUIREMENTS = ['moto[server]==5.2.5', 'google-api-python-client==2.202.0', 'mcp==2.3.0']
/** CycloneDX's own schemas, and what holds a document to them. */
const SBOM = ['cyclonedx-python-lib[json-validation]==11.12.0']
const PEERS = ['moto[server]==5.2.5', 'c7n==0.9.53', 'awscli==1.46.3']

const venv = join(root, '.venv')

/** The path of a program in the environment. */
export const program = name => programIn(venv, name)

const programIn = (folder, name) => join(folder, process.platform === 'win32' ? 'Scripts' : 'bin', name)

/** Makes the environment, or reuses the one that a stamp says is finished. Ends the process when it cannot. */
export const ready = () => made(venv, REQUIREMENTS)

/** Makes the environment that judges the SBOM; returns its Python. */
export function readySbom() {
  const folder = join(root, '.venv-sbom')
  made(folder, SBOM)
  return programIn(folder, 'python')
}

/** The same with the programs of others; returns their paths by name. */
export function readyPeers() {
  const folder = join(root, '.venv-peers')
  made(folder, PEERS)
  return name => programIn(folder, name)
}

function made(folder, requirements) {
  const wanted = requirements.join(' ')
  const python = programIn(folder, 'python')
  const stamp = join(folder, 'interdict-stamp')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted && answers(python)) return
  process.stderr.write(`interdict: making ${folder} with ${wanted}\n`)
  rmSync(folder, { recursive: true, force: true })
  const base = ['python3', 'python'].find(answers)
  if (!base) fail('Python 3.10 or newer is missing', 'install python3 with its venv module')
  if (!run(base, ['-m', 'venv', folder])) {
    fail(
      'python -m venv failed',
      "install Python's venv module; on Debian and Ubuntu: apt-get install python3-venv",
    )
  }
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...requirements]
  if (!run(python, pip)) fail(`pip could not install ${wanted}`, 'is PyPI reachable?')
  writeFileSync(stamp, wanted)
}

function answers(python) {
  return spawnSync(python, ['-c', 'import sys; sys.exit(sys.version_info < (3, 10))']).status === 0
}

function run(command, args) {
  return spawnSync(command, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] }).status === 0
}

function fail(what, next) {
  process.stderr.write(`interdict: ${what}: ${next}\n`)
  process.exit(2)
}
