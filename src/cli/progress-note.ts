import { REAL } from '../model/timing.ts'
import { tell } from './terminal.ts'

/** Milliseconds before a command says what it waits for. */
const QUIET = 1_000

let quiet = false

/** Chooses whether notes are printed: not where a program reads the output (`--json`). */
export function keepQuiet(isQuiet: boolean): void {
  quiet = isQuiet
}

/** Does work; says on stderr what is being waited for once it takes longer than a second. */
export async function during<Result>(what: string, work: () => Promise<Result>): Promise<Result> {
  const done = new AbortController()
  void REAL.sleep(QUIET, done.signal).then(() => {
    if (!quiet && !done.signal.aborted) tell(`interdict: ${what} …`)
  })
  try {
    return await work()
  } finally {
    done.abort()
  }
}
