import { tell } from './terminal.ts'

export interface Interrupt {
  /** Aborted by the first Ctrl-C; the second ends the program at once. */
  signal: AbortSignal
  release(): void
}

/** The first Ctrl-C lets the change in hand finish and the run be closed. */
export function watchInterrupts(): Interrupt {
  const controller = new AbortController()
  const onSignal = () => {
    if (controller.signal.aborted) process.exit(130)
    controller.abort()
    tell('interdict: finishing the change in hand; Ctrl-C again stops at once')
  }
  process.on('SIGINT', onSignal)
  process.on('SIGTERM', onSignal)
  return {
    signal: controller.signal,
    release: () => {
      process.off('SIGINT', onSignal)
      process.off('SIGTERM', onSignal)
    },
  }
}
