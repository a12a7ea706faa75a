import type { FileHandle } from 'node:fs/promises'
import { createGunzip } from 'node:zlib'
import type { Json } from '../../model/json.ts'
import { BATCH_RECORDS, type Batch, type Delivered } from '../source.ts'
import { type Cutter, Elements, isDocument, Lines, PEEK } from './lines.ts'
import { cannotRead } from './opened.ts'
import type { Place } from './place.ts'

/** Bytes that are read at once. */
export const CHUNK = 256 * 1024

export type Placed = Batch & { place?: Place }

/** A file as it is now, from a place in it to its end. */
export async function* whole(
  handle: FileHandle,
  path: string,
  place: Place,
  signal: AbortSignal,
): AsyncGenerator<Placed> {
  const packed = await isPacked(handle)
  const start = Buffer.alloc(PEEK)
  const { bytesRead } = packed ? { bytesRead: 0 } : await handle.read(start, 0, start.length, 0)
  const lined = !packed && !isDocument(start.subarray(0, bytesRead))
  try {
    yield* fromStream(bytesOf(handle, lined ? place.bytes : 0), path, { place, lined }, signal)
  } catch (error) {
    if (!signal.aborted) throw cannotRead(path, error)
  }
}

/** Not a stream of Node: that one closes the file, which is read again when it grows. */
async function* bytesOf(handle: FileHandle, from: number): AsyncGenerator<Buffer> {
  for (let at = from; ; ) {
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(CHUNK), 0, CHUNK, at)
    if (bytesRead === 0) return
    at += bytesRead
    yield buffer.subarray(0, bytesRead)
  }
}

/**
 * Whatever comes, plain or packed, a record a line or a document.
 * @param from absent where there is no position; `lined`: the stream begins at the place, after its lines
 */
export async function* fromStream(
  input: AsyncIterable<Buffer | string>,
  name: string,
  from: { place: Place; lined: boolean } | undefined,
  signal: AbortSignal,
): AsyncGenerator<Placed> {
  let cutter: Cutter | undefined
  let place = from?.place
  let skip = from && !from.lined ? from.place.records : 0
  for await (const bytes of unpacked(input)) {
    if (signal.aborted) return
    cutter ??= from?.lined
      ? new Lines(name, from.place)
      : isDocument(bytes.subarray(0, PEEK))
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

async function* unpacked(input: AsyncIterable<Buffer | string>): AsyncGenerator<Buffer> {
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

/** As many records in each as a batch may have, with the place behind them. */
export function* batchesOf(cuts: ReturnType<Cutter['cut']>, from: Place | undefined): Generator<Placed> {
  let place = from
  let records: Delivered[] = []
  const batch = (): Placed => ({
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

/** gzip, by its first bytes. */
export async function isPacked(handle: FileHandle): Promise<boolean> {
  const magic = Buffer.alloc(2)
  await handle.read(magic, 0, 2, 0)
  return magic[0] === 0x1f && magic[1] === 0x8b
}
