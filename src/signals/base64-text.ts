import { gunzipSync } from 'node:zlib'
import { BOUNDS } from './bounds.ts'
import { Unreadable } from './draft.ts'

/** Text of base64, or of gzip in base64, up to 64 MiB. @throws Unreadable */
export function base64Text(base64: string): string {
  if (!/^[A-Za-z0-9+/_-]*=*$/.test(base64)) throw new Unreadable('data of a stream that is not base64')
  const bytes = Buffer.from(base64, 'base64')
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes.toString('utf8')
  try {
    return gunzipSync(bytes, { maxOutputLength: BOUNDS.whole }).toString('utf8')
  } catch {
    throw new Unreadable('data of a stream that cannot be unpacked')
  }
}
