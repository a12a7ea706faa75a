import type { FileHandle } from 'node:fs/promises'
import { INPUT_LIMITS } from '../../model/input-limits.ts'
import type { Json } from '../../model/json.ts'
import type { Batch, Delivered } from '../source.ts'
import type { Cutter } from './cutter.ts'
import { Elements, isDocument, PEEK } from './elements.ts'
import { Lines } from './lines.ts'
import { cannotRead } from './open-file.ts'
import type { Place } from './place.ts'
import { type InputWork, isGzip, noWork, PackedFlaw, unpacked } from './unpack.ts'

/** Bytes that are read at once. */
export const CHUNK = 256 * 1024

export type Placed = Batch & { place?: Place }

/** A file as it is now, from a place in it to its end. @throws PackedFlaw, and Fault `usage` if it cannot be read */
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
    if (error instanceof PackedFlaw) throw error
    if (!signal.aborted) throw cannotRead(path, error)
  }
}

/** The batches, and after them one that says why the rest of a packed input is not read. */
export async function* untilFlaw(batches: AsyncIterable<Placed>, name: string): AsyncGenerator<Placed> {
  try {
    yield* batches
  } catch (error) {
    if (!(error instanceof PackedFlaw)) throw error
    yield unreadBatch(name, error.message)
  }
}

/** A batch that only says that the rest of an input is not read. */
export function unreadBatch(name: string, because: string): Placed {
  return {
    records: [{ record: '', where: name, flaw: because }],
    unread: because,
    ack: async () => undefined,
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
 * Input of any form: plain or packed, a record a line or a document.
 *
 * @param from absent where there is no position; `lined`: the stream begins at the place, after its lines
 * @param work counts what is done
 * @throws PackedFlaw after everything that could be read
 */
export async function* fromStream(
  input: AsyncIterable<Buffer | string>,
  name: string,
  from: { place: Place; lined: boolean } | undefined,
  signal: AbortSignal,
  work: InputWork = noWork(),
): AsyncGenerator<Placed> {
  const { free, perByte } = INPUT_LIMITS.packedRecords
  let cutter: Cutter | undefined
  let place = from?.place
  let skip = from && !from.lined ? from.place.records : 0
  for await (const bytes of unpacked(input, work)) {
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
      const { delivered } = cut
      const times = delivered.times ?? 1
      work.records += times
      if (work.isPacked && work.records > free + perByte * work.packed) {
        throw new PackedFlaw(
          `it is packed, and holds more than ${free} records that take less than ${1 / perByte} bytes each: the rest is not read`,
        )
      }
      const skipped = Math.min(skip, times)
      skip -= skipped
      if (skipped === 0) yield cut
      else if (skipped < times) yield { ...cut, delivered: { ...delivered, times: times - skipped } }
    }
  }
}

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
    if (place) place = { ...place, bytes: end, lines: line, records: place.records + (delivered.times ?? 1) }
    if (records.length === INPUT_LIMITS.batch) {
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
  return isGzip(magic)
}
