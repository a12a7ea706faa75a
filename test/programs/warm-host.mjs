// Runs `bin/run.js` again and again in one process: `warm-host.mjs SOCKET STARTER`. See warm.ts for who asks.
//
// The code stays loaded between runs. Everything that a run can leave in a process is put back: environment, folder, arguments, exit
// code, listeners. A run ends as a program ends: when nothing keeps the event loop alive any more, or when it calls
// `process.exit`.
import { appendFileSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import tls from 'node:tls'

const [socket, starter] = process.argv.slice(2)
const root = new URL('../../', import.meta.url)
const main = new URL('bin/run.js', root)

/** Milliseconds that a run may keep the event loop alive after its command has ended. */
const DRAIN = 30_000
/** Milliseconds without a question after which nobody will ask any more: tests that ask may be far apart, and end it when all are over. */
const IDLE = 600_000
/** Runs after which a fresh host takes over, so that nothing grows without end. */
const RUNS = 500

let runs = 0

const exit = process.exit
const stdin = Object.getOwnPropertyDescriptor(process, 'stdin')
const EVENTS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'exit', 'beforeExit', 'warning']

/** The run in hand: what it has written and how it ends. */
let current
class Exited extends Error {}

for (const name of ['stdout', 'stderr']) {
  process[name].write = (chunk, encoding, then) => {
    const done = typeof encoding === 'function' ? encoding : then
    if (current && !current.ended) {
      current[name] += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('utf8')
    }
    if (done) process.nextTick(done)
    return true
  }
}
process.exit = code => {
  end(Number(code ?? process.exitCode ?? 0), 'exit')
  // Nothing of the caller goes on; what it waits for may.
  throw new Exited()
}
const crashed = error => {
  if (error instanceof Exited) return
  if (!current || current.ended) exit(1)
  current.stderr += `${error?.stack ?? error}\n`
  end(1, 'crash')
}
process.on('uncaughtException', crashed)
process.on('unhandledRejection', crashed)

function end(code, how) {
  if (!current || current.ended) return
  current.ended = true
  current.end({ code, how })
}

async function run({ args, env, cwd, input }) {
  const before = {
    env: { ...process.env },
    listeners: new Map(EVENTS.map(event => [event, process.rawListeners(event)])),
    active: activity(),
  }
  become(env)
  trust(env.NODE_EXTRA_CA_CERTS)
  process.chdir(cwd)
  process.argv = [process.execPath, main.pathname, ...args]
  process.exitCode = undefined
  const reader = Readable.from(input === undefined ? [] : [Buffer.from(input)], { objectMode: false })
  Object.defineProperty(process, 'stdin', { configurable: true, get: () => reader })
  runs += 1
  const ended = new Promise(resolve => {
    current = { stdout: '', stderr: '', ended: false, end: resolve }
  })
  import(`${main.href}?run=${runs}`).then(
    async () => {
      const left = await drained(before.active)
      if (left.length === 0) return end(Number(process.exitCode ?? 0), 'end')
      current.stderr += `the program does not end: ${left.join(', ')}\n`
      end(null, 'stuck')
    },
    error => crashed(error),
  )
  const { code, how } = await ended
  const { stdout, stderr } = current
  current = undefined
  become(before.env)
  process.exitCode = undefined
  Object.defineProperty(process, 'stdin', stdin)
  for (const [event, listeners] of before.listeners) {
    process.removeAllListeners(event)
    for (const listener of listeners) process.on(event, listener)
  }
  // Work that `process.exit` cut off goes on here: such a process is not fit for another run.
  const clean = how === 'end' || (how === 'exit' && (await drained(before.active, 200)).length === 0)
  return { ended: { code, signal: null, stdout, stderr }, fit: clean && runs < RUNS }
}

/** Does what Node does with NODE_EXTRA_CA_CERTS when it starts. */
const CERTIFICATES = tls.getCACertificates('default')
let trusted
function trust(file) {
  if (file === trusted) return
  trusted = file
  const more = file === undefined ? [] : [readFileSync(file, 'utf8')]
  tls.setDefaultCACertificates([...CERTIFICATES, ...more])
}

function become(env) {
  for (const name of Object.keys(process.env)) if (!(name in env)) delete process.env[name]
  Object.assign(process.env, env)
}

/** The resources that keep the event loop alive, by kind. */
function activity() {
  const counts = new Map()
  for (const kind of process.getActiveResourcesInfo()) counts.set(kind, (counts.get(kind) ?? 0) + 1)
  return counts
}

/** Waits until nothing more keeps the event loop alive than before; returns what still does. */
async function drained(before, patience = DRAIN) {
  const until = performance.now() + patience
  for (let wait = 0; ; wait = Math.min(50, wait + 1)) {
    const left = [...activity()]
      .filter(([kind, count]) => count > (before.get(kind) ?? 0))
      .map(([kind]) => kind)
    if (left.length === 0 || performance.now() > until || current?.ended === true) return left
    // The first looks come one turn of the loop apart.
    if (wait < 5) await new Promise(resolve => setImmediate(resolve))
    else await sleepUnseen(wait)
  }
}

function sleepUnseen(ms) {
  return new Promise(resolve => setTimeout(resolve, ms).unref())
}

let queue = Promise.resolve()
let idle = setTimeout(leave, IDLE)
function leave() {
  rmSync(socket, { force: true })
  noteWork()
  exit(0)
}

/** For the line at the end of `vitest run`; see setup/hosts.ts. */
function noteWork() {
  const line = JSON.stringify({ runs })
  try {
    appendFileSync(join(dirname(socket), 'hosts'), `${line}\n`)
  } catch {
    // The tests are over.
  }
}

const server = createServer(connection => {
  clearTimeout(idle)
  // The next question must not look like something that the run in hand left behind.
  connection.unref()
  connection.setEncoding('utf8')
  let text = ''
  connection.on('error', () => undefined)
  connection.on('data', data => {
    text += data
    const at = text.indexOf('\n')
    if (at === -1) return
    const asked = text.slice(0, at)
    text = text.slice(at + 1)
    queue = queue.then(() => answer(connection, JSON.parse(asked)))
  })
})

/** Milliseconds of processor time since the answer before. */
let accounted = 0
function spent() {
  const { user, system } = process.cpuUsage()
  const all = (user + system) / 1000
  const since = all - accounted
  accounted = all
  return since
}

async function answer(connection, asked) {
  if (asked.leave) return leave()
  // The caller does not wait for this run any more, and it may never end.
  connection.once('close', () => {
    if (current) leave()
  })
  const { ended, fit } = await run(asked)
  const text = `${JSON.stringify({ ended, cpuMs: spent() })}\n`
  if (!fit) {
    // Gone before anybody can ask again; who waits in the queue asks the next one.
    rmSync(socket, { force: true })
    noteWork()
    connection.end(text, () => exit(0))
    return await new Promise(() => undefined)
  }
  connection.end(text)
  clearTimeout(idle)
  idle = setTimeout(leave, IDLE)
}

server.listen(socket)

/** Milliseconds between two looks whether `vitest run` is still there: one that was killed dismisses nobody. */
const ALONE = 5_000
setInterval(() => {
  try {
    process.kill(Number(starter), 0)
  } catch {
    leave()
  }
}, ALONE).unref()
