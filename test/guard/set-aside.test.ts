import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { FeedBatch } from '../../src/guard/guard.ts'
import { folder, Runs, Script, told, watched } from './scripted.ts'

interface Line {
  where: string
  reason: string
  count?: number
}

async function lines(where: string): Promise<Line[]> {
  const text = await readFile(join(where, 'set-aside.ndjson'), 'utf8')
  return text
    .trim()
    .split('\n')
    .map(line => JSON.parse(line) as Line)
}

const sum = (of: readonly { count?: number }[]) => of.reduce((all, { count = 1 }) => all + count, 0)

it('a flood of junk is a few lines for each batch, and each of its records is counted', async () => {
  const where = await folder()
  const junk = Array.from({ length: 50_000 }, (_, n) => ({ ...told(`j${n}`), bad: true as const }))
  const { guard, notes } = await watched(where, [new Script(junk, 500)], new Runs())
  expect(guard.stats.setAside).toBe(50_000)
  const kept = await lines(where)
  expect(kept).toHaveLength(100 * 11)
  expect(sum(kept)).toBe(50_000)
  const aside = notes.flatMap(note => (note.event === 'set-aside' ? [note] : []))
  expect(aside.length).toBeLessThan(30)
})

it('a few with each reason are kept as they are', async () => {
  const where = await folder()
  const junk = Array.from({ length: 10 }, (_, n) => ({ ...told(`j${n}`), bad: true as const }))
  await watched(where, [new Script(junk, 500)], new Runs())
  expect((await lines(where)).map(({ where: at, count }) => [at, count])).toEqual(
    junk.map((_, n) => [`${n}`, undefined]),
  )
})

it('a flaw that stands for many records counts as many', async () => {
  const where = await folder()
  const feed = {
    name: 'feed',
    async *batches(): AsyncGenerator<FeedBatch> {
      const flawed = { record: '{}', where: 'x:1', flaw: 'empty', times: 2_000_000 }
      yield { records: [flawed], ack: async () => undefined }
    },
  }
  const { guard, loud } = await watched(where, [feed], new Runs())
  expect(guard.stats).toMatchObject({ records: 2_000_000, setAside: 2_000_000 })
  expect(await lines(where)).toMatchObject([{ where: 'x:1', reason: 'empty', count: 2_000_000 }])
  expect(loud).toMatchObject([{ count: 2_000_000 }])
})

it('an input that is not read to its end is a problem of its source alone', async () => {
  const cut = {
    name: 'cut',
    async *batches(): AsyncGenerator<FeedBatch> {
      const flawed = { record: '', where: 'a.gz', flaw: 'cut short' }
      yield { records: [flawed], unread: 'cut short', ack: async () => undefined }
    },
  }
  const runs = new Runs()
  const abuse = [0, 1, 2].map(n => told(`a${n}`, 'a', n))
  const { guard, notes } = await watched(await folder(), [cut, new Script(abuse)], runs)
  expect(guard.stats.unread).toBe(1)
  expect(runs.contained).toHaveLength(1)
  expect(notes).toContainEqual({ event: 'problem', source: 'cut', message: 'cut short' })
})
