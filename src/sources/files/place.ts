import { createHash } from 'node:crypto'
import { type FileHandle, open, readdir } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { Json } from '../../model/json.ts'

/** Which file it was, and how far it was read. */
export interface Place {
  /** Device and number in the file system: stays when the file is renamed. */
  inode: string
  /** SHA-256 of its first bytes, and of how many: numbers are used again. */
  head: { bytes: number; sha256: string }
  /** Bytes that were read, after unpacking. */
  bytes: number
  /** Records that were read. */
  records: number
  lines: number
}

/** Bytes at the beginning of a file by which it is known. */
export const HEAD = 1024

export async function placeOf(handle: FileHandle): Promise<Place> {
  const { dev, ino } = await handle.stat()
  return { inode: `${dev}:${ino}`, head: await headOf(handle, HEAD), bytes: 0, records: 0, lines: 0 }
}

/** Of as many bytes as there are, at most `bytes`. */
export async function headOf(handle: FileHandle, bytes: number): Promise<Place['head']> {
  const buffer = Buffer.alloc(bytes)
  const { bytesRead } = await handle.read(buffer, 0, bytes, 0)
  const sha256 = createHash('sha256').update(buffer.subarray(0, bytesRead)).digest('hex')
  return { bytes: bytesRead, sha256 }
}

/** Whether it is still the file in which we had this place. */
export async function isPlaceIn(handle: FileHandle, place: Place): Promise<boolean> {
  const { dev, ino } = await handle.stat()
  if (`${dev}:${ino}` !== place.inode) return false
  return (await headOf(handle, place.head.bytes)).sha256 === place.head.sha256
}

/** Returns the kept place if it is still of this file; else the beginning. */
export async function startIn(handle: FileHandle, place: Place | undefined): Promise<Place> {
  return place && (await isPlaceIn(handle, place)) ? place : await placeOf(handle)
}

/** How rotation names files: `log.1`, `log.2.gz`, `log-20260131`, `log.2026-01-31T10.json`. */
const ROTATED = /^[.-]\d[\w.:-]*$/

/**
 * Files that were rotated meanwhile, oldest first: the file of the place, under its new name, and those that came
 * after it. Empty when the file of the place is still at its path, or nowhere.
 */
export async function rotatedSince(path: string, place: Place): Promise<string[]> {
  const [folder, name] = [dirname(path), basename(path)]
  const others = (await readdir(folder).catch(() => [])).filter(
    each => each.startsWith(name) && each !== name,
  )
  const files: { file: string; changed: number; ours: boolean; rotated: boolean }[] = []
  for (const each of others) {
    const file = join(folder, each)
    const handle = await open(file).catch(() => undefined)
    try {
      if (!handle) continue
      const { mtimeMs } = await handle.stat()
      const rotated = ROTATED.test(each.slice(name.length))
      files.push({ file, changed: mtimeMs, ours: await isPlaceIn(handle, place), rotated })
    } finally {
      await handle?.close()
    }
  }
  const ours = files.find(each => each.ours)
  if (!ours) return []
  const later = files
    .filter(({ changed, ours: own, rotated }) => !own && rotated && changed >= ours.changed)
    .sort((a, b) => a.changed - b.changed)
  return [ours, ...later].map(({ file }) => file)
}

/** Reads a `Place` from a file of ours; anything else is not a place. */
export function asPlace(position: Json | undefined): Place | undefined {
  if (position === null || typeof position !== 'object' || Array.isArray(position)) return undefined
  const { inode, head, bytes, records, lines } = position
  if (head === null || typeof head !== 'object' || Array.isArray(head)) return undefined
  const { bytes: of, sha256 } = head as { [name: string]: Json | undefined }
  const whole = (value: Json | undefined): value is number =>
    Number.isSafeInteger(value) && Number(value) >= 0
  if (typeof inode !== 'string' || typeof sha256 !== 'string') return undefined
  if (!whole(of) || of > HEAD || !whole(bytes) || !whole(records) || !whole(lines)) return undefined
  return { inode, head: { bytes: of, sha256 }, bytes, records, lines }
}
