import { appendFile, mkdtemp, rename, rm, truncate, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import { beforeEach, describe, expect, it } from 'vitest'
import type { Json } from '../../src/model/json.ts'
import { REAL } from '../../src/model/timing.ts'
import { type Batch, openSource, type Source } from '../../src/sources/index.ts'
import { queues } from '../signals/reader.ts'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'interdict-sources-'))
})

interface More {
  follow?: boolean
  positions?: { [name: string]: Json }
  tell?: (text: string) => void
}

const open = (path: string, more: More = {}) =>
  openSource(`file:${path}`, {
    timing: REAL,
    once: !more.follow,
    follow: more.follow === true,
    tell: more.tell ?? (() => undefined),
    positions: more.positions ?? {},
    input: Readable.from([]),
    queues,
    environment: {},
    poll: 5,
  })

async function all(source: Source): Promise<{ records: string[]; last: Batch | undefined; flaws: string[] }> {
  const records: string[] = []
  const flaws: string[] = []
  let last: Batch | undefined
  for await (const batch of source.batches(new AbortController().signal)) {
    last = batch
    for (const { record, flaw } of batch.records) {
      if (flaw === undefined) records.push(String(record))
      else flaws.push(flaw)
    }
  }
  return { records, last, flaws }
}

const ids = (records: readonly string[]) => records.map(each => (JSON.parse(each) as { n: number }).n)
const numbered = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, at) => ({ n: from + at }))
const lines = (of: readonly unknown[]) => of.map(each => `${JSON.stringify(each)}\n`).join('')

describe.each<[string, (of: unknown[]) => string]>([
  ['a record a line', lines],
  ['lines of Windows, after a byte order mark', of => `\ufeff${lines(of).replaceAll('\n', '\r\n')}`],
  ['an array', of => JSON.stringify(of)],
  ['an indented array', of => JSON.stringify(of, null, 2)],
  ['a wrapped array', of => JSON.stringify({ Records: of })],
  ['an indented wrapped array', of => JSON.stringify({ Records: of, next: [1, { a: 2 }] }, null, 2)],
  [
    'wrapped arrays one after the other',
    of => `${JSON.stringify({ value: of.slice(0, 3) })}\n${JSON.stringify({ value: of.slice(3) })}`,
  ],
])('%s', (_, text) => {
  const records = numbered(0, 1201).map(({ n }) => ({ n, t: 'a "]}, \\ é', in: [{ d: [n] }] }))
  it('is read, plain and packed', async () => {
    const [plain, packed] = [join(folder, 'a'), join(folder, 'b')]
    await writeFile(plain, text(records))
    await writeFile(packed, gzipSync(text(records)))
    const wanted = records.map(({ n }) => n)
    expect(ids((await all(await open(plain))).records)).toEqual(wanted)
    expect(ids((await all(await open(packed))).records)).toEqual(wanted)
  })

  it('goes on after any batch, and is not read twice', async () => {
    const path = join(folder, 'a')
    await writeFile(path, text(records))
    const source = await open(path)
    const read: string[] = []
    for await (const batch of source.batches(new AbortController().signal)) {
      read.push(...batch.records.map(({ record }) => String(record)))
      const positions = { [source.name]: JSON.parse(JSON.stringify(batch.position)) as Json }
      const rest = await all(await open(path, { positions }))
      expect([...ids(read), ...ids(rest.records)]).toEqual(records.map(({ n }) => n))
    }
  })
})

it('a line that is too long is one flaw, and the next lines are read', async () => {
  const path = join(folder, 'a')
  await writeFile(path, `{"n":1}\n{"n":"${'x'.repeat(5_000_000)}"}\n{"n":2}`)
  const { records, flaws } = await all(await open(path))
  expect(ids(records)).toEqual([1, 2])
  expect(flaws).toHaveLength(1)
})

