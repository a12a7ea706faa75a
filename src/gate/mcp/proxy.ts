import { isUtf8 } from 'node:buffer'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Readable, Writable } from 'node:stream'
import { PLATFORM } from '../../platform/platform.ts'
import { openSsl } from '../../store/sha256.ts'
import type { Gate } from '../gate.ts'
import { edgeId, type Line, Lines } from './lines.ts'
import { errorLine } from './message.ts'
import { Session } from './session.ts'
import { serverNameFlaw } from './tool-names.ts'

/** A call larger than this is refused; an answer may hold files. */
const MOST_REQUEST = 4 * 1024 * 1024
const MOST_ANSWER = 64 * 1024 * 1024
const TOO_LONG = -32600
const UNREADABLE = -32700

/** The environment that the harness chose for the server, without our own variables: they name the folder of the gate's keys. */
function serverEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('INTERDICT_')))
}

/**
 * Stands between an MCP client on stdin and stdout, and a server that it starts. Resolves with the server's exit code
 * when it has ended. Messages keep their order in either direction; a reader that is slow slows the writer.
 */
export async function proxy(
  { command, server, agent }: { command: readonly string[]; server: string; agent: string },
  gate: Gate,
): Promise<number> {
  const [program = '', ...args] = command
  const flaw = serverNameFlaw(server)
  if (flaw !== undefined)
    throw new Error(`the server cannot be called '${server}': ${flaw} (name it with --server NAME)`)
  openSsl()
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'], env: serverEnvironment() })
  const session = new Session(
    gate,
    { name: server, agent },
    { toServer: line => write(child.stdin, line), toClient: line => write(process.stdout, line) },
  )
  const ended = new Promise<number>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => resolve(code ?? (signal === null ? 1 : 128 + 15)))
  })
  for (const signal of [...PLATFORM.endSignals, 'SIGHUP'] as const)
    process.on(signal, () => child.kill(signal))
  // Either side may hang up first; that is seen as the end of the other stream.
  for (const stream of [child.stdin, process.stdout]) stream.on('error', () => child.stdin.destroy())
  const upstream = fromClient(session, process.stdin, process.stdout).finally(() => child.stdin.end())
  upstream.catch(() => child.kill())
  const downstream = fromServer(session, child.stdout)
  downstream.catch(() => child.kill())
  const code = await ended
  await downstream.catch(() => undefined)
  process.stdin.destroy()
  // The program ends at once after this.
  await new Promise(resolve => process.stdout.write('', resolve))
  return code
}

async function fromClient(session: Session, from: Readable, client: Writable): Promise<void> {
  const lines = new Lines(MOST_REQUEST)
  const pass = async (found: Iterable<Line>) => {
    for (const line of found) {
      if ('tooLong' in line) {
        await write(client, errorLine(edgeId(line), TOO_LONG, `longer than ${MOST_REQUEST} bytes`))
        continue
      }
      if (isUtf8(line.text)) await session.fromClient(line.text.toString('utf8'))
      else await write(client, errorLine(null, UNREADABLE, 'not UTF-8'))
    }
  }
  for await (const chunk of from) await pass(lines.push(chunk as Buffer))
  await pass(lines.rest())
  await session.settled()
}

async function fromServer(session: Session, from: Readable): Promise<void> {
  const lines = new Lines(MOST_ANSWER)
  const pass = async (found: Iterable<Line>) => {
    for (const line of found) {
      // Text that is not a message could hide one.
      if ('text' in line) await session.fromServer(line.text.toString('utf8')).catch(() => undefined)
      else if (!(await session.unreadable(edgeId(line), `the answer is longer than ${MOST_ANSWER} bytes`)))
        throw new Error('it is not known which request the server answers')
    }
  }
  for await (const chunk of from) await pass(lines.push(chunk as Buffer))
  await pass(lines.rest())
}

async function write(stream: Writable, line: string | Buffer): Promise<void> {
  if (stream.destroyed || stream.writableEnded) return
  stream.write(line)
  if (!stream.write('\n')) await Promise.race([once(stream, 'drain'), once(stream, 'close')])
}
