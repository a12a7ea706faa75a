/** Reads the parts of an SSH message (RFC 4251, section 5). Every method throws `RangeError` past the end. */
export class SshReader {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  /** Whether everything was read. */
  get atEnd(): boolean {
    return this.#at === this.#bytes.length
  }

  /** So many bytes as they are. */
  take(length: number): Buffer {
    if (length > this.#bytes.length - this.#at) throw new RangeError('an SSH message ends early')
    this.#at += length
    return this.#bytes.subarray(this.#at - length, this.#at)
  }

  byte(): number {
    return this.take(1).readUInt8()
  }

  uint32(): number {
    return this.take(4).readUInt32BE()
  }

  /** A string of bytes, with its length before it. */
  string(): Buffer {
    return this.take(this.uint32())
  }

  text(): string {
    return this.string().toString('utf8')
  }
}

/** A string of bytes as SSH writes it, with its length before it. */
export function sshString(bytes: Buffer | string): Buffer {
  const content = Buffer.from(bytes)
  const length = Buffer.alloc(4)
  length.writeUInt32BE(content.length)
  return Buffer.concat([length, content])
}