it('a broken line does not swallow the next', async () => {
  const path = join(folder, 'a')
  await writeFile(path, '{"n":1}\n{"n":"\n{"n":2}\n')
  const { records } = await all(await open(path))
  expect(records).toEqual(['{"n":1}', '{"n":"', '{"n":2}'])
})

it('what is packed and cut short is read up to there, and its last batch says so', async () => {
  const path = join(folder, 'a')
  await writeFile(path, gzipSync(lines(numbered(0, 10_000))).subarray(0, 2000))
  const { records, flaws, last } = await all(await open(path))
  expect(records.length).toBeGreaterThan(500)
  expect(ids(records)).toEqual(numbered(0, records.length).map(({ n }) => n))
  expect(last?.unread).toContain('cut short')
  expect(flaws).toEqual([last?.unread])
})

it('a file that is not there, a folder and a strange scheme are wrong usage', async () => {
  await expect(all(await open(join(folder, 'none')))).rejects.toMatchObject({ code: 'usage' })
  await expect(all(await open(folder))).rejects.toMatchObject({ code: 'usage' })
  const strange = openSource('ftp:x', {
    timing: REAL,
    once: true,
    follow: false,
    tell: () => undefined,
    positions: {},
    input: Readable.from([]),
    queues,
    environment: {},
  })
  await expect(strange).rejects.toMatchObject({ code: 'usage' })
})

