import { type FileHandle, open, stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Readable } from 'node:stream'
import { setTimeout as pause } from 'node:timers/promises'
import { createGunzip } from 'node:zlib'
import { Fault } from '../../model/fault.ts'
import type { Json } from '../../model/json.ts'
import { BATCH_RECORDS, type Batch, type Delivered, type Source, type SourceOptions } from '../source.ts'
import { type Cutter, Elements, isDocument, Lines } from './lines.ts'
import { asPlace, isPlaceIn, type Place, placeOf, rotatedTo } from './place.ts'

const CHUNK = 256 * 1024
const POLL = 250

/**
 * A file of records: a record a line, an array, a wrapped array, or either packed with gzip. It is never read again from
 * before its position, unless it is another file by now. `follow` waits for more, and goes on in the new file when it is
 * rotated, by renaming or by truncating, after the rest of the old one.
 */
export function fileSource(given: string, options: SourceOptions): Source {
  const path = resolve(given)
  const name = `file:${path}`
  return {
    name,
    batches: signal => (options.follow ? followed(path, options, signal) : once(path, options, signal)),
    close: async () => undefined,
  }
}

/** Standard input: it has no position, and cannot be asked again. */
export function inputSource(input: Readable): Source {
  return {
    name: '-',
    async *batches(signal) {
      const stop = () => input.destroy()
      signal.addEventListener('abort', stop, { once: true })
      try {
        yield* fromStream(input, 'standard input', undefined, signal)
      } catch (error) {
        if (!signal.aborted) throw cannotRead('-', error)
      } finally {
        signal.removeEventListener('abort', stop)
      }
    },
    close: async () => undefined,
  }
}

async function* once(path: string, options: SourceOptions, signal: AbortSignal): AsyncGenerator<Batch> {
  const handle = await opened(path)
  try {
    yield* whole(handle, path, await startIn(handle, asPlace(options.position)), signal)
  } finally {
    await handle.close()
  }
}

async function* followed(path: string, options: SourceOptions, signal: AbortSignal): AsyncGenerator<Batch> {
  const poll = options.poll ?? POLL
  let place = asPlace(options.position)
  if (place) {
    const rotated = await rotatedTo(path, place)
    if (rotated !== undefined) {
      const handle = await opened(rotated)
      try {
        yield* whole(handle, rotated, place, signal)
      } finally {
        await handle.close()
      }
      place = undefined
    }
  }
  while (!signal.aborted) {
    const handle = await open(path).catch(() => undefined)
    if (!handle) {
      await pause(poll, undefined, { signal }).catch(() => undefined)
      continue
    }
    try {
      const start = await startIn(handle, place)
      place = undefined
      if (await isPacked(handle)) yield* whole(handle, path, start, signal)
      else yield* growing(handle, path, start, poll, signal)
    } finally {
      await handle.close()
    }
  }
}

/** A file that is written to: whole lines only, until another file is in its place. */
async function* growing(
  handle: FileHandle,
  path: string,
  start: Place,
  poll: number,
  signal: AbortSignal,
): AsyncGenerator<Batch> {
  let place = start
  let lines = new Lines(path, place)
  const buffer = Buffer.alloc(CHUNK)
  let at = place.bytes
  for (let last = false; !signal.aborted; ) {
    const { bytesRead } = await handle.read(buffer, 0, CHUNK, at)
    if (bytesRead > 0) {
      at += bytesRead
      // A copy: the lines keep what is not whole yet.
      for (const batch of batchesOf(lines.cut(Buffer.from(buffer.subarray(0, bytesRead))), place)) {
        if (batch.place) place = batch.place
        yield batch
      }
      continue
    }
    if (last) {
      yield* batchesOf(lines.rest(), place)
      return
    }
    const here = await handle.stat()
    if (here.size < at) {
      // Truncated: what is written now is new.
      place = { ...(await placeOf(handle)) }
      lines = new Lines(path)
      at = 0
      continue
    }
    const there = await stat(path).catch(() => undefined)
    // Renamed: what was still written to it is read before the new one.
    if (there && (there.ino !== here.ino || there.dev !== here.dev)) last = true
    else await pause(poll, undefined, { signal }).catch(() => undefined)
  }
}

