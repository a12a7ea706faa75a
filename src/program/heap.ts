import { setFlagsFromString } from 'node:v8'

/** Bytes of heap from which on its growth is bounded: more than a run in some hundred accounts takes. */
const LARGE = 128 * 1024 * 1024
const EVERY_MS = 1_000

/**
 * Lets a heap that has become large grow by 40 % at most before old objects are collected, and not to four times what is in use, as V8
 * does on a machine with much memory. Not from the start: what V8 has compiled before, of Node and of the program, counts only for the
 * flags that it was compiled under. Does not keep the process alive.
 */
export function boundHeap(): void {
  const timer = setInterval(() => {
    if (process.memoryUsage().heapTotal < LARGE) return
    clearInterval(timer)
    setFlagsFromString('--heap-growing-percent=40')
  }, EVERY_MS)
  timer.unref()
}
