import { PLATFORM } from '../platform/platform.ts'
import { interrupted } from '../toolkit/answers.ts'
import { tell } from './terminal.ts'

/** The signals of the operating system, as one that the toolkit takes. */
export interface Interrupt {
  /** Aborted by the first Ctrl-C or SIGTERM, and before the first write by a lost terminal too. */
  signal: AbortSignal
  /** From here on things are changed. Throws Fault `interrupted` if it was interrupted before. */
  begin(): void
  release(): void
}

/** How the end of a command differs from that of others. */
export interface InterruptOptions {
  /** The work that is finished after the first signal, for the message. */
  inHand?: string
  /** A lost terminal ends it also after it has begun to change things. */
  endsOnHangUp?: boolean
}

/**
 * Watches for the end of a command. Before anything is changed, Ctrl-C, SIGTERM and a lost terminal (SIGHUP) abort it. After
 * that Ctrl-C and SIGTERM let the change in hand finish, and the second ends the program at once; a lost terminal ends
 * nothing, unless `endsOnHangUp`: the run continues to its end, and its journal says how it went.
 */
export function watchInterrupts({
  inHand = 'the change in hand',
  endsOnHangUp = false,
}: InterruptOptions = {}): Interrupt {
  const controller = new AbortController()
  let begun = false
  const onSignal = () => {
    if (controller.signal.aborted) process.exit(130)
    controller.abort()
    if (begun) tell(`interdict: finishing ${inHand}; Ctrl-C again stops at once`)
  }
  const onHangUp = () => {
    if (!begun) onSignal()
    else if (endsOnHangUp) controller.abort()
  }
  for (const signal of PLATFORM.endSignals) process.on(signal, onSignal)
  process.on('SIGHUP', onHangUp)
  return {
    signal: controller.signal,
    begin() {
      if (controller.signal.aborted) throw interrupted()
      begun = true
    },
    release() {
      for (const signal of PLATFORM.endSignals) process.off(signal, onSignal)
      process.off('SIGHUP', onHangUp)
    },
  }
}
