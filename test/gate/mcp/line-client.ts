import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { bin, type GateProgram } from '../gate-program.ts'

export const hostileServer = fileURLToPath(new URL('hostile-server.mjs', import.meta.url))

// biome-ignore lint/suspicious/noExplicitAny: shapes are what the tests assert
type Message = any

/** Writes lines to a proxied server and reads lines back, with no library in between. */
export class LineClient {
  readonly child: ChildProcessWithoutNullStreams
  readonly #lines: AsyncIterator<string>
  stderr = ''

  constructor(gate: GateProgram, command: readonly string[], ...flags: string[]) {
    const args = [bin, 'mcp', '--server', 'test', ...flags, '--', ...command]
    this.child = spawn(process.execPath, args, { env: gate.env, cwd: gate.folder })
    this.child.stderr.on('data', data => (this.stderr += data))
    this.#lines = createInterface({ input: this.child.stdout })[Symbol.asyncIterator]()
  }

  static hostile(gate: GateProgram, mode = 'plain', ...flags: string[]): LineClient {
    return new LineClient(gate, [process.execPath, hostileServer, mode], ...flags)
  }

  send(message: unknown): void {
    this.child.stdin.write(`${typeof message === 'string' ? message : JSON.stringify(message)}\n`)
  }

  async next(): Promise<Message> {
    const { value } = await this.#lines.next()
    return value === undefined ? undefined : JSON.parse(value)
  }

  async ask(message: unknown): Promise<Message> {
    this.send(message)
    return await this.next()
  }

  /** Hangs up; the exit code of the proxy. */
  async end(): Promise<number | null> {
    this.child.stdin.end()
    if (this.child.exitCode === null) await once(this.child, 'exit')
    return this.child.exitCode
  }
}
