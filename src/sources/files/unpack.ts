import { createGunzip } from 'node:zlib'
import { INPUT_LIMITS } from '../../model/input-limits.ts'

/** The progress on one input, in bytes and records. */
export interface InputWork {
  /** Bytes as they came. */
  packed: number
  /** Bytes after unpacking; as they came where nothing is packed. */
  unpacked: number
  records: number
  isPacked: boolean
}

export const noWork = (): InputWork => ({ packed: 0, unpacked: 0, records: 0, isPacked: false })

/** Why a packed input is not read to its end; everything before was. */
export class PackedFlaw extends Error {
  /** Its end is missing, and may still be written. */
  readonly isCut: boolean

  constructor(message: string, isCut = false) {
    super(message)
    this.isCut = isCut
  }
}

/** Bytes that are given to the unpacker at once: it makes of them a thousand times as many at most. */
const SLICE = 16 * 1024

/**
 * Plain or gzip, by its first bytes, as plain bytes. Everything that could be unpacked before a flaw is yielded.
 *
 * @throws PackedFlaw
 */
export async function* unpacked(
  input: AsyncIterable<Buffer | string>,
  work: InputWork,
): AsyncGenerator<Buffer> {
  let gunzip: Gunzip | undefined
  let start: Buffer | undefined
  for await (const chunk of input) {
    let bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk
    work.packed += bytes.length
    if (!gunzip && !start) {
      // A pipe may give one byte at first.
      if (bytes.length < 2) {
        start = bytes
        continue
      }
      if (isGzip(bytes)) gunzip = new Gunzip(work)
    } else if (start && !gunzip && work.unpacked === 0) {
      bytes = Buffer.concat([start, bytes])
      start = undefined
      if (isGzip(bytes)) gunzip = new Gunzip(work)
    }
    start ??= Buffer.alloc(0)
    if (gunzip) yield* gunzip.unpack(bytes)
    else {
      work.unpacked += bytes.length
      yield bytes
    }
  }
  if (gunzip) yield* gunzip.end()
  else if (start && start.length > 0) yield start
}

export function isGzip(bytes: Buffer): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b
}

/** Not a pipeline of streams: one that fails throws away what it has made and what nobody has read yet. */
class Gunzip {
  readonly #gunzip = createGunzip()
  readonly #work: InputWork
  readonly #made: Buffer[] = []
  #failed: Error | undefined
  #isOver = false
  #awake: () => void = () => undefined

  constructor(work: InputWork) {
    this.#work = work
    work.isPacked = true
    this.#gunzip.on('data', (bytes: Buffer) => this.#made.push(bytes))
    this.#gunzip.on('error', (error: Error) => {
      this.#failed = error
      this.#awake()
    })
    this.#gunzip.on('end', () => {
      this.#isOver = true
      this.#awake()
    })
  }

  *#take(): Generator<Buffer> {
    for (const bytes of this.#made.splice(0)) {
      this.#work.unpacked += bytes.length
      yield bytes
      const { free, perByte } = INPUT_LIMITS.unpacked
      if (this.#work.unpacked > free + perByte * this.#work.packed) {
        this.#gunzip.destroy()
        throw new PackedFlaw(
          `it is packed, and becomes more than ${perByte} times as large: the rest is not read`,
        )
      }
    }
    if (!this.#failed) return
    const isCut = (this.#failed as { code?: string }).code === 'Z_BUF_ERROR'
    const why = isCut ? 'cut short' : 'damaged'
    throw new PackedFlaw(
      `it is packed and ${why}: what could be unpacked before is read, and the rest is not`,
      isCut,
    )
  }

  async *unpack(bytes: Buffer): AsyncGenerator<Buffer> {
    for (let at = 0; at < bytes.length && !this.#isOver; at += SLICE) {
      await new Promise<void>(resolve => {
        this.#awake = resolve
        this.#gunzip.write(bytes.subarray(at, at + SLICE), () => resolve())
      })
      yield* this.#take()
    }
  }

  async *end(): AsyncGenerator<Buffer> {
    await new Promise<void>(resolve => {
      this.#awake = resolve
      this.#gunzip.end()
      if (this.#isOver || this.#failed) resolve()
    })
    yield* this.#take()
  }
}
