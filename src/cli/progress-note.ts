import { tell } from './terminal.ts'

/** Milliseconds for which nobody has to be told what a command waits for. */
const QUIET = 1_000

let quiet = false

/** Chooses whether notes are printed: not where a program reads the output (`--json`). */
export function keepQuiet(isQuiet: boolean): void {
  quiet = isQuiet
}

/** Says on stderr what is being waited for once it takes longer than a second. */
export async function sayingWhat<Result>(what: string, work: () => Promise<Result>): Promise<Result> {
  const timer = setTimeout(() => {
    if (!quiet) tell(`interdict: ${what} …`)
  }, QUIET)
  try {
    return await work()
  } finally {
    clearTimeout(timer)
  }
}
