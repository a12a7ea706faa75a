import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { announce } from '../../src/cli/lab-process.ts'
import { seededClouds } from '../../src/lab/clouds.ts'
import { type Lab, startLab } from '../../src/lab/index.ts'
import { startProgram } from '../programs/run.ts'
import { runWarm } from '../programs/warm.ts'

export interface Ended {
  exit: number | null
  stdout: string
  stderr: string
}

export interface Program {
  folder: string
  environment: NodeJS.ProcessEnv
  run(...args: string[]): Promise<Ended>
  /** The same, started in another folder. */
  runIn(folder: string, ...args: string[]): Promise<Ended>
  /** `--json` parsed. */
  // biome-ignore lint/suspicious/noExplicitAny: shapes are what the tests assert
  json(...args: string[]): Promise<{ exit: number | null; data: any; stderr: string }>
  /** Starts a process of its own, for those that run beside others. */
  start(...args: string[]): ReturnType<typeof startProgram>
  close(): Promise<void>
}

/** The program in a home of its own, and with no cloud credentials in sight but those of `environment`. */
export function program(environment: NodeJS.ProcessEnv = {}): Program {
  const folder = mkdtempSync(join(tmpdir(), 'interdict-test-'))
  const env = {
    PATH: process.env['PATH'],
    HOME: folder,
    INTERDICT_STATE: join(folder, 'state'),
    INTERDICT_CONFIG: join(folder, 'config'),
    AWS_EC2_METADATA_DISABLED: 'true',
    ...environment,
  }
  const run = (...args: string[]) => runIn(folder, ...args)
  const runIn = async (cwd: string, ...args: string[]) => {
    const { code, stdout, stderr } = await runWarm({ args, env, cwd })
    return { exit: code, stdout, stderr }
  }
  return {
    folder,
    environment: env,
    run,
    runIn,
    start: (...args) => startProgram({ args, env, cwd: folder }),
    async json(...args) {
      const { exit, stdout, stderr } = await run(...args, '--json')
      return { exit, data: JSON.parse(stdout), stderr }
    },
    close: async () => rmSync(folder, { recursive: true, force: true }),
  }
}

/**
 * The program with a lab that runs in this process, which `--lab` finds: every command begins with an estate that is there already, every
 * change is enforced at once, and Google's deny quota of five reads and five writes a minute (test/engine/deny-quota.test.ts) is off.
 */
export async function programInLab(environment: NodeJS.ProcessEnv = {}): Promise<Program & { lab: Lab }> {
  const made = program(environment)
  const state = join(made.folder, 'state')
  mkdirSync(join(state, 'lab'), { recursive: true, mode: 0o700 })
  const lab = await startLab({
    clouds: await seededClouds(undefined, { denyQuota: false }),
    propagationMs: 0,
  })
  await announce(state, lab.endpoint)
  return {
    ...made,
    lab,
    async close() {
      await lab.close()
      await made.close()
    },
  }
}
