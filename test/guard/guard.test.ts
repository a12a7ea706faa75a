import { appendFile, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, it } from 'vitest'
import type { FeedBatch, Guard } from '../../src/guard/guard.ts'
import { Fault } from '../../src/model/fault.ts'
import { REAL } from '../../src/model/timing.ts'
import { down, endless, folder, Runs, Script, sealedFolder, type Told, told, watched } from './scripted.ts'

const abuse = (who: string, from = 0) => [0, 1, 2].map(n => told(`${who}${from + n}`, who, from + n))

it('three refusals make one containment, which knows them, and everything is acknowledged', async () => {
  const runs = new Runs()
  const script = new Script([...abuse('a'), told('b0', 'b')])
  const { notes, sent } = await watched(await folder(), [script], runs)
  expect(runs.contained).toEqual([{ run: 'run1', user: 'a', events: ['a0', 'a1', 'a2'] }])
  expect(script.left.size).toBe(0)
  expect(notes.map(({ event }) => event)).toEqual(['fired', 'contained'])
  expect(sent).toMatchObject([{ event: 'contained', run: 'run1', trigger: 'refused' }])
})

it('a batch stays with its source until the run that it led to has begun, also over a checkpoint', async () => {
  const runs = new Runs()
  const script = new Script(abuse('a'), 3)
  let saves = 0
  let unacknowledged = 0
  runs.before = async () => {
    // A save acknowledges in the turn in which it ends.
    while (saves === 0) await new Promise(setImmediate)
    await new Promise(setImmediate)
    unacknowledged = script.left.size
  }
  const also = async () => {
    saves++
  }
  await watched(await folder(), [script], runs, { also })
  expect(unacknowledged).toBe(3)
  expect(script.left.size).toBe(0)
  expect(runs.contained).toHaveLength(1)
})

it('duplicates, and more of the same within the cooldown, change nothing', async () => {
  const runs = new Runs()
  const more = Array.from({ length: 50 }, (_, n) => told(`a${n}`, 'a', n))
  const where = await folder()
  await watched(where, [new Script([...abuse('a'), ...abuse('a'), ...more])], runs)
  await watched(where, [new Script([...more, ...abuse('a')])], runs)
  expect(runs.contained).toHaveLength(1)
})

it('without its memory, and in another order, the same events make no second run', async () => {
  const runs = new Runs()
  const where = await folder()
  await watched(where, [new Script(abuse('a'))], runs)
  const sealed = await sealedFolder(where)
  await sealed.file('state.json').setAside()
  await watched(where, [new Script(abuse('a').reverse())], runs)
  await sealed.file('state.json').setAside()
  await sealed.log('firings.jsonl').setAside()
  await watched(where, [new Script(abuse('a'))], runs)
  expect(runs.contained).toHaveLength(1)
})

it('poison is set aside with its reason, bounded, and the stream goes on', async () => {
  const runs = new Runs()
  const where = await folder()
  const bad: Told = { ...told('x'), bad: true }
  const [first, ...others] = abuse('a')
  const script = new Script([bad, first ?? bad, bad, ...others, bad], 3)
  const { guard, notes } = await watched(where, [script], runs)
  expect(runs.contained).toHaveLength(1)
  expect(guard.stats.setAside).toBe(3)
  expect(script.left.size).toBe(0)
  const file = join(where, 'set-aside.ndjson')
  const lines = (await readFile(file, 'utf8'))
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))
  expect(lines).toHaveLength(3)
  expect(lines[0]).toMatchObject({ source: 'script', where: '0', reason: 'bad', excerpt: 'x'.repeat(1000) })
  expect((await stat(file)).mode & 0o777).toBe(0o600)
  expect(notes.filter(({ event }) => event === 'set-aside')).toHaveLength(2)
})

