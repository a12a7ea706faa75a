import { spawn } from 'node:child_process'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'vitest'
import type { Estate } from '../../src/lab/aws/store.ts'
import { type AwsRange, openAws, writes } from '../contract/aws-range.ts'

/** The program as it is shipped; `npm test` builds it first. */
const PROGRAM = fileURLToPath(new URL('../../bin/run.js', import.meta.url))

export interface Ended {
  code: number | null
  stdout: string
  stderr: string
}

/** A desk of its own: folders, an account at the other end of the wire, and the program. */
export class Desk {
  readonly folder: string
  readonly range: AwsRange

  private constructor(folder: string, range: AwsRange) {
    this.folder = folder
    this.range = range
  }

  static async open(prepare?: (estate: Estate) => void): Promise<Desk> {
    const [folder, range] = await Promise.all([
      mkdtemp(join(tmpdir(), 'interdict-hostile-')),
      openAws(prepare),
    ])
    return new Desk(folder, range)
  }

  async close(): Promise<void> {
    await this.range.close()
    await rm(this.folder, { recursive: true, force: true })
  }

  get state(): string {
    return join(this.folder, 'state')
  }

  journal(run: string): string {
    return join(this.state, 'runs', `${run}.jsonl`)
  }

  /** Nothing of the machine's own: no profiles, no credentials but those of the account at hand. */
  environment(more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
    const { accessKeyId, secretAccessKey, sessionToken } = this.range.lab.responder
    return {
      PATH: process.env.PATH,
      HOME: this.folder,
      INTERDICT_STATE: this.state,
      INTERDICT_CONFIG: join(this.folder, 'config'),
      NO_COLOR: '1',
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_ENDPOINT_URL: this.range.lab.endpoint,
      AWS_REGION: 'eu-west-1',
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      ...(sessionToken === undefined ? {} : { AWS_SESSION_TOKEN: sessionToken }),
      ...more,
    }
  }

  /** Runs the program without a terminal. */
  interdict(args: readonly string[], environment: NodeJS.ProcessEnv = {}, node: readonly string[] = []) {
    return new Promise<Ended>((resolve, reject) => {
      const child = spawn(process.execPath, [...node, PROGRAM, ...args], {
        cwd: this.folder,
        env: this.environment(environment),
        stdio: ['ignore', 'pipe', 'pipe'],
        timeout: 50_000,
        killSignal: 'SIGKILL',
      })
      let stdout = ''
      let stderr = ''
      child.stdout.setEncoding('utf8').on('data', chunk => {
        stdout += chunk
      })
      child.stderr.setEncoding('utf8').on('data', chunk => {
        stderr += chunk
      })
      child.once('error', reject)
      child.once('close', code => resolve({ code, stdout, stderr }))
    })
  }

  /** Contains something and returns the run. */
  async contained(...args: string[]): Promise<string> {
    const ended = await this.interdict(['contain', ...args, '--yes', '--json'])
    expect(ended.stderr).toBe('')
    expect(ended.code).toBe(0)
    const [file] = (await readdir(join(this.state, 'runs'))).filter(name =>
      ended.stdout.includes(name.slice(0, -'.jsonl'.length)),
    )
    if (!file) throw new Error(`no journal: ${ended.stdout}`)
    return file.slice(0, -'.jsonl'.length)
  }

  /** Write calls that the account got since this was last asked. */
  written(): string[] {
    return writes(this.range.operations())
  }
}

/** One clear message, the documented code, no stack trace. */
export function expectRefusal(ended: Ended, code: number | readonly number[], message: RegExp): void {
  const said = `${ended.stdout}${ended.stderr}`
  expect(said).toMatch(message)
  expect([code].flat(), said).toContain(ended.code)
  expectNoTrace(ended)
  expect(ended.stderr.match(/✖/g) ?? []).toHaveLength(1)
}

export function expectNoTrace({ stdout, stderr }: Ended): void {
  const said = `${stdout}${stderr}`
  expect(said).not.toMatch(/^\s+at .+:\d+:\d+\)?$/m)
  expect(said).not.toMatch(/node:internal|this is a bug in interdict|\[object Object\]|UnhandledPromise/)
}
