import { formatDuration } from '../model/duration.ts'
import type { Progress } from '../model/provider.ts'
import { REAL } from '../model/timing.ts'
import { clip, count } from '../ui/text.ts'
import { area, isLive, tell } from './terminal.ts'

/** Milliseconds before a command says what it waits for. */
const QUIET = 1_000

let quiet = false
/** By account and kind: how many identities were listed. */
const listed = new Map<string, number>()

/** Chooses whether notes are printed: not where a program reads the output (`--json`). */
export function keepQuiet(isQuiet: boolean): void {
  quiet = isQuiet
  listed.clear()
}

/** Notes how many identities of a kind were listed so far, for the line of what is being waited for. */
export function noteListed({ account, kind, listed: identities }: Progress): void {
  listed.set(`${account} ${kind}`, identities)
}

/**
 * Does work, and says on stderr what is being waited for once it takes longer than a second: on a terminal by a line that moves, counts
 * and goes away with the work, elsewhere by one line.
 */
export async function during<Result>(what: string, work: () => Promise<Result>): Promise<Result> {
  const done = new AbortController()
  const begun = REAL.now()
  let remove: () => void = () => undefined
  void REAL.sleep(QUIET, done.signal).then(() => {
    if (quiet || done.signal.aborted) return
    if (!isLive()) return tell(`interdict: ${what} …`)
    remove = area.add((columns, frame) => {
      const sum = [...listed.values()].reduce((total, each) => total + each, 0)
      const found = sum > 0 ? ` · ${count(sum, 'identity', 'identities')}` : ''
      const time = formatDuration((REAL.now() - begun) / 1000)
      return [clip(`${frame} ${what} …${found} · ${time}`, columns)]
    })
  })
  try {
    return await work()
  } finally {
    done.abort()
    remove()
  }
}
