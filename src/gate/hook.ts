import { isUtf8 } from 'node:buffer'
import { constants, fstatSync, openSync, read, readSync } from 'node:fs'
import { PLATFORM } from '../platform/platform.ts'
import { Budget, secondsOf } from './budget.ts'
import type { Harness } from './call.ts'
import { type Answer, answerOf, blocked, readCall } from './dialects.ts'
import { decide, type Gate, messageOf } from './gate.ts'
import { Ambiguous, parseStrictly } from './look-alikes.ts'
import { say } from './output.ts'

const MOST_BYTES = 1024 * 1024
/** An input that is too large is still read, so that the harness can finish writing, but only for so long. */
const MOST_READ = 256 * 1024 * 1024

/** Reads a tool call from stdin and answers in the harness's dialect. Every failure blocks the call. Resolves to the exit code. */
export async function hook(harness: Harness, agent: string, open: () => Promise<Gate>): Promise<number> {
  const limit = secondsOf(process.env['INTERDICT_GATE_SECONDS'])
  const budget = new Budget(limit)
  const timer = setTimeout(() => endNow(`no decision within ${limit} s`), limit * 1000)
  const answer = await answered(harness, agent, open, budget)
  clearTimeout(timer)
  say(1, answer.stdout)
  say(2, answer.stderr)
  return answer.exit
}

async function answered(
  harness: Harness,
  agent: string,
  open: () => Promise<Gate>,
  budget: Budget,
): Promise<Answer> {
  try {
    return await answerTo(await input(), { harness, agent, open, budget })
  } catch (error) {
    return blocked(messageOf(error))
  }
}

/** Who asks, and what decides. */
interface Asked {
  harness: Harness
  agent: string
  open: () => Promise<Gate>
  budget: Budget
}

/** Answers the tool call of a text in the harness's dialect. Every failure blocks the call; never rejects. */
export async function answerTo(text: string, { harness, agent, open, budget }: Asked): Promise<Answer> {
  try {
    const parsed: unknown = parse(text)
    const { call, event } = readCall(harness, agent, parsed)
    const decision = await decide(await open(), call, undefined, { budget })
    return decision.because === 'error' ? blocked(decision.reason) : answerOf(harness, decision, event)
  } catch (error) {
    return blocked(messageOf(error))
  }
}

function parse(text: string): unknown {
  try {
    return parseStrictly(text)
  } catch (error) {
    if (error instanceof Ambiguous) throw error
    // The parser's own words quote the input.
    throw new Error('the input is not JSON')
  }
}

/**
 * Reads the input that is there already, without waiting: a pipe that is opened anew can be read so, which spares a thread. Undefined
 * where this does not work (sockets, other systems).
 */
function atOnce(): number | undefined {
  if (!PLATFORM.reopensStdin) return undefined
  try {
    return openSync('/dev/stdin', constants.O_RDONLY | constants.O_NONBLOCK)
  } catch {
    return undefined
  }
}

function readAtOnce(file: number | undefined, chunk: Buffer): number | undefined {
  if (file === undefined) return undefined
  try {
    return readSync(file, chunk)
  } catch {
    return undefined
  }
}

/** All of stdin. By `read`, not by the stream: loading that takes a fifth of the time there is. */
async function input(): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  if (fstatSync(0).isCharacterDevice() && process.stdin.isTTY)
    throw new Error('the input has to come from a harness, not from a terminal')
  const file = atOnce()
  for (;;) {
    const chunk = await next(file)
    size += chunk.length
    if (chunk.length > 0 && size <= MOST_READ) {
      if (size <= MOST_BYTES) chunks.push(chunk)
      continue
    }
    if (size > MOST_BYTES) throw new Error(`the input is larger than ${MOST_BYTES / 1024} KiB`)
    const bytes = Buffer.concat(chunks)
    // Another reader could take what is not UTF-8 for other characters than we.
    if (!isUtf8(bytes)) throw new Error('the input is not UTF-8')
    return bytes.toString('utf8')
  }
}

function next(file: number | undefined): Promise<Buffer> | Buffer {
  const chunk = Buffer.allocUnsafe(64 * 1024)
  const got = readAtOnce(file, chunk)
  if (got !== undefined) return chunk.subarray(0, got)
  return new Promise((resolve, reject) => {
    read(0, chunk, 0, chunk.length, null, (error, bytes) => {
      if (!error) resolve(chunk.subarray(0, bytes))
      else if (error.code === 'EOF') resolve(chunk.subarray(0, 0))
      // Somebody made it non-blocking.
      else if (error.code === 'EAGAIN') setTimeout(() => resolve(next(undefined)), 1)
      else reject(error)
    })
  })
}

/** Ends although a read of stdin is pending: an ordinary exit would wait for it, and the harness would not wait for us. */
function endNow(reason: string): void {
  say(2, blocked(reason).stderr)
  if (PLATFORM.replacesProcess && typeof process.execve === 'function') {
    process.removeAllListeners('warning')
    process.execve('/bin/sh', ['sh', '-c', 'exit 2'], {})
  }
  process.exit(2)
}
