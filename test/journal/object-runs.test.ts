import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { rm } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { openStore } from '../../src/journal/store.ts'
import type { Identity } from '../../src/model/identity.ts'
import type { PlannedChange } from '../../src/model/plan.ts'
import { now, started, written } from './fixture.ts'
import { type Machine, pulled, type SharedStore, sharedStore, trust } from './shared-store.ts'

const RUN = 'abc123'
const slot = (n: number) => `cases/runs/${RUN}/${String(n).padStart(20, '0')}.jsonl`

let team: SharedStore
let ann: Machine
let ben: Machine

beforeEach(async () => {
  team = await sharedStore()
  ann = await team.machine('ann')
  ben = await team.machine('ben')
})
afterEach(() => team.close())

const groups = () => team.lab.bucket('team').list(`cases/runs/${RUN}/`, '', 1_000).names

/** Ann begins a run with some changes, and trusts Ben as he trusts her. */
async function begun(changes = 3) {
  const journal = await ann.store.create(RUN, now)
  await journal.append(started(RUN))
  await ben.store.create('benkey', now)
  await trust(ann, ben, 'ben')
  await trust(ben, ann, 'ann')
  for (let n = 0; n < changes; n++) await journal.append(written(`k${n} é "\\`))
  return journal
}

it('writes a run as contiguous groups of whole lines, the first with the lease of its writer', async () => {
  const journal = await ann.store.create(RUN, now)
  await journal.append(started(RUN))
  await Promise.all([journal.append(written('a')), journal.append(written('b'))])
  await journal.append(written('c'))
  await journal.close()
  expect(groups()).toEqual([slot(0), slot(1), slot(2)])
  const { entries, state } = await ann.store.read(RUN)
  expect(entries.map(({ type }) => type)).toEqual([
    ...['run.started', 'lease.taken', 'change.written', 'change.written', 'change.written'],
  ])
  expect(entries[1]).toMatchObject({ epoch: 1, id: expect.stringMatching(/^[0-9a-f]{32}$/) })
  expect(state.head.seq).toBe(4)
  expect(await ann.store.runs()).toEqual([RUN])
})

it('gives a pulled run that the local store reads, with every signature checked', async () => {
  await (await begun()).close()
  const { journal } = await ben.store.append(RUN, now)
  await journal.append(written('by ben'))
  await journal.close()
  const folders = await pulled(ann, RUN)
  const local = await openStore(folders).read(RUN)
  expect(local.entries).toEqual((await ann.store.read(RUN)).entries)
  expect(local.entries.at(-1)).toMatchObject({ key: 'by ben' })
  await rm(folders.state, { recursive: true })
})

it('fences the earlier writer when another process opens the run', async () => {
  const first = await begun()
  const { journal: second, state } = await ben.store.append(RUN, now)
  expect(state.head.seq).toBe(5)
  const before = groups()
  await expect(first.append(written('late'))).rejects.toMatchObject({
    code: 'locked',
    message: expect.stringMatching(/^run abc123 was taken over by .+ on .+ \(process \d+\)/),
  })
  await expect(first.append(written('later'))).rejects.toMatchObject({ code: 'locked' })
  expect(groups()).toEqual(before)
  await second.append(written('by ben'))
  await second.close()
  await expect(first.close()).rejects.toMatchObject({ code: 'locked' })
  const { entries } = await ann.store.read(RUN)
  expect(entries.flatMap(each => ('key' in each ? [each.key] : []))).not.toContain('late')
  expect(entries.at(-1)).toMatchObject({ key: 'by ben' })
})

it('gives 24 processes that open a run an epoch each, and lets the last one write', async () => {
  await (await begun()).close()
  const opened = await Promise.all(
    Array.from({ length: 24 }, async (_, n) => (n % 2 ? ann : ben).store.append(RUN, now)),
  )
  const { entries } = await ann.store.read(RUN)
  const epochs = entries.flatMap(each => (each.type === 'lease.taken' ? [each.epoch] : []))
  expect(epochs).toEqual(Array.from({ length: 25 }, (_, n) => n + 1))
  const appended = await Promise.allSettled(opened.map(({ journal }, n) => journal.append(written(`w${n}`))))
  const wrote = appended.flatMap((each, n) => (each.status === 'fulfilled' ? [n] : []))
  expect(wrote).toHaveLength(1)
  expect((await ann.store.read(RUN)).entries.at(-1)).toMatchObject({ key: `w${wrote[0]}` })
})

