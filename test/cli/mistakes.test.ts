import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { seededClouds } from '../../src/lab/clouds.ts'
import { startLab } from '../../src/lab/index.ts'
import { endOf, PROGRAM } from '../programs/run.ts'
import { runWarm } from '../programs/warm.ts'

/**
 * Ten mistakes of people, and all that they read then: the error, where, the state of the cloud, the next command. The lab is
 * reached as an endpoint, so that the commands are those of a live account. A wrong account and Ctrl-C at a question are in
 * `test/system/terminal.test.ts`, Ctrl-C while it reads or writes in `test/system/interrupt-of-commands.test.ts`.
 */
let folder: string
let lab: Awaited<ReturnType<typeof startLab>>
let signedIn: NodeJS.ProcessEnv

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'interdict-mistakes-'))
  lab = await startLab({ clouds: await seededClouds(undefined, { denyQuota: false }), propagationMs: 0 })
  const keys = lab.responders['aws'] as unknown as { [name: string]: string }
  signedIn = {
    AWS_ENDPOINT_URL: lab.endpoint,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: keys['accessKeyId'],
    AWS_SECRET_ACCESS_KEY: keys['secretAccessKey'],
    AWS_SESSION_TOKEN: keys['sessionToken'],
  }
})
afterAll(async () => {
  await lab.close()
  rmSync(folder, { recursive: true, force: true })
})

const environment = (more: NodeJS.ProcessEnv): NodeJS.ProcessEnv => ({
  PATH: process.env['PATH'],
  HOME: folder,
  INTERDICT_STATE: join(folder, 'state'),
  INTERDICT_CONFIG: join(folder, 'config'),
  AWS_EC2_METADATA_DISABLED: 'true',
  ...more,
})

const run = (args: readonly string[], more: NodeJS.ProcessEnv = signedIn) =>
  runWarm({ args, env: environment(more), cwd: folder })

const CONTAIN = [
  'contain',
  'leaked-access-key',
  '-i',
  'key=AKIAIOSFODNN7EXAMPLE',
  '--yes',
  '--reason',
  'leak',
]
const UNSIGNED = { AWS_REGION: 'us-east-1' }

test('a flag that is misspelt is spelt', async () => {
  const { code, stderr } = await run(['contain', 'leaked-access-key', '--inpt', 'key=x'])
  expect(stderr).toBe('✖ Nonexistent flag: --inpt\n  next   did you mean --input?\n')
  expect(code).toBe(2)
})

test('a run that does not exist is named, and the command that lists runs', async () => {
  const { code, stderr } = await run(['restore', 'zzzz', '--yes', '--reason', 'x'])
  expect(stderr).toMatchInlineSnapshot(`
    "✖ no run "zzzz"
      cloud  nothing was changed
      next   there are no runs in this state folder; another is chosen with --state
    "
  `)
  expect(code).toBe(2)
})

test('without a network nothing was changed, and the command is given again', async () => {
  const { code, stderr } = await run(CONTAIN, { ...signedIn, AWS_ENDPOINT_URL: 'http://127.0.0.1:1' })
  expect(stderr.replace(/^interdict: signing in.*\n/m, '')).toMatchInlineSnapshot(`
    "✖ sts:GetCallerIdentity: connect ECONNREFUSED 127.0.0.1:1
      where  sts:GetCallerIdentity
      cloud  nothing was changed
      next   check the network and the endpoint, and give the command again
    "
  `)
  expect(code).toBe(4)
})

test('without credentials nothing was changed, and the ways to sign in are named', async () => {
  const { code, stderr } = await run(CONTAIN, UNSIGNED)
  expect(stderr).toMatchInlineSnapshot(`
    "✖ sts:GetCallerIdentity: Could not load credentials from any providers
      where  sts:GetCallerIdentity
      cloud  nothing was changed
      next   sign in (aws sso login, AWS_PROFILE or keys) and check: interdict doctor
    "
  `)
  expect(code).toBe(2)
})

