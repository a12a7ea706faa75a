import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync } from 'node:fs'
import { createConnection, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { checked } from '../results.ts'
import { COMPILED, type Ended, PROGRAM, type Run, runProcess } from './run.ts'

const HOST = fileURLToPath(new URL('warm-host.mjs', import.meta.url))

/** Where the sockets of the hosts are: one folder for all of `vitest run`, which `setup/hosts.ts` makes. */
const folder = process.env['INTERDICT_TEST_HOSTS'] ?? mkdtempSync(join(tmpdir(), 'interdict-hosts-'))
const socket = join(folder, `${process.env['VITEST_POOL_ID'] ?? '0'}.sock`)

/** Milliseconds after which a run counts as hanging. */
const PATIENCE = 280_000

/** Variables that Node and the libraries of the clouds act on when they are loaded: a loaded process would not notice them. */
const AT_START =
  /^(?:NODE_(?!EXTRA_CA_CERTS$)|DEBUG$|AZURE_LOG_LEVEL$|TYPESPEC_|GOOGLE_SDK_NODE_LOGGING$|GRPC_|SSL_CERT_|TZ$|LANG$|LC_|(?:HTTPS?|ALL|NO)_PROXY$|(?:https?|all|no)_proxy$)/

/**
 * Runs the program in a process that has the packages loaded already, which takes a fifth of the time that a new one takes.
 * Everything else is as with `runProcess`: arguments, environment, folder and input go in, and exit code and text come out.
 * Runs of one test file happen one after the other.
 *
 * Not for signals, terminals, limits, and whatever else a process alone can show: that is in `test/system`.
 */
export async function runWarm(run: Run): Promise<Ended> {
  if (isForNew(run.env)) return await runProcess(run)
  const { args, cwd, input } = run
  const env = Object.fromEntries(Object.entries(run.env).filter(([, value]) => value !== undefined))
  const question = `${JSON.stringify({ args, env, cwd, input })}\n`
  // A host that has had enough runs leaves when it has answered, which the next one to ask may find half-way.
  for (let attempt = 1; ; attempt += 1) {
    const answer = await ask(await connected(), question)
    if (answer) return checked(args, answer)
    if (attempt === 3) throw new Error(`no host ran ${PROGRAM} ${args.join(' ')}`)
  }
}

function isForNew(env: NodeJS.ProcessEnv): boolean {
  const { NODE_EXTRA_CA_CERTS: extra } = env
  const isMissing = extra !== undefined && !existsSync(extra)
  return isMissing || Object.entries(env).some(([name, value]) => value !== undefined && AT_START.test(name))
}

async function connected(): Promise<Socket> {
  const there = await connect()
  if (there) return there
  const env = { PATH: process.env['PATH'], HOME: folder, NODE_COMPILE_CACHE: COMPILED }
  const host = spawn(process.execPath, [HOST, socket, String(process.ppid)], {
    cwd: folder,
    env,
    stdio: 'ignore',
    detached: true,
  })
  host.unref()
  for (;;) {
    const opened = await connect()
    if (opened) return opened
    if (host.exitCode !== null) throw new Error(`the host of warm programs ended with ${host.exitCode}`)
    await setTimeout(5)
  }
}

function connect(): Promise<Socket | undefined> {
  return new Promise(resolve => {
    const connection = createConnection(socket)
    connection.once('connect', () => resolve(connection))
    connection.once('error', () => resolve(undefined))
  })
}

/** Undefined when the host left without an answer. */
function ask(connection: Socket, question: string): Promise<Ended | undefined> {
  return new Promise((resolve, reject) => {
    let text = ''
    const late = globalThis.setTimeout(() => {
      // The host leaves when it sees this, and the run with it.
      connection.destroy()
      reject(new Error(`still running after ${PATIENCE / 1000} s: ${question}`))
    }, PATIENCE)
    connection.removeAllListeners('error').on('error', () => undefined)
    connection.setEncoding('utf8').on('data', data => {
      text += data
    })
    connection.once('close', () => {
      clearTimeout(late)
      if (!text.endsWith('\n')) return resolve(undefined)
      const { ended, cpuMs } = JSON.parse(text) as { ended: Ended; cpuMs: number }
      noteWarm(cpuMs)
      resolve(ended)
    })
    connection.write(question)
  })
}

/** Adds to what the test file has cost: see setup/count-processes.ts. */
function noteWarm(cpuMs: number): void {
  const { interdictTestCosts: costs } = globalThis as { interdictTestCosts?: { warmMs: number } }
  if (costs) costs.warmMs += cpuMs
}
