import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gateOf } from '../../src/cli/gate.ts'
import { Budget } from '../../src/gate/budget.ts'
import type { Harness } from '../../src/gate/call.ts'
import { answerTo } from '../../src/gate/hook.ts'

export const root = fileURLToPath(new URL('../..', import.meta.url))
export const bin = join(root, 'bin/gate.cjs')

export interface Ended {
  exit: number | null
  stdout: string
  stderr: string
}

/** The real program in a folder of its own. */
export class GateProgram {
  readonly folder: string
  readonly env: NodeJS.ProcessEnv

  constructor(folder = realpathSync(mkdtempSync(join(tmpdir(), 'interdict-gate-')))) {
    this.folder = folder
    mkdirSync(join(folder, 'config'), { recursive: true })
    this.env = {
      PATH: process.env['PATH'],
      HOME: folder,
      INTERDICT_STATE: join(folder, 'state'),
      INTERDICT_CONFIG: join(folder, 'config'),
      // Whether a decision is made must not depend on what else this machine does.
      INTERDICT_GATE_SECONDS: '9',
    }
  }

  policy(yaml: string): void {
    writeFileSync(join(this.folder, 'config', 'gate.yaml'), yaml)
  }

  /** Ends stdin after the input, unless it is `never`. */
  run(args: readonly string[], input: string | Buffer = ''): Promise<Ended> {
    return new Promise((resolve, reject) => {
      const child = spawn(process.execPath, [bin, ...args], { env: this.env, cwd: this.folder })
      let stdout = ''
      let stderr = ''
      child.stdout.on('data', data => (stdout += data))
      child.stderr.on('data', data => (stderr += data))
      // Input that is refused for its size may not be read to its end.
      child.stdin.on('error', () => undefined)
      child.on('error', reject)
      child.on('close', exit => resolve({ exit, stdout, stderr }))
      if (input !== 'never') child.stdin.end(input)
    })
  }

  async hook(harness: string, input: unknown, ...args: string[]): Promise<Ended & { answer: unknown }> {
    const text = typeof input === 'string' || Buffer.isBuffer(input) ? input : JSON.stringify(input)
    const ended = await this.run(['hook', '--harness', harness, ...args], text)
    return { ...ended, answer: ended.stdout === '' ? undefined : JSON.parse(ended.stdout) }
  }

  /** Answers as `hook` does, in this process, with time enough on a busy machine: its steps end what is hostile. */
  async judged(harness: Harness, input: unknown): Promise<Ended & { answer: unknown }> {
    const text = typeof input === 'string' ? input : JSON.stringify(input)
    const folders = { state: join(this.folder, 'state'), config: join(this.folder, 'config') }
    const open = () => gateOf(folders)
    const { exit, stdout, stderr } = await answerTo(text, {
      harness,
      agent: harness,
      open,
      budget: new Budget(60),
    })
    return { exit, stdout, stderr, answer: stdout === '' ? undefined : JSON.parse(stdout) }
  }

  /** The decisions on record. */
  decisions(): Record<string, unknown>[] {
    return lines(join(this.folder, 'state', 'gate', 'decisions.jsonl'))
  }

  refusals(): Record<string, unknown>[] {
    return lines(join(this.folder, 'state', 'gate', 'refusals.ndjson'))
  }

  close(): void {
    rmSync(this.folder, { recursive: true, force: true })
  }
}

function lines(path: string): Record<string, unknown>[] {
  try {
    return readFileSync(path, 'utf8')
      .split('\n')
      .filter(line => line !== '')
      .map(line => JSON.parse(line) as Record<string, unknown>)
  } catch {
    return []
  }
}