it('lets one of several processes create a run', async () => {
  const journals = await Promise.all([ann, ben, ann, ben].map(({ store }) => store.create(RUN, now)))
  const all = await Promise.allSettled(journals.map(each => each.append(started(RUN))))
  expect(all.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  for (const each of all) {
    if (each.status === 'rejected')
      expect(each.reason).toMatchObject({ code: 'journal', message: `run ${RUN} exists already` })
  }
  expect(groups()).toEqual([slot(0)])
})

it('takes its own entry for its own when the answer to an append is lost', async () => {
  const journal = await begun(0)
  team.lab.faults.add({ trouble: { kind: 'applied-then-reset' }, operation: 'PutObject' })
  await journal.append(written('lost answer'))
  await journal.append(written('after'))
  await journal.close()
  expect((await ann.store.read(RUN)).entries.map(each => ('key' in each ? each.key : each.type))).toEqual([
    ...['run.started', 'lease.taken', 'lost answer', 'after'],
  ])
})

it('takes its own lease for its own when the answer to opening a run is lost', async () => {
  await (await begun()).close()
  team.lab.faults.add({
    trouble: { kind: 'applied-then-503' },
    operation: 'PutObject',
    params: { Key: slot(4) },
  })
  const { journal } = await ben.store.append(RUN, now)
  await journal.append(written('x'))
  expect(groups()).toHaveLength(6)
})

it('rejects every append once the store does not answer', async () => {
  const journal = await begun(0)
  team.lab.faults.add({ trouble: { kind: 'reset' }, times: 0 })
  await expect(journal.append(written('x'))).rejects.toMatchObject({
    code: 'journal',
    next: expect.stringContaining(`interdict resume ${RUN}`),
  })
  team.lab.faults.clear()
  await expect(journal.append(written('y'))).rejects.toMatchObject({ code: 'journal' })
  expect(groups()).toEqual([slot(0)])
})

it.each([
  ['a group is missing', () => team.lab.bucket('team').remove(slot(1))],
  ['the newest groups are missing', () => team.lab.bucket('team').remove(slot(3))],
  ['a group is altered', () => alter(slot(2), text => text.replace('k1', 'k9'))],
  ['a group is swapped', () => alter(slot(2), () => team.lab.bucket('team').get(slot(1))?.content ?? '')],
  ['another object stands among them', () => team.lab.bucket('team').put(`cases/runs/${RUN}/x`, 'x\n')],
])('refuses a run when %s', async (_, change) => {
  await (await begun()).close()
  change()
  await expect(ann.store.read(RUN)).rejects.toMatchObject({ code: 'tampered' })
  await expect(ann.store.append(RUN, now)).rejects.toMatchObject({ code: 'tampered' })
  expect(await ann.store.list()).toMatchObject([{ run: RUN, fault: { code: 'tampered' } }])
})

function alter(name: string, change: (text: string) => string): void {
  const bucket = team.lab.bucket('team')
  bucket.put(name, change(bucket.get(name)?.content ?? ''))
}

it('refuses a run whose groups were all deleted, and one that ends in the middle of a line', async () => {
  await (await begun()).close()
  alter(slot(3), text => text.slice(0, -5))
  await expect(ann.store.read(RUN)).rejects.toMatchObject({ code: 'damaged' })
  for (const name of groups()) team.lab.bucket('team').remove(name)
  await expect(ann.store.read(RUN)).rejects.toMatchObject({ code: 'tampered', message: /is missing/ })
  // Ben's machine never wrote to it.
  await expect(ben.store.read(RUN)).rejects.toMatchObject({ code: 'usage' })
})

it('refuses a run of a machine whose key is not trusted here', async () => {
  const journal = await ann.store.create(RUN, now)
  await journal.append(started(RUN))
  await journal.close()
  await expect(ben.store.read(RUN)).rejects.toMatchObject({
    code: 'tampered',
    next: expect.stringContaining(`${ben.config}/trusted/`),
  })
})

it('refuses to write when another store is at the URL, until it is trusted', async () => {
  const journal = await begun()
  const identity = {
    cloud: 'aws',
    account: '1',
    kind: 'aws:user',
    id: 'aws:user:1/ci',
  } as unknown as Identity
  const change = { key: 'k', identity, interruption: 'x' } as unknown as PlannedChange
  await journal.append({ type: 'change.added', change })
  await journal.close()
  const bucket = team.lab.bucket('team')
  for (const name of bucket.list('', '', 1_000).names) bucket.remove(name)
  const again = await team.machine('ann')
  await (await team.machine('ben')).store.lock('test', { timing: { ...skipping, now: () => 0 } })
  expect(await again.store.strange()).toMatchObject({ code: 'tampered' })
  await expect(again.store.lock('contain', { timing: skipping })).rejects.toMatchObject({ code: 'tampered' })
  await again.store.trust()
  expect(await again.store.strange()).toBeUndefined()
})

const skipping = {
  now: () => 0,
  date: () => 0,
  random: () => 0,
  sleep: () => new Promise<void>(() => undefined),
}

it('stops a process that was paused while another one took over: nothing of it reaches the store', async () => {
  const program = fileURLToPath(new URL('./paused-writer.ts', import.meta.url))
  await begun(0).then(journal => journal.close())
  const child: ChildProcess = spawn(process.execPath, [program, team.lab.endpoint, ann.config, RUN], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const lines = createInterface({ input: child.stdout ?? process.stdin })[Symbol.asyncIterator]()
  expect((await lines.next()).value).toBe('open')
  child.kill('SIGSTOP')
  const { journal } = await ben.store.append(RUN, now)
  await journal.append(written('by ben'))
  const before = groups()
  const calls = team.lab.calls.count('s3:PutObject')
  child.kill('SIGCONT')
  child.stdin?.write('go\n')
  expect((await lines.next()).value).toBe('locked')
  await once(child, 'exit')
  expect(groups()).toEqual(before)
  // It tried once, and the store refused it.
  expect(team.lab.calls.count('s3:PutObject')).toBe(calls + 1)
})

it.each([
  ['PUT', 'creates an object twice, replaces an object that was changed since'],
  ['DELETE', 'deletes an object that was changed since'],
])('refuses a store that ignores the conditions of %s, before it writes a run', async (method, because) => {
  const other = await sharedStore([method])
  try {
    const { store } = await other.machine('ann')
    const fault = { code: 'refused', message: `this store cannot keep runs: it ${because}` }
    await expect(store.create(RUN, now)).rejects.toMatchObject(fault)
    await expect(store.create(RUN, now)).rejects.toMatchObject(fault)
    expect(other.lab.bucket('team').list('cases/runs/', '', 10).names).toEqual([])
    expect(other.lab.bucket('team').list('cases/trials/', '', 10).names).toEqual([])
  } finally {
    await other.close()
  }
})
