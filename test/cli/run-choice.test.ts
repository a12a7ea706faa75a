import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Program } from '../commands/program.ts'
import { programInLab } from '../commands/program.ts'

let interdict: Program
/** Two runs that hold the key, and one of another playbook. */
let first: string
let stacked: string
let other: string

beforeAll(async () => {
  interdict = await programInLab()
  const contain = async (...words: string[]) => {
    const { data } = await interdict.json('contain', ...words, '--lab', '--yes', '--stack')
    return String(data.run)
  }
  const { data } = await interdict.json('inventory', '--lab', '--kind', 'access-key')
  const key = data.identities.find(
    ({ name, owner }: { name: string; owner?: string }) =>
      name.startsWith('AKIA') && owner?.endsWith('/ci-deploy'),
  )
  first = await contain('leaked-access-key', '--input', `key=${key.name}`)
  stacked = await contain('leaked-access-key', '--input', `key=${key.name}`)
  other = await contain('third-party-stop')
})
afterAll(() => interdict.close())

/** The beginning of an id that no other run shares. */
function prefixOf(run: string): string {
  const others = [first, stacked, other].filter(each => each !== run)
  for (let length = 3; ; length += 1) {
    const prefix = run.slice(0, length)
    if (!others.some(each => each.startsWith(prefix))) return prefix
  }
}

test.each([
  ['status', []],
  ['verify', ['--lab']],
  ['restore', ['--lab', '--dry-run']],
  ['rotate', ['--lab', '--dry-run', '--into', 'file:new.json']],
])('%s takes the beginning of a run id', async (command, flags) => {
  const short = await interdict.json(command, prefixOf(first), ...flags)
  const long = await interdict.json(command, first, ...flags)
  expect(short.exit).toBe(long.exit)
  expect(short.data.error).toBeUndefined()
  expect(short.data.run).toBe(first)
})

test('resume and guard take the beginning of a run id as well as the whole', async () => {
  for (const command of ['resume', 'guard']) {
    const short = await interdict.json(command, prefixOf(other), '--lab')
    expect(short.data.error?.code ?? '').not.toBe('usage')
    expect(short.exit).toBe((await interdict.json(command, other, '--lab')).exit)
  }
})

test('a beginning of fewer than three letters, or of no run, is refused and names the run that was meant', async () => {
  const { exit, data } = await interdict.json('status', first.slice(0, 2))
  expect(exit).toBe(2)
  expect(data.error.next).toContain(first)
  expect((await interdict.json('status', '0000')).exit).toBe(2)
})

test('status shows the runs that hold an identity, by kind and name, by name, by id and by ARN', async () => {
  for (const given of [
    'user/ci-deploy',
    'ci-deploy',
    'aws:111122223333:user/ci-deploy',
    'arn:aws:iam::111122223333:user/ci-deploy',
  ]) {
    const { exit, data } = await interdict.json('status', '--identity', given)
    expect(exit).toBe(0)
    expect(data.runs.map(({ run }: { run: string }) => run).sort()).toEqual([first, stacked].sort())
  }
  const one = await interdict.json('status', '--identity', 'role/vendor-sync')
  expect(one.data.run).toBe(other)
})

test('restore of an identity that several open runs hold names the command for each, and changes nothing', async () => {
  const { exit, data } = await interdict.json('restore', '--identity', 'user/ci-deploy', '--lab', '--yes')
  expect(exit).toBe(2)
  expect(data.error.next).toContain(`interdict restore ${first} --only aws:111122223333:user/ci-deploy --lab`)
  expect(data.error.next).toContain(
    `interdict restore ${stacked} --only aws:111122223333:user/ci-deploy --lab`,
  )
})

test('restore of an identity restores that identity alone, from the open run that holds it', async () => {
  const { exit, data } = await interdict.json(
    ...['restore', '--identity', 'role/vendor-sync', '--lab', '--dry-run'],
  )
  expect(exit).toBe(0)
  expect(data.run).toBe(other)
  const ids = data.changes.map(({ key }: { key: string }) => key)
  expect(ids).not.toEqual([])
  for (const id of ids) expect(id).toContain('aws:111122223333:role/vendor-sync')
})

test.each([
  [
    'an identity that nobody holds',
    ['restore', '--identity', 'user/nobody-here', '--lab'],
    'interdict status',
  ],
  ['a mistyped identity', ['restore', '--identity', 'role/vendor-snyc', '--lab'], 'role/vendor-sync'],
  ['no run and no identity', ['restore', '--lab'], '--identity'],
  ['a run and an identity', ['restore', 'abcd', '--identity', 'user/ci-deploy', '--lab'], '--only'],
])('restore refuses %s as wrong usage, with a way out', async (_, args, way) => {
  const { exit, data } = await interdict.json(...args, '--yes')
  expect(exit).toBe(2)
  expect(data.error).toMatchObject({ code: 'usage', next: expect.stringContaining(way) })
})

test('status --lab lists the runs of the lab', async () => {
  const { data } = await interdict.json('status', '--lab')
  expect(data.runs).toHaveLength(3)
})