async function* whole(
  handle: FileHandle,
  path: string,
  place: Place,
  signal: AbortSignal,
): AsyncGenerator<Batch> {
  const packed = await isPacked(handle)
  const start = Buffer.alloc(4096)
  const { bytesRead } = packed ? { bytesRead: 0 } : await handle.read(start, 0, start.length, 0)
  const lined = !packed && !isDocument(start.subarray(0, bytesRead))
  const stream = handle.createReadStream({
    start: lined ? place.bytes : 0,
    highWaterMark: CHUNK,
    autoClose: false,
  })
  try {
    yield* fromStream(stream, path, { place, lined }, signal)
  } catch (error) {
    if (!signal.aborted) throw cannotRead(path, error)
  } finally {
    stream.destroy()
  }
}

/** @param from absent where there is no position; `lined`: the stream begins at the place, after its lines */
async function* fromStream(
  input: Readable,
  name: string,
  from: { place: Place; lined: boolean } | undefined,
  signal: AbortSignal,
): AsyncGenerator<Batch> {
  let cutter: Cutter | undefined
  let place = from?.place
  let skip = from && !from.lined ? from.place.records : 0
  for await (const bytes of unpacked(input)) {
    if (signal.aborted) return
    cutter ??= from?.lined
      ? new Lines(name, from.place)
      : isDocument(bytes.subarray(0, 4096))
        ? new Elements(name)
        : new Lines(name)
    for (const batch of batchesOf(skipping(cutter.cut(bytes)), place)) {
      place = batch.place
      yield batch
      if (signal.aborted) return
    }
  }
  if (cutter) yield* batchesOf(skipping(cutter.rest()), place)

  function* skipping(cuts: ReturnType<Cutter['cut']>): ReturnType<Cutter['cut']> {
    for (const cut of cuts) {
      if (skip > 0) skip--
      else yield cut
    }
  }
}

async function* unpacked(input: Readable): AsyncGenerator<Buffer> {
  let gunzip: ReturnType<typeof createGunzip> | undefined
  const chunks = input[Symbol.asyncIterator]()
  const first = await chunks.next()
  if (first.done) return
  const start = asBuffer(first.value)
  if (start[0] !== 0x1f || start[1] !== 0x8b) {
    yield start
    for (;;) {
      const next = await chunks.next()
      if (next.done) return
      yield asBuffer(next.value)
    }
  }
  gunzip = createGunzip()
  const { Readable } = await import('node:stream')
  const { pipeline } = await import('node:stream/promises')
  const packed = Readable.from(
    (async function* () {
      yield start
      for (;;) {
        const next = await chunks.next()
        if (next.done) return
        yield asBuffer(next.value)
      }
    })(),
  )
  const done = pipeline(packed, gunzip)
  done.catch(() => undefined)
  for await (const bytes of gunzip) yield bytes as Buffer
  await done
}

const asBuffer = (chunk: unknown): Buffer =>
  typeof chunk === 'string' ? Buffer.from(chunk) : (chunk as Buffer)

function* batchesOf(
  cuts: ReturnType<Cutter['cut']>,
  from: Place | undefined,
): Generator<Batch & { place?: Place }> {
  let place = from
  let records: Delivered[] = []
  const batch = (): Batch & { place?: Place } => ({
    records,
    ...(place ? { place, position: place as unknown as Json } : {}),
    ack: async () => undefined,
  })
  for (const { delivered, end, line } of cuts) {
    records.push(delivered)
    if (place) place = { ...place, bytes: end, lines: line, records: place.records + 1 }
    if (records.length === BATCH_RECORDS) {
      yield batch()
      records = []
    }
  }
  if (records.length > 0) yield batch()
}

async function startIn(handle: FileHandle, place: Place | undefined): Promise<Place> {
  return place && (await isPlaceIn(handle, place)) ? place : await placeOf(handle)
}

async function isPacked(handle: FileHandle): Promise<boolean> {
  const magic = Buffer.alloc(2)
  await handle.read(magic, 0, 2, 0)
  return magic[0] === 0x1f && magic[1] === 0x8b
}

async function opened(path: string): Promise<FileHandle> {
  try {
    const handle = await open(path)
    if (!(await handle.stat()).isDirectory()) return handle
    await handle.close()
    throw new Fault('usage', `${JSON.stringify(path)} is a folder`, { where: '--source' })
  } catch (error) {
    throw cannotRead(path, error)
  }
}

function cannotRead(path: string, error: unknown): Fault {
  if (error instanceof Fault) return error
  const code = (error as NodeJS.ErrnoException).code ?? String(error)
  return new Fault('usage', `cannot read ${JSON.stringify(path)}: ${code}`, {
    where: '--source',
    next: 'what was read before is kept',
    cause: error,
  })
}
