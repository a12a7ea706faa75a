import { createHash } from 'node:crypto'

/** The namespace of the ids that we give to what we make. */
const OURS = '3d1c1c0a-8f0e-4c53-9b0e-6a5b2f4e7d11'

/**
 * The same id for the same parts, whenever it is asked for (RFC 9562, version 5): what a crashed run has made is found again, and
 * making it twice is making it once.
 */
export function guidOf(...parts: readonly string[]): string {
  const namespace = Buffer.from(OURS.replaceAll('-', ''), 'hex')
  const hash = createHash('sha1').update(namespace).update(parts.join('\n')).digest().subarray(0, 16)
  hash.writeUInt8((hash.readUInt8(6) & 0x0f) | 0x50, 6)
  hash.writeUInt8((hash.readUInt8(8) & 0x3f) | 0x80, 8)
  const text = hash.toString('hex')
  return [text.slice(0, 8), text.slice(8, 12), text.slice(12, 16), text.slice(16, 20), text.slice(20)].join(
    '-',
  )
}