it('a source of which nothing is understood is told loudly, once', async () => {
  const bad = (count: number) => Array.from({ length: count }, (): Told => ({ ...told('x'), bad: true }))
  const few = new Script([...bad(9), told('a'), ...bad(9)])
  expect((await watched(await folder(), [few], new Runs())).loud).toEqual([])
  const { loud, notes } = await watched(await folder(), [new Script(bad(25))], new Runs())
  expect(loud).toMatchObject([{ event: 'unreadable', source: 'script', count: 10, because: 'bad' }])
  expect(notes.filter(({ event }) => event === 'unreadable')).toEqual(loud)
})

it('what comes again after a restart is set aside once, and a torn line is none', async () => {
  const where = await folder()
  const bad = [0, 1, 2].map((): Told => ({ ...told('x'), bad: true }))
  const file = join(where, 'set-aside.ndjson')
  const lines = async () =>
    (await readFile(file, 'utf8'))
      .trim()
      .split('\n')
      .map(line => JSON.parse(line).where)
  await watched(where, [new Script(bad.slice(0, 2))], new Runs())
  expect(await lines()).toEqual(['0', '1'])
  await appendFile(file, '{"at":"20')
  await watched(where, [new Script(bad)], new Runs())
  expect(await lines()).toEqual(['0', '1', '2'])
})

it('beyond the ceiling it is proposed, loudly, also after a restart', async () => {
  const runs = new Runs()
  const where = await folder()
  const users = ['a', 'b', 'c', 'd']
  const { sent } = await watched(where, [new Script(users.flatMap(who => abuse(who)))], runs, { ceiling: 2 })
  expect(runs.contained.map(({ user }) => user)).toEqual(['a', 'b'])
  expect(runs.proposed).toEqual(['c', 'd'])
  expect(sent.filter(({ ceiling }) => ceiling === 2)).toHaveLength(2)
  await watched(where, [new Script(abuse('e'))], runs, { ceiling: 2 })
  expect(runs.contained).toHaveLength(2)
  const later = { ...REAL, date: () => Date.now() + 3_700_000 }
  await watched(where, [new Script(abuse('f'))], runs, { ceiling: 2, timing: later })
  expect(runs.contained.map(({ user }) => user)).toEqual(['a', 'b', 'f'])
})

it('a mode of propose is above what any trigger says', async () => {
  const runs = new Runs()
  const { sent } = await watched(await folder(), [new Script(abuse('a'))], runs, { mode: 'propose' })
  expect(runs.contained).toEqual([])
  expect(sent).toMatchObject([{ event: 'proposed', plan: 'run1.json' }])
})

it('a cloud that does not answer is told once, and tried again by the next watch', async () => {
  const runs = new Runs()
  runs.before = down
  const where = await folder()
  const script = new Script(abuse('a'))
  const { guard, sent } = await watched(where, [script], runs)
  expect(sent).toMatchObject([{ event: 'waiting', because: 'the cloud does not answer' }])
  expect(guard.waiting).toBe(1)
  // The firing is in our log by now.
  expect(script.left.size).toBe(0)
  runs.before = async () => undefined
  const again = await watched(where, [], runs)
  expect(runs.contained).toHaveLength(1)
  expect(again.guard.waiting).toBe(0)
})

it.each(['incomplete', 'interrupted'] as const)(
  'a firing whose run ends %s stays open, is not called contained, and is resumed by the next watch',
  async status => {
    const runs = new Runs()
    runs.ends = status
    const where = await folder()
    const { guard, sent } = await watched(where, [new Script(abuse('a'))], runs)
    expect(sent).toMatchObject([{ event: 'incomplete', run: 'run1', status }])
    expect(guard.waiting).toBe(1)
    const still = await watched(where, [], runs)
    expect(still.guard.waiting).toBe(1)
    expect(runs.resumed).toEqual(['run1'])
    runs.ends = 'complete'
    const again = await watched(where, [], runs)
    expect(again.sent).toMatchObject([{ event: 'contained', run: 'run1', status: 'complete' }])
    expect(again.guard.waiting).toBe(0)
    expect(runs.contained).toHaveLength(1)
    expect((await watched(where, [], runs)).sent).toEqual([])
  },
)

