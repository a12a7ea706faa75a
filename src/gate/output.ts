import { writeSync } from 'node:fs'

/**
 * Writes a text to a standard stream and returns when all of it is written, also where another process made the stream
 * non-blocking and its reader is slow. A reader that is gone ends it: nobody wants the rest.
 */
export function say(file: 1 | 2, text: string): void {
  let rest = Buffer.from(text)
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(file, rest))
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EAGAIN')) return
      Atomics.wait(PAUSE, 0, 0, 1)
    }
  }
}

/** Never changed: to wait on it is to pause for the time given. */
const PAUSE = new Int32Array(new SharedArrayBuffer(4))
