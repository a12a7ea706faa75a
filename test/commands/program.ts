import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { checked } from '../results.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

export interface Ended {
  exit: number | null
  stdout: string
  stderr: string
}

export interface Program {
  folder: string
  run(...args: string[]): Promise<Ended>
  /** The same, started in another folder. */
  runIn(folder: string, ...args: string[]): Promise<Ended>
  /** `--json` parsed. */
  // biome-ignore lint/suspicious/noExplicitAny: shapes are what the tests assert
  json(...args: string[]): Promise<{ exit: number | null; data: any; stderr: string }>
  start(...args: string[]): ReturnType<typeof spawn>
  close(): void
}

/** The real program, as it is installed, in a home of its own and with no cloud credentials in sight but those of `environment`. */
export function program(environment: NodeJS.ProcessEnv = {}): Program {
  const folder = mkdtempSync(join(tmpdir(), 'interdict-test-'))
  const env = {
    PATH: process.env['PATH'],
    HOME: folder,
    INTERDICT_STATE: join(folder, 'state'),
    INTERDICT_CONFIG: join(folder, 'config'),
    AWS_EC2_METADATA_DISABLED: 'true',
    NODE_COMPILE_CACHE: join(tmpdir(), 'interdict-test-compile-cache'),
    ...environment,
  }
  const startIn = (cwd: string, args: readonly string[]) =>
    spawn(process.execPath, [join(root, 'bin/run.js'), ...args], { env, cwd })
  const start = (...args: string[]) => startIn(folder, args)
  const run = (...args: string[]) => runIn(folder, ...args)
  const runIn = (cwd: string, ...args: string[]) =>
    new Promise<Ended>((resolve, reject) => {
      const child = startIn(cwd, args)
      let stdout = ''
      let stderr = ''
      child.stdout?.on('data', data => (stdout += data))
      child.stderr?.on('data', data => (stderr += data))
      // Nobody types, and nothing is piped in.
      child.stdin?.end()
      child.on('error', reject)
      child.on('close', exit => resolve({ exit, stdout, stderr }))
    }).then(ended => checked(args, ended))
  return {
    folder,
    run,
    runIn,
    start,
    async json(...args) {
      const { exit, stdout, stderr } = await run(...args, '--json')
      return { exit, data: JSON.parse(stdout), stderr }
    },
    close: () => rmSync(folder, { recursive: true, force: true }),
  }
}
