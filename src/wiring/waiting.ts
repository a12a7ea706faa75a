import { tell } from './terminal.ts'

/** Milliseconds for which nobody has to be told what a command waits for. */
const QUIET = 1_000

/** Says on stderr what is being waited for once it takes longer than a second; `--json` keeps stdout to itself. */
export async function sayingWhat<Result>(what: string, work: () => Promise<Result>): Promise<Result> {
  const timer = setTimeout(() => tell(`interdict: ${what} …`), QUIET)
  try {
    return await work()
  } finally {
    clearTimeout(timer)
  }
}
