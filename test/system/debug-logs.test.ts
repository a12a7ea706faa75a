import { spawnSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { Post, refusal } from '../guard/program.ts'
import { someOf } from '../setup/whole.ts'

const BIN = fileURLToPath(new URL('../../bin/run.js', import.meta.url))
const LONG = 300_000

function version(environment: NodeJS.ProcessEnv, options: readonly string[] = []) {
  const env = { PATH: process.env['PATH'], HOME: process.env['HOME'], ...environment }
  const { status, stdout, stderr } = spawnSync(process.execPath, [...options, BIN, '--version'], {
    env,
    // Node itself writes a trace into the folder in which it starts.
    cwd: tmpdir(),
    encoding: 'utf8',
  })
  return { status, stdout, stderr }
}

it.each([
  [{ NODE_DEBUG: 'http' }, 'unset NODE_DEBUG'],
  [{ NODE_DEBUG: 'child_process', NODE_DEBUG_NATIVE: 'x' }, 'unset NODE_DEBUG NODE_DEBUG_NATIVE'],
  [{ NODE_OPTIONS: '--tls-keylog=keys' }, 'unset NODE_OPTIONS'],
  [{ NODE_OPTIONS: '--no-warnings --trace-tls' }, 'unset NODE_OPTIONS'],
  [{ NODE_OPTIONS: '"--inspect-port=0"' }, 'unset NODE_OPTIONS'],
  [{ NODE_OPTIONS: '--report_on_signal' }, 'unset NODE_OPTIONS'],
  [{ NODE_OPTIONS: '--heapsnapshot-signal=SIGUSR2' }, 'unset NODE_OPTIONS'],
])('%j is refused before anything is loaded, with what to do', (environment, next) => {
  const { status, stdout, stderr } = version(environment)
  expect(stderr).toContain(`next: ${next}\n`)
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' })
})

it.each(someOf(['--trace-event-categories=node.perf', '--inspect-port=0', '--report-uncaught-exception'], 3))(
  'node %s is refused',
  option => {
    const { status, stderr } = version({}, [option, '--no-warnings'])
    expect(stderr).toContain(`node ${option.split('=')[0]}:`)
    expect(status).toBe(2)
  },
)

it.each([
  { NODE_OPTIONS: '--no-warnings --max-old-space-size=4096 --trace-warnings --use-system-ca' },
  { NODE_DEBUG: '' },
  { NODE_EXTRA_CA_CERTS: '/none.pem', NODE_NO_WARNINGS: '1' },
])('%j is nothing to refuse', environment => {
  expect(version(environment)).toMatchObject({ status: 0, stderr: expect.not.stringContaining('refused') })
})

it(
  'no variable of a library makes a containment in three clouds print a token, and each is named as ignored',
  async () => {
    const post = await Post.open()
    try {
      const all = {
        DEBUG: '*',
        AZURE_LOG_LEVEL: 'verbose',
        TYPESPEC_RUNTIME_LOG_LEVEL: 'verbose',
        GOOGLE_SDK_NODE_LOGGING: '*',
        GRPC_TRACE: 'all',
        GRPC_VERBOSITY: 'DEBUG',
      }
      const run = async (...args: string[]) => {
        const { child, ended } = post.start(args, all)
        child.stdin.end(`${refusal('e1')}\n`)
        return await ended
      }
      const ended = [
        await run('inventory'),
        await run('contain', 'third-party-stop', '--yes', '--reason', 'drill'),
        await run('watch', 'playbook.yaml', '--once', '--source', '-'),
      ]
      expect(ended.map(({ code }) => code)).toEqual([0, 0, 0])
      expect(post.secrets.length).toBeGreaterThan(20)
      for (const { stdout, stderr } of ended) {
        expect(stderr).toBe(
          `interdict: ${Object.keys(all).join(', ')} ignored: libraries would print tokens\n`,
        )
        const said = stdout + stderr
        expect(post.secrets.filter(secret => said.includes(secret))).toEqual([])
        expect(said).not.toMatch(/bearer [\w.-]{8}/i)
      }
      const state = await readFile(post.path('state/lab/lab.json'), 'utf8')
      expect(post.secrets.filter(secret => state.includes(secret))).toEqual([])
    } finally {
      await post.close()
    }
  },
  LONG,
)
