import { randomBytes } from 'node:crypto'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { constants, gunzipSync, gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { INPUT_LIMITS } from '../../src/model/input-limits.ts'
import { REAL } from '../../src/model/timing.ts'
import { Elements } from '../../src/sources/files/elements.ts'
import { fileSource } from '../../src/sources/files/file.ts'
import { Lines } from '../../src/sources/files/lines.ts'
import { fromStream, type Placed } from '../../src/sources/files/records.ts'
import { noWork, PackedFlaw } from '../../src/sources/files/unpack.ts'

/** Reads an input as a source does, and counts what was done for it. */
async function read(input: Iterable<Buffer> | AsyncIterable<Buffer>) {
  const work = noWork()
  const batches: Placed[] = []
  let flaw: PackedFlaw | undefined
  const stream = (async function* () {
    yield* input
  })()
  try {
    const { signal } = new AbortController()
    for await (const batch of fromStream(stream, 'x', undefined, signal, work)) batches.push(batch)
  } catch (error) {
    if (!(error instanceof PackedFlaw)) throw error
    flaw = error
  }
  const delivered = batches.flatMap(({ records }) => records)
  const records = delivered.filter(each => each.flaw === undefined).map(({ record }) => String(record))
  return { work, flaw, delivered, records }
}

/** gzip of many times the same, a member each: nobody holds what it becomes. */
function bomb(part: Buffer, times: number, first = ''): Buffer {
  const member = gzipSync(part, { level: 9 })
  return Buffer.concat([gzipSync(first), ...Array.from({ length: times }, () => member)])
}

const MIB = 1024 * 1024

describe('packed input', () => {
  it('is read up to a limit for each of its bytes, and what came before the limit is delivered', async () => {
    const packed = bomb(Buffer.alloc(MIB, '\n'), 400, '{"n":1}\n')
    const { work, flaw, records } = await read([packed])
    expect(records).toEqual(['{"n":1}'])
    expect(flaw?.message).toContain('times as large')
    const { free, perByte } = INPUT_LIMITS.unpacked
    expect(work.unpacked).toBeLessThan(free + perByte * packed.length + MIB)
  })

  it('ends at a limit of records for each of its bytes', async () => {
    const packed = bomb(Buffer.from('{"n":1}\n'.repeat(100_000)), 20)
    const { work, flaw, records } = await read([packed])
    const { free, perByte } = INPUT_LIMITS.packedRecords
    const most = Math.floor(free + perByte * packed.length)
    expect(flaw?.message).toContain('records')
    expect(work.records).toBe(most + 1)
    expect(records.length).toBeGreaterThan(most - INPUT_LIMITS.batch)
  })

  it('of real records is never cut off, however well they pack', async () => {
    const records = Array.from({ length: 30_000 }, (_, n) => `{"n":${n},"same":"${'x'.repeat(400)}"}\n`)
    const { flaw, records: found } = await read([gzipSync(records.join(''), { level: 9 })])
    expect(flaw).toBeUndefined()
    expect(found).toHaveLength(30_000)
  })

  it.each([1, 20, 1_000, 40_000])(
    'delivers all that could be unpacked before it was cut short, in chunks of %i',
    async size => {
      const text = Array.from(
        { length: size < 100 ? 300 : 3_000 },
        (_, n) => `{"n":${n},"r":"${randomBytes(9).toString('hex')}"}\n`,
      )
      const packed = gzipSync(text.join(''))
      for (const part of [0.01, 0.3, 0.7, 0.999]) {
        const cut = packed.subarray(0, Math.floor(packed.length * part))
        const chunks = Array.from({ length: Math.ceil(cut.length / size) }, (_, n) =>
          cut.subarray(n * size, (n + 1) * size),
        )
        const { records, flaw } = await read(chunks)
        const made = gunzipSync(cut, { finishFlush: constants.Z_SYNC_FLUSH }).toString('utf8')
        expect(records).toEqual(made.split('\n').slice(0, -1))
        expect(flaw?.isCut).toBe(true)
      }
    },
  )

  it('delivers all that was unpacked before a byte of it was damaged', async () => {
    const text = Array.from(
      { length: 5_000 },
      (_, n) => `{"n":${n},"r":"${randomBytes(9).toString('hex')}"}\n`,
    )
    const packed = gzipSync(text.join(''))
    packed.fill(0xff, packed.length - 2_000, packed.length - 1_000)
    const { records, flaw } = await read([packed])
    // The damage is in the last 2,000 packed bytes, of some 13 a record. Bytes after it may unpack to something by chance, until the check at the end.
    const before = 4_500
    expect(records.slice(0, before)).toEqual(text.slice(0, before).map(line => line.trim()))
    expect(flaw).toMatchObject({ isCut: false })
  })

  it('of several members, and its first byte alone, are read whole', async () => {
    const packed = Buffer.concat([gzipSync('{"n":1}\n'), gzipSync('{"n":2}\n')])
    const { records, flaw } = await read([packed.subarray(0, 1), packed.subarray(1, 2), packed.subarray(2)])
    expect(records).toEqual(['{"n":1}', '{"n":2}'])
    expect(flaw).toBeUndefined()
  })
})

it('one byte of plain input is read, too', async () => {
  expect((await read([Buffer.from('7')])).delivered).toMatchObject([{ times: 1 }])
  expect((await read([Buffer.from('{'), Buffer.from('"n":1}')])).records).toEqual(['{"n":1}'])
  expect((await read([Buffer.alloc(0), Buffer.from('{"n":1}')])).records).toEqual(['{"n":1}'])
  expect((await read([])).delivered).toEqual([])
})

describe('what holds nothing', () => {
  it('empty lines make no record, and are counted', async () => {
    const empty = Buffer.from('\n\r\n \t\n'.repeat(100_000))
    const { delivered } = await read([empty, Buffer.from('{"n":1}\n'), empty, Buffer.from(' {"n":2}')])
    expect(delivered).toEqual([
      { record: '{"n":1}', where: 'x:300001' },
      { record: '{"n":2}', where: 'x:600002' },
    ])
  })

  it.each([
    ['in a wrapped array', (many: number) => `{"Records":[${'{},'.repeat(many)}{"n":1},{}]}`],
    ['in an array', (many: number) => `[${'[],'.repeat(many)}{"n":1},null]`],
    ['a value a line', (many: number) => `${'{}\n'.repeat(many)}{"n":1}\n""\n`],
    ['one value after the other', (many: number) => `${'{}'.repeat(many)}{"n":1}{}`],
  ])('two hundred thousand empty values %s are a few flaws', async (_, text) => {
    const bytes = Buffer.from(text(200_000))
    const chunks = Array.from({ length: Math.ceil(bytes.length / 65_536) }, (__, n) =>
      bytes.subarray(n * 65_536, (n + 1) * 65_536),
    )
    const { delivered, records, work } = await read(chunks)
    expect(records).toEqual(['{"n":1}'])
    expect(delivered.length).toBeLessThan(chunks.length + 3)
    expect(delivered.reduce((sum, { times = 1 }) => sum + times, 0)).toBe(200_002)
    expect(work.records).toBe(200_002)
  })

  it('is not delivered again after a position in the middle of it', async () => {
    const path = join(await mkdtemp(join(tmpdir(), 'interdict-bounded-')), 'a')
    await writeFile(path, `{"Records":[${'{},'.repeat(30_000)}{"n":1},${'{},'.repeat(30_000)}{"n":2}]}`)
    const options = { once: true, follow: false, tell: () => undefined, timing: REAL }
    const { signal } = new AbortController()
    let [read, first] = [0, 0]
    for await (const batch of fileSource(path, options).batches(signal)) {
      read += batch.records.reduce((sum, { times = 1 }) => sum + times, 0)
      if (first++ % 2 > 0 || batch.position === undefined) continue
      let rest = 0
      const further = { ...options, position: batch.position }
      for await (const next of fileSource(path, further).batches(signal)) {
        rest += next.records.reduce((sum, { times = 1 }) => sum + times, 0)
      }
      expect(read + rest).toBe(60_002)
    }
    expect(read).toBe(60_002)
  })
})

describe('long and deep input', () => {
  it('a line of any length is one flaw, and of it only the beginning is kept', () => {
    const lines = new Lines('x')
    const part = Buffer.alloc(MIB, 'x')
    const cuts = Array.from({ length: 200 }, () => [...lines.cut(part)]).flat()
    cuts.push(...lines.cut(Buffer.from('\n{"n":1}\n')))
    expect(cuts.map(({ delivered }) => delivered.flaw)).toEqual([`a line of ${200 * MIB} bytes`, undefined])
    expect(String(cuts[0]?.delivered.record)).toHaveLength(INPUT_LIMITS.excerpt)
  })

  it('an element that is nested a million deep is one record, and the next is read', () => {
    const elements = new Elements('x')
    const deep = `${'['.repeat(1_000_000)}${']'.repeat(1_000_000)}`
    const cuts = [...elements.cut(Buffer.from(`{"Records":[${deep},{"n":1}]}`))]
    expect(cuts.map(({ delivered }) => delivered.record)).toEqual([deep, '{"n":1}'])
  })

  it('a document with a hundred thousand lists in one object is one value', () => {
    const elements = new Elements('x')
    const lists = Array.from({ length: 100_000 }, (_, n) => `"l${n}":[]`).join(',')
    const cuts = [...elements.cut(Buffer.from(`{${lists}}`))]
    expect(cuts).toHaveLength(1)
  })
})