describe('a file that is followed', () => {
  /** Reads until it has so many, doing something whenever so many were read. */
  async function follow(
    path: string,
    wanted: number,
    steps: { [read: number]: () => Promise<void> },
    from?: Json,
    tell: (text: string) => void = () => undefined,
  ) {
    const positions = from === undefined ? {} : { [`file:${path}`]: from }
    const source = await open(path, { follow: true, positions, tell })
    const stop = new AbortController()
    const read: number[] = []
    let position: Json | undefined
    for await (const batch of source.batches(stop.signal)) {
      position = batch.position
      for (const { record } of batch.records) {
        read.push(...ids([String(record)]))
        await steps[read.length]?.()
      }
      if (read.length >= wanted) stop.abort()
    }
    return { read, position: JSON.parse(JSON.stringify(position)) as Json }
  }

  it('is read as it grows, whole lines only', async () => {
    const path = join(folder, 'a')
    await writeFile(path, lines(numbered(0, 3)))
    const { read } = await follow(path, 6, {
      3: () => appendFile(path, '{"n":3}\n{"n"'),
      4: () => appendFile(path, `:4}\n${lines(numbered(5, 6))}`),
    })
    expect(read).toEqual([0, 1, 2, 3, 4, 5])
  })

  it('is followed through a rotation, the rest of the old file first', async () => {
    const path = join(folder, 'a')
    await writeFile(path, lines(numbered(0, 3)))
    const { read } = await follow(path, 8, {
      3: async () => {
        await rename(path, `${path}.1`)
        await appendFile(`${path}.1`, lines(numbered(3, 5)))
        await writeFile(path, lines(numbered(5, 8)))
      },
    })
    expect(read).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
  })

  it('is followed when it is truncated', async () => {
    const path = join(folder, 'a')
    await writeFile(path, lines(numbered(0, 3)))
    const { read } = await follow(path, 4, {
      3: async () => {
        await truncate(path)
        await appendFile(path, lines(numbered(3, 4)))
      },
    })
    expect(read).toEqual([0, 1, 2, 3])
  })

  it('is followed when it is truncated and longer at once than it was', async () => {
    const path = join(folder, 'a')
    await writeFile(path, lines(numbered(0, 3)))
    const { read } = await follow(path, 13, {
      3: () => writeFile(path, lines(numbered(3, 13))),
    })
    expect(read).toEqual([0, 1, 2, ...Array.from({ length: 10 }, (_, n) => n + 3)])
  })

  it('may appear later, empty at first, and may be gone for a while', async () => {
    const path = join(folder, 'a')
    const appears = async () => {
      await writeFile(path, '')
      await appendFile(path, lines(numbered(0, 2)))
    }
    const done = follow(path, 4, {
      2: async () => {
        await rename(path, `${path}.1`)
        setImmediate(() => void writeFile(path, lines(numbered(2, 4))))
      },
    })
    await appears()
    expect((await done).read).toEqual([0, 1, 2, 3])
  })

  it('half a line at its end is a record once the file is rotated away', async () => {
    const path = join(folder, 'a')
    await writeFile(path, `${lines(numbered(0, 2))}{"n":2}`)
    const { read } = await follow(path, 4, {
      2: async () => {
        await rename(path, `${path}.1`)
        await writeFile(path, lines(numbered(3, 4)))
      },
    })
    expect(read).toEqual([0, 1, 2, 3])
  })

  it('half a line is read whole by the next watch', async () => {
    const path = join(folder, 'a')
    await writeFile(path, `${lines(numbered(0, 2))}{"n"`)
    const { position } = await follow(path, 2, {})
    await appendFile(path, `:2}\n`)
    expect((await follow(path, 1, {}, position)).read).toEqual([2])
  })

  it('a packed one is read once, also when it is still being written, and what replaces it too', async () => {
    const path = join(folder, 'a.gz')
    const packed = gzipSync(lines(numbered(0, 5000).map(({ n }) => ({ n, t: `${n * 7919}` }))))
    const half = packed.length >> 1
    await writeFile(path, packed.subarray(0, half))
    const done = follow(path, 5003, {
      5000: () => appendFile(path, gzipSync(lines(numbered(5000, 5002)))),
      5002: async () => {
        await writeFile(`${path}.new`, gzipSync(lines(numbered(5002, 5003))))
        await rename(`${path}.new`, path)
      },
    })
    setImmediate(() => void appendFile(path, packed.subarray(half)))
    const { read, position } = await done
    expect(read).toEqual(numbered(0, 5003).map(({ n }) => n))
    await appendFile(path, gzipSync(lines(numbered(5003, 5004))))
    expect((await follow(path, 1, {}, position)).read).toEqual([5003])
  })

  it('goes on where it was, also when it was rotated while nobody looked', async () => {
    const path = join(folder, 'a')
    await writeFile(path, lines(numbered(0, 3)))
    const { position } = await follow(path, 3, {})
    await appendFile(path, lines(numbered(3, 5)))
    await rename(path, `${path}.1`)
    await writeFile(path, lines(numbered(5, 8)))
    const { read } = await follow(path, 5, {}, position)
    expect(read).toEqual([3, 4, 5, 6, 7])
  })

  it('was rotated twice while nobody looked: all of it is read, in order', async () => {
    const path = join(folder, 'a')
    await writeFile(path, '')
    const first = follow(path, 3, {})
    await appendFile(path, lines(numbered(0, 3)))
    const { position } = await first
    await appendFile(path, lines(numbered(3, 5)))
    await writeFile(`${path}.1.gz`, gzipSync(lines(numbered(5, 7))))
    await writeFile(`${path}-notes`, 'no rotation of this')
    await rename(path, `${path}.2`)
    await utimes(`${path}.2`, 1_000, 1_000)
    await writeFile(path, lines(numbered(7, 9)))
    const told: string[] = []
    const { read } = await follow(path, 6, {}, position, text => told.push(text))
    expect(read).toEqual([3, 4, 5, 6, 7, 8])
    expect(told).toEqual([])
  })

  it('says so when what it read before is nowhere', async () => {
    const path = join(folder, 'a')
    await writeFile(path, lines(numbered(0, 3)))
    const { position } = await follow(path, 3, {})
    await rm(path)
    await writeFile(path, lines(numbered(5, 8)))
    const told: string[] = []
    const { read } = await follow(path, 3, {}, position, text => told.push(text))
    expect(read).toEqual([5, 6, 7])
    expect(told).toEqual([expect.stringContaining('is gone')])
  })
})