test('an expired token and a missing one have different messages', async () => {
  await fetch(`${lab.endpoint}/_lab/faults`, {
    method: 'POST',
    body: JSON.stringify([
      {
        operation: 'GetCallerIdentity',
        times: 0,
        trouble: {
          kind: 'error',
          code: 'ExpiredToken',
          status: 403,
          message: 'The security token included in the request is expired',
        },
      },
    ]),
  })
  const { code, stderr } = await run(CONTAIN)
  await fetch(`${lab.endpoint}/_lab/faults`, { method: 'DELETE' })
  expect(stderr).toMatchInlineSnapshot(`
    "✖ sts:GetCallerIdentity: The security token included in the request is expired
      where  sts:GetCallerIdentity
      cloud  nothing was changed
      next   sign in (aws sso login, AWS_PROFILE or keys) and check: interdict doctor
    "
  `)
  expect(code).toBe(2)
})

test('a journal of another machine is not believed, and its key is asked for', async () => {
  expect((await run(CONTAIN)).code).toBe(0)
  const [name = ''] = readdirSync(join(folder, 'state/runs')).filter(each => each.endsWith('.jsonl'))
  const other = { ...signedIn, INTERDICT_CONFIG: join(folder, 'other') }
  const id = name.replace('.jsonl', '')
  const { code, stderr } = await run(['restore', id, '--yes', '--reason', 'x'], other)
  expect(stderr.replaceAll(folder, '~').replaceAll(id, 'RUN')).toMatchInlineSnapshot(`
    "✖ entry 0 of run RUN is not signed by a key that is trusted here
      where  ~/state/runs/RUN.jsonl:1
      cloud  nothing was changed
      next   if you trust the machine that wrote it, put its public key (there: openssl pkey -in seal.pem -pubout) into ~/other/trusted/
    "
  `)
  expect(code).toBe(5)
})

test.skipIf(process.platform === 'win32')(
  'a disk that is full while it writes: what is written stays, and the run can be resumed',
  async () => {
    // In a state folder of its own; `ulimit -f` counts in blocks of 1024 bytes.
    const state = join(folder, 'full')
    const words = CONTAIN.map(word => word.replace('AKIAIOSFODNN7EXAMPLE', 'AKIAXNAU5ZY6YH5BCPGX'))
    const child = spawn(
      'bash',
      ['-c', 'ulimit -f 9; exec "$@"', 'bash', process.execPath, PROGRAM, ...words],
      {
        cwd: folder,
        env: environment({
          ...signedIn,
          INTERDICT_STATE: state,
          INTERDICT_CONFIG: join(folder, 'full-config'),
          NODE_DISABLE_COMPILE_CACHE: '1',
        }),
        stdio: ['pipe', 'pipe', 'pipe'],
      },
    )
    child.stdin.end()
    const { code, stderr } = await endOf(child, words)
    const fault = stderr.slice(stderr.indexOf('✖ cannot'))
    expect(
      fault.replaceAll(folder, '~').replace(/(runs\/|run |resume )\w{6}\b/g, '$1RUN'),
    ).toMatchInlineSnapshot(`
      "✖ cannot write the journal of run RUN: EFBIG
        where  ~/full/runs/RUN.jsonl
        cloud  what run RUN has written stays as it is; its journal names every change that was begun
        next   raise the file size limit (ulimit -f), then: interdict resume RUN
      "
    `)
    expect(code).toBe(5)
  },
)

const OLD = '/usr/bin/node'
const version = spawnSync(OLD, ['--version'], { encoding: 'utf8' }).stdout ?? ''
test.skipIf(!/^v(?:1\d|20)\./.test(version))('an old Node says which one is needed', () => {
  const { status, stderr } = spawnSync(OLD, [PROGRAM, 'status'], { encoding: 'utf8', env: environment({}) })
  expect(stderr).toBe(`✖ interdict needs Node 22.13 or later, and this is ${version.trim()}\n`)
  expect(status).toBe(2)
})
