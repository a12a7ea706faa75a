import { Fault } from '../model/fault.ts'
import { tell } from './terminal.ts'

export interface Interrupt {
  /** Aborted by the first Ctrl-C or SIGTERM, and before the first write by a lost terminal too. */
  signal: AbortSignal
  /**
   * Does work during which nothing is changed until it calls `begin`. Rejects with Fault `interrupted` at once when it is
   * interrupted before that, whatever the work is waiting for: a cloud, a lock, an answer.
   */
  untilBegun<Result>(work: () => Promise<Result>): Promise<Result>
  /** From here on things are changed. Throws Fault `interrupted` if it was interrupted before. */
  begin(): void
  release(): void
}

/**
 * What ends a command. Before anything is changed, Ctrl-C, SIGTERM and a lost terminal (SIGHUP) end it at once. After that
 * Ctrl-C and SIGTERM let the change in hand finish, and the second ends the program at once; a lost terminal ends
 * nothing: the run goes on to its end, and its journal tells how it went.
 */
export function watchInterrupts(): Interrupt {
  const controller = new AbortController()
  const { promise: early, reject } = Promise.withResolvers<never>()
  // Whoever does not wait for it does not want to hear of it.
  early.catch(() => undefined)
  let begun = false
  const onSignal = () => {
    if (controller.signal.aborted) process.exit(130)
    controller.abort()
    if (begun) tell('interdict: finishing the change in hand; Ctrl-C again stops at once')
    else reject(interrupted())
  }
  const onHangUp = () => {
    if (!begun) onSignal()
  }
  process.on('SIGINT', onSignal)
  process.on('SIGTERM', onSignal)
  process.on('SIGHUP', onHangUp)
  return {
    signal: controller.signal,
    async untilBegun(work) {
      const working = work()
      // After an early end nobody waits for the work; it meets its own end, or the process does.
      working.catch(() => undefined)
      return await Promise.race([working, early])
    },
    begin() {
      if (controller.signal.aborted) throw interrupted()
      begun = true
    },
    release() {
      process.off('SIGINT', onSignal)
      process.off('SIGTERM', onSignal)
      process.off('SIGHUP', onHangUp)
    },
  }
}

function interrupted(): Fault {
  return new Fault('interrupted', 'interrupted; nothing was changed')
}
