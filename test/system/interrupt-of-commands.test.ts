import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, stat } from 'node:fs/promises'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openStore } from '../../src/journal/store.ts'
import { REAL } from '../../src/model/timing.ts'
import { COMPILED } from '../programs/run.ts'
import { isWhole, someOf } from '../setup/whole.ts'
import { Terminal } from './terminal.ts'

const BIN = fileURLToPath(new URL('../../bin/run.js', import.meta.url))
const LONG = 300_000

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'interdict-interrupt-'))
})

const place = () => ({ state: join(folder, 'state'), config: join(folder, 'config') })
const environment = () => ({
  PATH: process.env['PATH'],
  HOME: folder,
  INTERDICT_STATE: place().state,
  INTERDICT_CONFIG: place().config,
  AWS_EC2_METADATA_DISABLED: 'true',
  NODE_COMPILE_CACHE: COMPILED,
})

interface Running {
  child: ChildProcess
  ended: Promise<{ code: number | null; stdout: string; stderr: string }>
  /** Resolves when it has said this on stderr. */
  says(text: string): Promise<void>
}

function start(args: readonly string[], more: { [name: string]: string } = {}): Running {
  const child = spawn(process.execPath, [BIN, ...args], {
    env: { ...environment(), ...more },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let [stdout, stderr] = ['', '']
  let look = () => {}
  child.stdout.on('data', data => {
    stdout += data
  })
  child.stderr.on('data', data => {
    stderr += data
    look()
  })
  const ended = once(child, 'close').then(([code]) => {
    look()
    return { code, stdout, stderr }
  })
  return {
    child,
    ended,
    async says(text) {
      while (!stderr.includes(text)) {
        if (child.exitCode !== null) throw new Error(`ended without ${text}: ${stderr}`)
        await new Promise<void>(resolve => {
          look = resolve
        })
      }
    },
  }
}

describe('a cloud that accepts a connection and never answers', () => {
  let hole: Server
  const sockets = new Set<Socket>()
  let connected: Promise<unknown>
  beforeEach(async () => {
    hole = createServer(socket => {
      sockets.add(socket)
      socket.on('error', () => undefined)
    })
    connected = once(hole, 'connection')
    hole.listen(0, '127.0.0.1')
    await once(hole, 'listening')
  })
  afterEach(() => {
    for (const socket of sockets) socket.destroy()
    hole.close()
  })

  const live = () => ({
    AWS_ENDPOINT_URL: `http://127.0.0.1:${(hole.address() as AddressInfo).port}`,
    AWS_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE',
    AWS_SECRET_ACCESS_KEY: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
  })
  const key = ['--input', 'key=AKIAIOSFODNN7EXAMPLE']

  const contain = ['contain', 'leaked-access-key', ...key, '--yes', '--reason', 'test']
  const commands: [NodeJS.Signals, string[]][] = [
    ['SIGTERM', contain],
    ['SIGHUP', [...contain, '--json']],
  ]
  if (isWhole)
    commands.push(
      ['SIGINT', ['plan', 'leaked-access-key', ...key]],
      ['SIGHUP', contain],
      ['SIGINT', ['inventory', '--cloud', 'aws']],
    )

  it.each(commands)(
    'is named after a second, and %s ends %j at once',
    async (signal, args) => {
      const { child, ended, says } = start(args, live())
      if (args.includes('--json')) await connected
      else await says('signing in to AWS')
      child.kill(signal)
      const { code, stdout, stderr } = await ended
      expect(code).toBe(130)
      expect(stderr).not.toContain('finishing')
      expect(stdout + stderr).toContain('nothing was changed')
      if (args.includes('--json')) expect(JSON.parse(stdout)).toMatchObject({ exit: 130 })
      expect((await readdir(folder)).includes('state') ? await readdir(place().state) : []).not.toContain(
        'lock',
      )
    },
    LONG,
  )
})

it(
  'a wait for the lock is named after a second, and Ctrl-C ends it at once',
  async () => {
    const lock = await openStore(place()).lock('test', { timing: REAL })
    const args = ['contain', 'leaked-access-key', '--lab', '--yes', '--reason', 'test', '--wait', '10m']
    const { child, ended, says } = start(args)
    await says('waiting for another interdict')
    child.kill('SIGINT')
    expect(await ended).toMatchObject({ code: 130, stderr: expect.stringContaining('nothing was changed') })
    await lock.release()
  },
  LONG,
)

/** Resolves when a run is on disk, so that something is about to be changed. */
async function begun(child?: ChildProcess): Promise<void> {
  const runs = join(place().state, 'runs')
  for (;;) {
    if (child && child.exitCode !== null)
      throw new Error(`ended with ${child.exitCode} before it changed anything`)
    const names = await readdir(runs).catch(() => [])
    for (const name of names) if ((await stat(join(runs, name))).size > 0) return
    await pause(20)
  }
}

const CONTAIN = ['contain', 'third-party-stop', '--lab', '--yes', '--reason', 'test']

it(
  'SIGHUP and closed pipes do not end a containment that has begun',
  async () => {
    const { child, ended } = start(CONTAIN)
    await begun(child)
    child.stdout?.destroy()
    child.stderr?.destroy()
    child.kill('SIGHUP')
    expect((await ended).code).toBe(0)
    expect(await openStore(place()).list()).toMatchObject([{ state: { finished: 'complete' } }])
  },
  LONG,
)

it(
  'a terminal that is gone does not end a containment that has begun',
  async () => {
    const terminal = new Terminal([process.execPath, BIN, ...CONTAIN], {
      columns: 100,
      cwd: folder,
      env: environment(),
    })
    await begun()
    // The end of `script` is the end of its terminal: the system hangs up, and every write from now on fails (EIO).
    terminal.close()
    const store = openStore(place())
    for (;;) {
      const [run] = await store.list()
      if (run && 'state' in run && run.state.finished) {
        expect(run.state.finished).toBe('complete')
        return
      }
      await pause(200)
    }
  },
  LONG,
)

it.each(someOf(['SIGINT', 'SIGTERM'] as const, 2))(
  '%s lets the change in hand finish once a containment has begun',
  async signal => {
    const { child, ended } = start(CONTAIN)
    await begun(child)
    child.kill(signal)
    const { code, stderr } = await ended
    expect(code, stderr).toBe(130)
    expect(stderr).toContain('finishing the change in hand')
    expect(await openStore(place()).list()).toMatchObject([{ state: { finished: 'interrupted' } }])
  },
  LONG,
)
