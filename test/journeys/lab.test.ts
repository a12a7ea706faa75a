import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { type Program, program } from '../commands/program.ts'

const homes: Program[] = []
const home = () => {
  const made = program()
  homes.push(made)
  return made
}
afterAll(async () => {
  for (const each of homes) await each.close()
})

test('contain, status, verify, restore in the lab: everything comes back, every shape holds', async () => {
  const interdict = home()
  const contained = await interdict.json(
    'contain',
    'leaked-access-key',
    '--lab',
    '--yes',
    '--reason',
    'test',
    '--ticket',
    'T-1',
  )
  expect(contained.data).toMatchObject({ status: 'complete', spared: expect.any(Array), sweep: [] })
  expect(contained.exit).toBe(0)
  const { run, journal } = contained.data
  expect(journal).toBe(join(interdict.folder, 'state', 'runs', `${run}.jsonl`))
  for (const change of contained.data.changes) {
    expect(change).toMatchObject({
      key: expect.any(String),
      identity: expect.stringMatching(/^aws:111122223333:/),
      interruption: expect.stringMatching(/^aws\./),
      phase: 'written',
      set: true,
    })
    expect([null, 'denied']).toContain(change.denied)
  }

  const status = await interdict.json('status')
  expect(status.data.runs).toMatchObject([
    { run, playbook: 'leaked-access-key', open: true, ticket: 'T-1', drift: 0 },
  ])
  expect((await interdict.json('status', run)).data.changes[0].held[0]).toHaveProperty('entry')
  expect(await interdict.json('verify', run, '--lab')).toMatchObject({ exit: 0, data: { run } })

  const live = await interdict.json('restore', run, '--yes')
  expect(live).toMatchObject({ exit: 5, data: { error: { code: 'wrong-target' } } })
  const early = await interdict.json('restore', run, '--lab', '--yes', '--keep-clock', '--no-step-down')
  expect(early).toMatchObject({ exit: 3, data: { error: { code: 'horizon' } } })
  const preview = await interdict.json('restore', run, '--lab', '--dry-run')
  expect(
    preview.data.changes.flatMap((each: { entries: { decision: string }[] }) =>
      each.entries.map(({ decision }) => decision),
    ),
  ).toEqual(contained.data.changes.map((_: unknown, at: number) => (at === 0 ? 'kept-off' : 'step-down')))

  // As the README prints it: at once. The leaked key stays off, and old sessions stay denied.
  const restored = await interdict.json('restore', run, '--lab', '--yes', '--reason', 'key was rotated')
  expect(restored.exit).toBe(0)
  expect(restored.data).toMatchObject({
    run,
    status: 'complete',
    counts: { putBack: 0, steppedDown: 2, keptOff: 1, failed: 0 },
    secondRestoreFrom: expect.stringMatching(/^\d{4}-/),
  })
  expect((await interdict.json('status', run)).data).toMatchObject({ open: true, status: 'stepped down' })
  const second = await interdict.json('restore', run, '--lab', '--yes')
  expect(second).toMatchObject({ exit: 0, data: { counts: { putBack: 2, keptOff: 1 } } })
  const key = 'aws:111122223333:access-key/AKIAIOSFODNN7EXAMPLE'
  expect((await interdict.json('status', run)).data).toMatchObject({ open: false, holds: 1 })
  // A leaked credential is given back by its id and with a reason, and not otherwise.
  const give = ['restore', run, '--lab', '--yes', '--give-back']
  expect(await interdict.json(...give, key)).toMatchObject({ exit: 2 })
  expect(await interdict.json(...give, 'AKIAOTHER', '--reason', 'x')).toMatchObject({ exit: 2 })
  const back = await interdict.json(...give, key, '--reason', 'a false alarm')
  expect(back).toMatchObject({ exit: 0, data: { counts: { putBack: 1, keptOff: 0 } } })
  expect((await interdict.json('status', run)).data).toMatchObject({ open: false, holds: 0 })
  expect(await interdict.json('restore', run, '--lab', '--yes')).toMatchObject({
    exit: 0,
    data: { status: 'complete' },
  })
})

