import { type ChildProcess, spawn } from 'node:child_process'
import { createServer } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll } from 'vitest'

/** How long moto may take to load: AWS's managed policies, on a busy machine. */
const PATIENCE_SECONDS = 120

/**
 * A moto server for the file that imports this: files run side by side, and none resets the estate of another or waits
 * until fifty accounts of another are forgotten.
 */
export const endpoint = await begun()

async function begun(): Promise<string> {
  const python = process.env['INTERDICT_TEST_PYTHON']
  if (python === undefined) throw new Error('run this suite with: npm run test:moto')
  const port = await freePort()
  const at = `http://127.0.0.1:${port}`
  const server = spawn(python, ['-m', 'moto.server', '-H', '127.0.0.1', '-p', String(port)], {
    // Without the managed policies AWSDenyAll does not exist, and one rung of the quarantine cannot be tested.
    env: { ...process.env, MOTO_IAM_LOAD_MANAGED_POLICIES: 'true' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let log = ''
  for (const stream of [server.stdout, server.stderr]) {
    stream.on('data', chunk => {
      log = `${log}${chunk}`.slice(-20_000)
    })
  }
  const end = () => server.kill('SIGKILL')
  process.once('exit', end)
  afterAll(async () => {
    process.off('exit', end)
    const over = new Promise(resolve => server.once('close', resolve))
    if (server.exitCode !== null || server.signalCode !== null) return
    end()
    await over
  })
  if (await answers(at, server)) return at
  end()
  throw new Error(`moto's server does not answer at ${at}\n${log}`)
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      const port = address !== null && typeof address === 'object' ? address.port : 0
      server.close(() => resolve(port))
    })
  })
}

async function answers(at: string, server: ChildProcess): Promise<boolean> {
  for (let waited = 0; waited < PATIENCE_SECONDS * 10 && server.exitCode === null; waited += 1) {
    const answer = await fetch(`${at}/moto-api/data.json`).catch(() => undefined)
    if (answer?.ok) return true
    await pause(100)
  }
  return false
}