it('a firing whose run ends incomplete is resumed by the same watch', async () => {
  const runs = new Runs()
  runs.ends = 'incomplete'
  let skipped = 0
  const stop = new AbortController()
  const events: string[] = []
  await watched(await folder(), [new Script(abuse('a')), endless(stop.signal)], runs, {
    // Each look at the clock is ten seconds later: no test waits for the pause between two tries.
    timing: { ...REAL, date: () => Date.now() + 10_000 * skipped++ },
    signal: stop.signal,
    note: note => {
      events.push(note.event)
      if (note.event === 'incomplete') runs.ends = 'complete'
      if (note.event === 'contained') stop.abort()
    },
  })
  expect(events).toEqual(['fired', 'incomplete', 'contained'])
  expect(runs.resumed).toEqual(['run1'])
})

it('a run that a person has begun to restore settles its firing, and is not called contained', async () => {
  const runs = new Runs()
  runs.ends = 'incomplete'
  const where = await folder()
  await watched(where, [new Script(abuse('a'))], runs)
  runs.takenOver = true
  const { guard, sent } = await watched(where, [], runs)
  expect(sent).toMatchObject([{ event: 'incomplete', because: 'a person has begun to restore it' }])
  expect(guard.waiting).toBe(0)
})

it.each(['bug', 'damaged', 'tampered', 'interrupted', 'unavailable'] as const)(
  'a firing that fails with %s stays open until it can be contained',
  async code => {
    const runs = new Runs()
    runs.before = () => Promise.reject(new Fault(code, 'it went wrong'))
    const where = await folder()
    const { guard, sent } = await watched(where, [new Script(abuse('a'))], runs)
    expect(sent).toMatchObject([{ event: 'waiting', because: 'it went wrong' }])
    expect(guard.waiting).toBe(1)
    runs.before = async () => undefined
    const again = await watched(where, [], runs)
    expect(runs.contained).toHaveLength(1)
    expect(again.guard.waiting).toBe(0)
  },
)

it('what a playbook must not do is refused and told, and not tried again', async () => {
  const runs = new Runs()
  runs.before = () => Promise.reject(new Fault('limit', 'too many identities'))
  const where = await folder()
  const { sent } = await watched(where, [new Script(abuse('a'))], runs)
  expect(sent).toMatchObject([{ event: 'refused', because: 'too many identities' }])
  runs.before = async () => undefined
  await watched(where, [new Script(abuse('a'))], runs)
  expect(runs.contained).toEqual([])
})

it('nobody was told: they are told after the restart, once', async () => {
  const runs = new Runs()
  const where = await folder()
  const fails = () => Promise.reject(new Fault('unavailable', 'no receiver'))
  const { notes } = await watched(where, [new Script(abuse('a'))], runs, { notify: fails })
  expect(notes.at(-1)).toMatchObject({ event: 'problem', message: 'no receiver' })
  const second = await watched(where, [], runs)
  expect(second.sent).toMatchObject([{ event: 'contained', run: 'run1' }])
  const third = await watched(where, [], runs)
  expect(third.sent).toEqual([])
})

it('a torn last line of the log was never believed; a broken one is a fault', async () => {
  const runs = new Runs()
  const where = await folder()
  await watched(where, [new Script(abuse('a'))], runs)
  const file = join(where, 'firings.jsonl')
  await appendFile(file, '{"type":"fired","at":"20')
  await watched(where, [new Script(abuse('b'))], runs)
  expect(runs.contained).toHaveLength(2)
  await writeFile(file, `what\n${await readFile(file, 'utf8')}`)
  await expect(watched(where, [], runs)).rejects.toMatchObject({ code: 'tampered' })
  await rm(file)
  await writeFile(join(where, 'state.json'), '[]')
  await expect(watched(where, [], runs)).rejects.toMatchObject({ code: 'tampered' })
})