test('an approved plan is carried out as it is, or refused when the lab no longer matches', async () => {
  const interdict = home()
  expect((await interdict.run('plan', 'leaked-access-key', '--lab', '--out', 'plan.json')).exit).toBe(0)
  const other = await interdict.json('contain', 'leaked-access-key', '--lab', '--yes')
  expect(other.exit).toBe(0)
  const plan = JSON.parse(readFileSync(join(interdict.folder, 'plan.json'), 'utf8'))
  expect(plan.digest).toMatch(/^sha256:[0-9a-f]{64}$/)
  plan.changes.pop()
  writeFileSync(join(interdict.folder, 'less.json'), JSON.stringify(plan))
  const less = await interdict.json('contain', 'less.json', '--lab', '--yes')
  expect(less).toMatchObject({ exit: 5, data: { error: { code: 'tampered' } } })
  const stale = await interdict.json('contain', 'plan.json', '--lab', '--yes')
  expect(stale).toMatchObject({ exit: 3, data: { error: { code: 'stale-plan' } } })
  const pinned = await interdict.json('contain', 'plan.json', '--lab', '--yes', '--digest', plan.digest)
  expect(pinned).toMatchObject({ exit: 3, data: { error: { code: 'stale-plan' } } })
  const wrong = await interdict.json(
    'contain',
    join(interdict.folder, 'state', 'lab', 'estate.json'),
    '--lab',
    '--yes',
  )
  expect(wrong).toMatchObject({ exit: 2, data: { error: { code: 'usage' } } })
})

test('a dry run makes no run, and inventory comes in every format', async () => {
  const interdict = home()
  expect((await interdict.run('contain', 'leaked-access-key', '--lab', '--dry-run')).exit).toBe(0)
  expect((await interdict.json('status')).data).toEqual({ runs: [] })
  const { data } = await interdict.json('inventory', '--lab')
  const total = Object.values(data.counts as Record<string, number>).reduce((sum, each) => sum + each, 0)
  expect(data.identities).toHaveLength(total)
  const lines = (await interdict.run('inventory', '--lab', '--format', 'ndjson')).stdout.trimEnd().split('\n')
  expect(lines.map(line => JSON.parse(line).id)).toEqual(data.identities.map(({ id }: { id: string }) => id))
  const csv = (await interdict.run('inventory', '--lab', '--format', 'csv')).stdout.trimEnd().split('\r\n')
  expect(csv).toHaveLength(total + 1)
  expect(csv.every(line => line.startsWith('"'))).toBe(true)
  const keys = await interdict.json('inventory', '--lab', '--where', 'identity.kind == "access-key"')
  expect(Object.keys(keys.data.counts)).toEqual(['access-key'])
})

test('lab start serves other commands; a second one is refused; it ends when told', async () => {
  const interdict = home()
  const child = interdict.start('lab', 'start', '--json', '--propagation', 'gcp=2m,azure=10m')
  let told = ''
  child.stdout?.on('data', data => (told += data))
  while (!told.includes('}')) await once(child.stdout!, 'data')
  const { endpoint, id } = JSON.parse(told)
  const control = (await (await fetch(`${endpoint}/_lab`)).json()) as { propagationMs: unknown }
  expect(control.propagationMs).toEqual({ aws: 1000, gcp: 120_000, azure: 600_000 })
  const doctor = await interdict.json('doctor', '--lab')
  expect(doctor.data.accounts[0]).toMatchObject({ account: '111122223333', endpoint })
  expect(await interdict.json('lab', 'start')).toMatchObject({ exit: 5, data: { error: { code: 'locked' } } })
  expect((await interdict.json('lab', 'reset')).data).toEqual({ id })
  child.kill('SIGINT')
  const [exit] = await once(child, 'close')
  expect(exit).toBe(0)
})
