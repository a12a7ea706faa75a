import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { stripVTControlCharacters } from 'node:util'

// biome-ignore lint/suspicious/noControlCharactersInRegex: moves of the cursor begin with one
const REDRAWN = /\u001b\[\d*[ABGJK]/g

/** Milliseconds without a sign of life after which a test says what it has seen, and not just that it took too long. */
const PATIENCE = 30_000

/** A command on a pseudo terminal: what it asks is waited for, and answered as a person would. */
export class Terminal {
  readonly #child: ChildProcessWithoutNullStreams
  readonly #ended: Promise<number | null>
  #text = ''
  /** How much of the text has been waited for. */
  #seen = 0
  #look: () => void = () => undefined

  /** `script` is part of every Linux (bsdutils, util-linux); it opens the terminal and hands over what comes and goes. */
  constructor(
    command: readonly string[],
    at: { columns: number; cwd: string; env: { [name: string]: string | undefined } },
  ) {
    const line = `stty rows 50 cols ${at.columns}; exec ${command.map(quoted).join(' ')}`
    this.#child = spawn('script', ['-qefc', line, '/dev/null'], {
      cwd: at.cwd,
      env: { ...at.env, TERM: 'xterm-256color', SHELL: '/bin/sh' },
    })
    // One that ends while something is typed has no more use for it.
    this.#child.stdin.on('error', () => undefined)
    this.#child.stdout.on('data', data => {
      this.#text += data
      this.#look()
    })
    this.#ended = new Promise((resolve, reject) => {
      this.#child.once('error', reject)
      this.#child.once('close', code => {
        this.#look()
        resolve(code)
      })
    })
    this.#ended.catch(() => this.#look())
  }

  /** Everything that was drawn, without colours and cursor movements. */
  get text(): string {
    return stripVTControlCharacters(this.#text).replaceAll('\r', '')
  }

  /** The same, line by line; what was drawn over another thing is a line of its own. */
  get lines(): string[] {
    return stripVTControlCharacters(this.#text.replace(REDRAWN, '\n')).split(/[\r\n]+/)
  }

  /** Resolves when this is drawn, after what was waited for before; rejects when the command ends without it. */
  async shows(wanted: string): Promise<void> {
    for (;;) {
      const at = this.text.indexOf(wanted, this.#seen)
      if (at >= 0) {
        this.#seen = at + wanted.length
        return
      }
      if (this.#child.exitCode !== null && this.#child.stdout.readableEnded) {
        throw new Error(`${JSON.stringify(wanted)} was not shown in:\n${this.text.slice(this.#seen)}`)
      }
      await new Promise<void>((resolve, reject) => {
        const late = () =>
          reject(new Error(`still no ${JSON.stringify(wanted)} in:\n${this.text.slice(this.#seen)}`))
        const timer = setTimeout(late, PATIENCE)
        this.#look = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
  }

  type(keys: string): void {
    this.#child.stdin.write(keys)
  }

  /** The exit code. */
  async ends(): Promise<number | null> {
    return await this.#ended
  }

  close(): void {
    if (this.#child.exitCode === null) this.#child.kill('SIGKILL')
  }
}

export const ENTER = '\r'
export const CTRL_C = '\u0003'

function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`
}
