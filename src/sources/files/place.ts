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

const HEAD = 1024

export async function placeOf(handle: FileHandle): Promise<Place> {
  const { dev, ino } = await handle.stat()
  return { inode: `${dev}:${ino}`, head: await headOf(handle, HEAD), bytes: 0, records: 0, lines: 0 }
}

async function headOf(handle: FileHandle, bytes: number): Promise<Place['head']> {
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

/** The file of a place after it was rotated away while nobody looked: beside the path, with its name in front. */
export async function rotatedTo(path: string, place: Place): Promise<string | undefined> {
  const folder = dirname(path)
  const names = await readdir(folder).catch(() => [])
  for (const name of names.filter(each => each.startsWith(basename(path)) && each !== basename(path))) {
    const handle = await open(join(folder, name)).catch(() => undefined)
    try {
      if (handle && (await isPlaceIn(handle, place))) return join(folder, name)
    } finally {
      await handle?.close()
    }
  }
  return undefined
}

/** What `Place` became in a file of ours; anything else is no place. */
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
