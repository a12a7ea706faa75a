import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { Json } from '../../src/model/json.ts'
import { awsCase } from '../cases/aws.ts'
import { type Case, type Opened, openCase } from '../cases/case.ts'
import { type Ended, runProcess } from '../programs/run.ts'
import { runWarm } from '../programs/warm.ts'

export type { Ended } from '../programs/run.ts'

/** A desk of its own: folders, an account at the other end of the wire, and the program. */
export class Desk {
  readonly folder: string
  readonly case: Case
  readonly lab: Opened['lab']
  /** The case's own playbook. */
  readonly playbook: string
  readonly #opened: Opened
  readonly #environment: { [name: string]: string }

  private constructor(folder: string, given: Case, opened: Opened, environment: { [name: string]: string }) {
    this.folder = folder
    this.case = given
    this.lab = opened.lab
    this.playbook = join(folder, 'playbook.yaml')
    this.#opened = opened
    this.#environment = environment
  }

  /** @param at `dateOffset`: see `LabOptions` */
  static async open(given: Case = awsCase(), at: { dateOffset?: number } = {}): Promise<Desk> {
    const [folder, opened] = await Promise.all([
      mkdtemp(join(tmpdir(), 'interdict-hostile-')),
      openCase(given, at),
    ])
    const desk = new Desk(folder, given, opened, await given.environment(opened.lab.endpoint, folder))
    await writeFile(desk.playbook, given.playbook)
    desk.operations()
    return desk
  }

  async close(): Promise<void> {
    for (const session of this.#opened.sessions) await session.close()
    await this.lab.close()
    await rm(this.folder, { recursive: true, force: true })
  }

  snapshot(): Json {
    return this.#opened.snapshot()
  }

  /** Calls that the cloud got since this was last asked, without their service. */
  operations(): string[] {
    const since = Object.keys(this.lab.calls.toJSON().operations)
    this.lab.calls.clear()
    return since.map(call => call.slice(call.indexOf(':') + 1))
  }

  get state(): string {
    return join(this.folder, 'state')
  }

  journal(run: string): string {
    return join(this.state, 'runs', `${run}.jsonl`)
  }

  /** Nothing of the machine's own: no profiles, no credentials but those of the account at hand. */
  environment(more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
    return {
      PATH: process.env.PATH,
      HOME: this.folder,
      INTERDICT_STATE: this.state,
      INTERDICT_CONFIG: join(this.folder, 'config'),
      NO_COLOR: '1',
      ...this.#environment,
      ...more,
    }
  }

  /** Runs the program without a terminal: in a process of its own where `node` has options for it. */
  interdict(args: readonly string[], environment: NodeJS.ProcessEnv = {}, node: readonly string[] = []) {
    const run = { args, cwd: this.folder, env: this.environment(environment) }
    return node.length > 0 ? runProcess(run, node) : runWarm(run)
  }

  /** Contains something and returns the run. */
  async contained(...args: string[]): Promise<string> {
    const ended = await this.interdict(['contain', ...args, '--no-wait', '--yes', '--json'])
    expect(ended.stderr).toBe('')
    // The test does not wait for the minutes that some clouds document.
    expect([0, 7]).toContain(ended.code)
    const [file] = (await readdir(join(this.state, 'runs'))).filter(name =>
      ended.stdout.includes(name.slice(0, -'.jsonl'.length)),
    )
    if (!file) throw new Error(`no journal: ${ended.stdout}`)
    return file.slice(0, -'.jsonl'.length)
  }

  /** Those of them that write. */
  written(): string[] {
    return this.operations().filter(this.case.operations.isWrite)
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
