import { type FileHandle, open, stat } from 'node:fs/promises'
import type { Timing } from '../../model/timing.ts'
import type { Batch, SourceOptions } from '../source.ts'
import { Lines } from './lines.ts'
import { opened } from './open-file.ts'
import { asPlace, HEAD, headOf, isPlaceIn, type Place, placeOf, rotatedSince, startIn } from './place.ts'
import { batchesOf, CHUNK, isPacked, type Placed, unreadBatch, untilFlaw, whole } from './records.ts'
import { PackedFlaw } from './unpack.ts'

const POLL = 250

/** How a file is looked at again. */
interface Looks {
  /** Milliseconds between two looks. */
  poll: number
  timing: Timing
  signal: AbortSignal
}

/** A file and what comes in its place, for as long as nobody says stop. It need not be there yet. */
export async function* followed(
  path: string,
  options: SourceOptions,
  signal: AbortSignal,
): AsyncGenerator<Batch> {
  const { timing } = options
  const looks: Looks = { poll: options.poll ?? POLL, timing, signal }
  let place = asPlace(options.position)
  const rotated = place ? await rotatedSince(path, place) : []
  for (const each of rotated) {
    const handle = await opened(each)
    try {
      yield* untilFlaw(whole(handle, each, await startIn(handle, place), signal), each)
    } finally {
      await handle.close()
    }
    place = undefined
    if (signal.aborted) return
  }
  while (!signal.aborted) {
    const handle = await open(path).catch(() => undefined)
    if (!handle) {
      await timing.sleep(looks.poll, signal)
      continue
    }
    try {
      if (place && !(await isPlaceIn(handle, place))) {
        options.tell(`${path}: what was read before is gone, and what was added to it since is not read`)
      }
      const start = await startIn(handle, place)
      place = undefined
      yield* (await isPacked(handle))
        ? packed(handle, path, start, looks)
        : growing(handle, path, start, looks)
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
  { poll, timing, signal }: Looks,
): AsyncGenerator<Batch> {
  let place = start
  let lines = new Lines(path, place)
  const buffer = Buffer.alloc(CHUNK)
  let at = place.bytes
  for (let last = false; !signal.aborted; ) {
    const { bytesRead } = await handle.read(buffer, 0, CHUNK, at)
    // After reading: what was read may be of what is there by now.
    if ((await handle.stat()).size < at || !(await isPlaceIn(handle, place))) {
      // Truncated: what is written now is new.
      place = await placeOf(handle)
      lines = new Lines(path, place)
      at = 0
      continue
    }
    if (bytesRead > 0) {
      at += bytesRead
      if (place.head.bytes < HEAD) place = { ...place, head: await headOf(handle, Math.min(at, HEAD)) }
      // A copy: the lines keep what is not whole yet.
      for (const batch of batchesOf(lines.cut(Buffer.from(buffer.subarray(0, bytesRead))), place)) {
        if (batch.place) place = batch.place
        yield batch
      }
    } else if (last) {
      yield* batchesOf(lines.rest(), place)
      return
    }
    // Renamed: what was still written to it is read before the new one.
    else if (await isReplaced(handle, path)) last = true
    else await timing.sleep(poll, signal)
  }
}

/** A packed file: what is in it, and more once there is more, until another file is in its place. */
async function* packed(
  handle: FileHandle,
  path: string,
  start: Place,
  { poll, timing, signal }: Looks,
): AsyncGenerator<Batch> {
  let place = start
  while (!signal.aborted) {
    const { size } = await handle.stat()
    let flaw: PackedFlaw | undefined
    try {
      for await (const batch of whole(handle, path, place, signal)) {
        place = (batch as Placed).place ?? place
        yield batch
      }
    } catch (error) {
      if (!(error instanceof PackedFlaw)) throw error
      flaw = error
      // Somebody may still be writing one that is cut short.
      if (!flaw.isCut) yield unreadBatch(path, flaw.message)
    }
    const isBroken = flaw?.isCut === false
    for (let now = size; isBroken || now === size; now = (await handle.stat()).size) {
      if (signal.aborted) return
      if (await isReplaced(handle, path)) {
        if (flaw?.isCut) yield unreadBatch(path, flaw.message)
        return
      }
      if (isBroken && !(await isPlaceIn(handle, place))) return
      await timing.sleep(poll, signal)
    }
    if (!(await isPlaceIn(handle, place))) return
  }
}

async function isReplaced(handle: FileHandle, path: string): Promise<boolean> {
  const there = await stat(path).catch(() => undefined)
  if (!there) return false
  const here = await handle.stat()
  return there.ino !== here.ino || there.dev !== here.dev
}
