import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { checked } from '../results.ts'
import { type Estate, reads, seeded } from './estate.ts'

const BIN = fileURLToPath(new URL('../../bin/run.js', import.meta.url))

const PLAYBOOK = `version: 1
name: stop-ci-and-vendor
title: Stop the deployer and the vendor's role
status: test
severity: high
scope:
  aws: { accounts: [self] }
protect:
  - identity.name == "responder"
limit: { identities: 10, share: 1.0 }
ttl: 1h
steps:
  - name: the deployer
    select: identity.kind == "user" && identity.name == "ci-deploy"
    interrupt: [quarantine, disable, revoke-sessions]
  - name: the vendor
    select: identity.kind == "role" && identity.name == "vendor-sync"
    interrupt: [quarantine, disable, revoke-sessions]
`

let folder: string
let estate: Estate

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'interdict-moto-'))
  estate = await seeded()
})

afterEach(() => rm(folder, { recursive: true, force: true }))

interface Outcome {
  code: number | null
  stdout: string
  stderr: string
}

/** The real program, in a home of its own, with nothing of the caller's AWS settings. */
function interdict(...args: string[]): Promise<Outcome> {
  const kept = Object.entries(process.env).filter(([name]) => !/^(AWS_|INTERDICT_|XDG_)/.test(name))
  const env = {
    ...Object.fromEntries(kept),
    ...estate.environment,
    HOME: folder,
    XDG_CONFIG_HOME: join(folder, 'config'),
    XDG_DATA_HOME: join(folder, 'data'),
    INTERDICT_STATE: join(folder, 'state'),
    AWS_EC2_METADATA_DISABLED: 'true',
  }
  const child = spawn(process.execPath, [BIN, ...args], {
    cwd: folder,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const outcome: Outcome = { code: null, stdout: '', stderr: '' }
  child.stdout.on('data', chunk => {
    outcome.stdout += chunk
  })
  child.stderr.on('data', chunk => {
    outcome.stderr += chunk
  })
  return new Promise<Outcome>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', code => resolve({ ...outcome, code }))
  }).then(ended => checked(args, ended))
}

test('contain then restore: every IAM read is the same afterwards', async () => {
  const playbook = join(folder, 'playbook.yaml')
  await writeFile(playbook, PLAYBOOK)
  const before = await reads(estate)

  const contained = await interdict(
    'contain',
    playbook,
    '--yes',
    '--reason',
    'rehearsal against moto',
    '--json',
  )
  // moto cannot simulate, so that nothing is proven denied: what is asked here is what is stored.
  expect(contained.code, contained.stderr + contained.stdout).toBe(0)
  const { run, changes } = JSON.parse(contained.stdout)
  const cut = changes.filter(({ phase }: { phase: string }) => phase === 'written')
  expect(cut.map(({ interruption }: { interruption: string }) => interruption)).toEqual(
    expect.arrayContaining([
      'aws.user.quarantine',
      'aws.user.revoke-sessions',
      'aws.access-key.disable',
      'aws.role.quarantine',
      'aws.role.revoke-sessions',
    ]),
  )
  for (const change of cut) expect(change.set, change.key).toBe(true)
  const during = await reads(estate)
  expect(during).not.toEqual(before)

  const status = await interdict('status', run, '--json')
  expect(JSON.parse(status.stdout)).toMatchObject({ run })
  expect(await reads(estate), 'status changes nothing').toEqual(during)

  const restored = await interdict(
    ...['restore', run, '--accept-live-tokens', '--reason', 'rehearsal is over', '--yes', '--json'],
  )
  expect(restored.code, restored.stderr + restored.stdout).toBe(0)
  expect(await reads(estate)).toEqual(before)
})

test('a dry run changes nothing', async () => {
  const playbook = join(folder, 'playbook.yaml')
  await writeFile(playbook, PLAYBOOK)
  const before = await reads(estate)
  const { code, stderr } = await interdict(
    'contain',
    playbook,
    '--dry-run',
    '--reason',
    'look first',
    '--json',
  )
  expect(code, stderr).toBe(0)
  expect(await reads(estate)).toEqual(before)
})
