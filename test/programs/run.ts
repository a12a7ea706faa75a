import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { checked } from '../results.ts'

/** The program as it is shipped; `npm test` builds it first. */
export const PROGRAM = fileURLToPath(new URL('../../bin/run.js', import.meta.url))

export interface Run {
  args: readonly string[]
  /** All of it: nothing of this process's own environment is added. */
  env: NodeJS.ProcessEnv
  cwd: string
  /** Stdin; empty when missing. */
  input?: string | undefined
}

export interface Ended {
  /** `null` for one that was ended by a signal, or did not end. */
  code: number | null
  /** The signal that ended it; `null` for a program that ended by itself. */
  signal: NodeJS.Signals | null
  stdout: string
  stderr: string
}

/** Where Node keeps compiled code from one run of the tests to the next: its `NODE_COMPILE_CACHE`. */
export const COMPILED = fileURLToPath(new URL('../../.cache/compiled', import.meta.url))

/** Starts the program as a process of its own. */
export function startProgram({ args, env, cwd }: Run, node: readonly string[] = []) {
  return spawn(process.execPath, [...node, PROGRAM, ...args], {
    cwd,
    env: { NODE_COMPILE_CACHE: COMPILED, ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
}

/** Runs the program as a process of its own. For what a process alone can show; see `runWarm`. */
export function runProcess(run: Run, node: readonly string[] = []): Promise<Ended> {
  const child = startProgram(run, node)
  // One that does not read its input may end before it is written.
  child.stdin.on('error', () => undefined)
  child.stdin.end(run.input)
  return endOf(child, run.args)
}

/** Returns what a started program printed, and how it ended. Rejects if a result is not of its type. */
export async function endOf(child: ReturnType<typeof startProgram>, args: readonly string[]): Promise<Ended> {
  const ended: Ended = { code: null, signal: null, stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', chunk => {
    ended.stdout += chunk
  })
  child.stderr.setEncoding('utf8').on('data', chunk => {
    ended.stderr += chunk
  })
  await new Promise<void>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => {
      Object.assign(ended, { code, signal })
      resolve()
    })
  })
  return checked(args, ended)
}
