// `npm run test:moto`: starts moto's server and Azurite on loopback, runs test/moto, test/specs and what of test/sources
// is a real queue's against them, ends them.
import { spawn } from 'node:child_process'
import { createServer } from 'node:net'
import { dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { azurite } from './azurite.mjs'
import { program, ready } from './venv.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })
}

async function answering(endpoint, server) {
  const until = Date.now() + 60_000
  while (Date.now() < until && server.exitCode === null) {
    const answer = await fetch(`${endpoint}/moto-api/data.json`).catch(() => undefined)
    if (answer?.ok) return true
    await pause(100)
  }
  return false
}

function ended(child) {
  return new Promise(resolve => child.once('close', (code, signal) => resolve(signal ? 1 : (code ?? 1))))
}

ready()
const port = await freePort()
const endpoint = `http://127.0.0.1:${port}`
let log = ''
const server = spawn(program('python'), [program('moto_server'), '-H', '127.0.0.1', '-p', String(port)], {
  cwd: root,
  // Without the managed policies AWSDenyAll does not exist, and one rung of the quarantine cannot be tested.
  env: { ...process.env, MOTO_IAM_LOAD_MANAGED_POLICIES: 'true' },
  stdio: ['ignore', 'pipe', 'pipe'],
})
const keep = chunk => {
  log = (log + chunk).slice(-20_000)
}
server.stdout.on('data', keep)
server.stderr.on('data', keep)
const over = ended(server)
process.once('exit', () => server.kill('SIGKILL'))
process.once('SIGINT', () => process.exit(130))
process.once('SIGTERM', () => process.exit(143))

if (!(await answering(endpoint, server))) {
  process.stderr.write(`interdict: moto's server did not answer at ${endpoint}\n${log}\n`)
  process.exit(1)
}
const queues = await azurite()
if (queues === undefined) process.exit(1)
const vitest = spawn(
  process.execPath,
  [
    join(root, 'node_modules/vitest/vitest.mjs'),
    'run',
    '--config',
    'test/moto/vitest.config.ts',
    ...process.argv.slice(2),
  ],
  {
    cwd: root,
    stdio: 'inherit',
    env: {
      ...process.env,
      INTERDICT_TEST_MOTO: endpoint,
      INTERDICT_TEST_AZURITE: queues.connection,
      INTERDICT_TEST_PYTHON: program('python'),
    },
  },
)
const code = await ended(vitest)
await queues.end()
server.kill('SIGTERM')
await Promise.race([over, pause(3000)])
process.exit(code)
