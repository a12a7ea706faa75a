// Azurite, Microsoft's emulator of Azure Storage, for the suites of the queue source and of the object stores. It is 245 MB of packages that
// nothing else needs, so that it lives in .cache and not among the dependencies.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const REQUIREMENT = 'azurite@3.37.0'
const home = join(dirname(fileURLToPath(import.meta.url)), '..', '.cache', 'azurite')
const serverOf = service => join(home, `node_modules/azurite/dist/src/${service}/main.js`)
// "Use the Azurite emulator for local Azure Storage development", well-known storage account and key.
const ACCOUNT = 'devstoreaccount1'
const KEY = 'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=='

/** Installs it, or reuses what a stamp says is finished. Ends the process when it cannot. */
export function ready() {
  const stamp = join(home, 'interdict-stamp')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === REQUIREMENT && existsSync(serverOf('queue')))
    return
  process.stderr.write(`interdict: installing ${REQUIREMENT} into .cache/azurite\n`)
  // Aside first: another run may be waiting for the same, and one that is interrupted leaves nothing half there.
  const aside = `${home}-${process.pid}`
  mkdirSync(aside, { recursive: true })
  const options = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']
  const { status } = spawnSync('npm', ['install', '--prefix', aside, REQUIREMENT, ...options], {
    cwd: aside,
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  if (status !== 0) {
    rmSync(aside, { recursive: true, force: true })
    process.stderr.write(`interdict: npm could not install ${REQUIREMENT}: is the npm registry reachable?\n`)
    process.exit(2)
  }
  writeFileSync(join(aside, 'interdict-stamp'), REQUIREMENT)
  rmSync(home, { recursive: true, force: true })
  renameSync(aside, home)
}

/**
 * Starts its queues, or its blobs, on loopback, on a port that the system gives, with nothing on disk. Resolves when they answer, to
 * the connection string and what ends them; undefined, with what it said on stderr, when they do not within a minute.
 */
export async function azurite(service = 'queue') {
  ready()
  const options = ['--inMemoryPersistence', '--skipApiVersionCheck', '--disableTelemetry', '--silent']
  const child = spawn(
    process.execPath,
    [serverOf(service), `--${service}Host`, '127.0.0.1', `--${service}Port`, '0', ...options],
    {
      cwd: home,
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  )
  process.once('exit', () => child.kill('SIGKILL'))
  const over = new Promise(resolve => child.once('close', resolve))
  const endpoint = await new Promise(resolve => {
    let log = ''
    let given = false
    const give = address => {
      if (given) return
      given = true
      clearTimeout(late)
      if (address === undefined) process.stderr.write(`interdict: Azurite does not answer\n${log}\n`)
      resolve(address)
    }
    const late = setTimeout(give, 60_000, undefined)
    child.once('error', error => {
      log += error.message
      give(undefined)
    })
    const keep = chunk => {
      log = (log + chunk).slice(-20_000)
      const [, address] = /successfully listens on (http:\/\/127\.0\.0\.1:\d+)/.exec(log) ?? []
      if (address !== undefined) give(address)
    }
    child.stdout.on('data', keep)
    child.stderr.on('data', keep)
    over.then(() => give(undefined))
  })
  if (endpoint === undefined) return undefined
  const connection = [
    'DefaultEndpointsProtocol=http',
    `AccountName=${ACCOUNT}`,
    `AccountKey=${KEY}`,
    `${service === 'queue' ? 'Queue' : 'Blob'}Endpoint=${endpoint}/${ACCOUNT};`,
  ].join(';')
  return {
    connection,
    async end() {
      // Its own farewell waits for connections that are kept alive, and it has nothing to write.
      child.kill('SIGKILL')
      await over
    },
  }
}