it('one source falls over: the others go on, and it is said in the end', async () => {
  const runs = new Runs()
  const broken = {
    name: 'broken',
    async *batches(): AsyncGenerator<FeedBatch> {
      yield { records: [], ack: async () => undefined }
      throw new Fault('denied', 'no longer allowed')
    },
  }
  const script = new Script(abuse('a'))
  const done = watched(await folder(), [broken, script], runs)
  await expect(done).rejects.toMatchObject({ code: 'denied' })
  expect(runs.contained).toHaveLength(1)
  expect(script.left.size).toBe(0)
})

it('told to stop, it finishes what is in hand and begins nothing more', async () => {
  const runs = new Runs()
  const stop = new AbortController()
  runs.before = async () => stop.abort()
  const where = await folder()
  const { guard } = await watched(where, [new Script([...abuse('a'), ...abuse('b')], 6)], runs, {
    signal: stop.signal,
  })
  expect(runs.contained).toHaveLength(1)
  expect(guard.waiting).toBe(1)
  await watched(where, [], runs)
  expect(runs.contained.map(({ user }) => user)).toEqual(['a', 'b'])
})

it('a storm keeps memory flat: the source waits for the reactions, and those for who is told', async () => {
  const runs = new Runs()
  const collect = collector()
  const heap: number[] = []
  const [batches, size] = [60, 500]
  let waiting = 0
  let ahead = 0
  let yielded = 0
  const storm = {
    name: 'storm',
    async *batches(): AsyncGenerator<FeedBatch> {
      for (let batch = 0; batch < batches; batch++) {
        // Ten thousand events a second, of 800 identities that all go too far.
        const records = Array.from({ length: size }, (_, n) => {
          const id = batch * size + n
          return { record: told(`e${id}`, `u${id % 800}`, id / 10_000), where: `${id}` }
        })
        yielded += 1
        ahead = Math.max(ahead, yielded * size - storm.guard().stats.records)
        waiting = Math.max(waiting, storm.guard().waiting)
        yield { records, ack: async () => undefined }
        if (batch % 20 === 19) {
          collect()
          heap.push(process.memoryUsage().heapUsed)
        }
      }
    },
    guard: () => opened as Guard,
  }
  let opened: Guard | undefined
  let heard = 0
  await watched(await folder(), [storm], runs, {
    ceiling: 5,
    every: 1000,
    opened: guard => {
      opened = guard
    },
    notify: async () => {
      heard += 1
    },
  })
  expect(opened?.stats.records).toBe(batches * size)
  // Each once, whatever comes of it within the cooldown; and no more acts than the ceiling lets pass.
  expect(runs.contained).toHaveLength(5)
  expect(runs.proposed).toHaveLength(795)
  expect(heard).toBe(800)
  // A batch is the most that the source is ahead, and what a batch can fire is the most that waits beyond the queue.
  expect(ahead).toBeLessThanOrEqual(size)
  expect(waiting).toBeLessThanOrEqual(64)
  expect((heap.at(-1) ?? 0) - (heap[0] ?? 0)).toBeLessThan(64e6)
})

it('while people are slow to be told, the source waits', async () => {
  const runs = new Runs()
  const users = 600
  const open: (() => void)[] = []
  let opened: Guard | undefined
  let sent = 0
  let most = 0
  const script = new Script(Array.from({ length: users }, (_, user) => abuse(`u${user}-`, user)).flat(), 3)
  await watched(await folder(), [script], runs, {
    ceiling: users,
    opened: guard => {
      opened = guard
    },
    notify: async () => {
      sent += 1
      const slow = new Promise<void>(resolve => open.push(resolve))
      most = Math.max(most, open.length)
      // Answers come once everything that fired is done, and the source has come to a halt.
      if (sent === users || (open.length >= 256 && opened?.waiting === 0))
        for (const resolve of open.splice(0)) resolve()
      await slow
    },
  })
  expect(runs.contained).toHaveLength(users)
  expect(most).toBeGreaterThanOrEqual(256)
  expect(most).toBeLessThanOrEqual(256 + 64 + 2)
})

/** Collects for certain, whatever the flags of the process are. */
function collector(): () => void {
  setFlagsFromString('--expose-gc')
  return runInNewContext('gc') as () => void
}
