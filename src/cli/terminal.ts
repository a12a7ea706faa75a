import { EXIT, type Exit } from '../model/fault.ts'
import { REAL } from '../model/timing.ts'
import { LiveArea } from '../ui/live-area.ts'
import { pasteable } from './hint-place.ts'

/** The moving lines at the foot of the terminal. Only `isLive` says whether there is a terminal for them. */
export const area = new LiveArea(process.stderr, REAL)

/** Whether stderr is a terminal on which lines can be drawn over. */
export function isLive(): boolean {
  return process.stderr.isTTY === true && process.env['TERM'] !== 'dumb'
}

/** A result, on stdout. Resolves when the reader has taken it, so that memory stays flat. */
export async function print(text: string): Promise<void> {
  if (process.stdout.isTTY !== true) return await written(process.stdout, text)
  let printed: Promise<void> | undefined
  area.above(() => {
    printed = written(process.stdout, text)
  })
  await printed
}

/** A line of a rehearsal as it happens, on stdout, above what moves. */
export function printAtOnce(text: string): void {
  area.above(() => process.stdout.write(text))
}

/** Progress and questions, on stderr. */
export function tell(text: string): void {
  const shown = pasteable(text)
  area.above(() => process.stderr.write(shown.endsWith('\n') ? shown : `${shown}\n`))
}

function written(stream: NodeJS.WriteStream, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.write(text, error => {
      // A reader that has seen enough (`| head`), or a terminal that is gone, is not a failure of ours.
      if (error && !isLost(error)) reject(error)
      else resolve()
    })
  })
}

/** Both directions are a person: only then is anything asked. */
export function canAsk(): boolean {
  return process.stdin.isTTY === true && process.stderr.isTTY === true
}

export function exitWith(exit: Exit): void {
  process.exitCode = EXIT[exit].code
}

/**
 * Keeps a failed output from ending the program: what was begun in a cloud is finished and recorded. A result that could
 * not be printed is reported by `print`.
 */
export function tolerateClosedPipes(): void {
  for (const stream of [process.stdout, process.stderr]) {
    if (stream.listenerCount('error') === 0) stream.on('error', () => undefined)
  }
}

/** Whether the reader has left: a closed pipe, or a terminal whose connection was dropped (EIO). */
function isLost(error: Error): boolean {
  const { code = '' } = error as NodeJS.ErrnoException
  return ['EPIPE', 'EIO', 'ENXIO', 'ECONNRESET', 'ERR_STREAM_DESTROYED'].includes(code)
}
