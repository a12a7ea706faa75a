import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openStore, type Store } from '../../src/journal/store.ts'
import { seedEstate } from '../../src/lab/aws/seed/index.ts'
import { type Lab, type Plain, startLab } from '../../src/lab/index.ts'
import type { RunState } from '../../src/model/replay.ts'
import { PLAYBOOK, userIn } from '../fault/incident.ts'

const BIN = fileURLToPath(new URL('../../bin/run.js', import.meta.url))
const PRELOAD = new URL('./preload.mjs', import.meta.url).href

export interface Outcome {
  code: number | null
  signal: string | null
  stdout: string
  stderr: string
}

/** How the program is struck; see preload.mjs. */
export interface Strike {
  crash?: string
  interrupt?: string
  count?: string
  /** Largest file that the process may write, in KiB: how a full disk is had without filling one. */
  fileKiB?: number
}

/** A lab in this process, and a state folder in which the real program finds it. */
export class Scene {
  readonly lab: Lab
  readonly folder: string
  readonly seed: Plain
  readonly store: Store

  constructor(lab: Lab, folder: string) {
    this.lab = lab
    this.folder = folder
    this.seed = lab.snapshot()
    this.store = openStore({ state: join(folder, 'state'), config: join(folder, 'config') })
  }

  static async open(): Promise<Scene> {
    const folder = await mkdtemp(join(tmpdir(), 'interdict-crash-'))
    const lab = await startLab({ estate: seedEstate(new Date().toISOString()), propagationMs: 0 })
    await mkdir(join(folder, 'state', 'lab'), { recursive: true })
    const announced = { pid: process.pid, endpoint: lab.endpoint }
    await writeFile(join(folder, 'state', 'lab', 'lab.json'), JSON.stringify(announced))
    await writeFile(join(folder, 'playbook.yaml'), PLAYBOOK)
    return new Scene(lab, folder)
  }

  async close(): Promise<void> {
    await this.lab.close()
    await rm(this.folder, { recursive: true, force: true })
  }

  contain(strike: Strike = {}): Promise<Outcome> {
    return this.#interdict(strike, 'contain', join(this.folder, 'playbook.yaml'), '--yes', '--reason', 'test')
  }

  resume(run: string, strike: Strike = {}): Promise<Outcome> {
    return this.#interdict(strike, 'resume', run)
  }

  restore(run: string, strike: Strike = {}): Promise<Outcome> {
    const why = ['--accept-live-tokens', '--reason', 'test']
    return this.#interdict(strike, 'restore', run, '--yes', ...why)
  }

  /** The one run of the scene, or undefined when none was recorded. */
  async run(): Promise<RunState | undefined> {
    const listed = await this.store.list()
    const states = listed.map(each => {
      if ('fault' in each) throw new Error(`${each.run}: ${each.fault.message}`)
      return each.state
    })
    if (states.length > 1) throw new Error(`${states.length} runs`)
    return states[0]
  }

  /** Points of the program by kind, from a run of it that nothing strikes. */
  async count(work: (strike: Strike) => Promise<Outcome>): Promise<{ journal: number; http: number }> {
    const file = join(this.folder, 'points.json')
    const { code, stdout, stderr } = await work({ count: file })
    if (code !== 0) throw new Error(`exit ${code}: ${stdout}${stderr}`)
    return JSON.parse(await readFile(file, 'utf8')) as { journal: number; http: number }
  }

  /**
   * What was changed in the cloud and is not in the journal with what was there before. Has to be empty at any time:
   * it could not be put back.
   */
  async unowed(): Promise<string[]> {
    const changes = [...((await this.run())?.changes.values() ?? [])]
    const held = changes.flatMap(({ identity, held }) => held.map(each => ({ name: identity.name, ...each })))
    const user = userIn(this.lab.estate())
    const keys = user?.accessKeys.filter(({ status }) => status === 'Inactive') ?? []
    const denies = Object.keys(user?.inline ?? {}).filter(name => name.startsWith('interdict'))
    return [
      ...keys
        .map(({ id }) => id)
        .filter(id => !held.some(({ name, before }) => name === id && before === 'Active')),
      ...denies.filter(
        deny => !held.some(({ entry, before }) => entry === `inline/${deny}` && before === undefined),
      ),
    ]
  }

  #interdict(strike: Strike, ...args: string[]): Promise<Outcome> {
    const kept = Object.entries(process.env).filter(
      ([name]) => !/^(AWS_|INTERDICT_|XDG_|NODE_OPTIONS|VITEST)/.test(name),
    )
    const env = {
      ...Object.fromEntries(kept),
      HOME: this.folder,
      ...(strike.crash === undefined ? {} : { CRASH_AT: strike.crash }),
      ...(strike.interrupt === undefined ? {} : { INTERRUPT_AT: strike.interrupt }),
      ...(strike.count === undefined ? {} : { CRASH_COUNT: strike.count }),
    }
    const folders = ['--state', join(this.folder, 'state'), '--config', join(this.folder, 'config')]
    const node = [process.execPath, '--import', PRELOAD, BIN, ...args, '--lab', '--json', ...folders]
    const limit = strike.fileKiB === undefined ? '' : `ulimit -f ${strike.fileKiB}; `
    const child = spawn('bash', ['-c', `${limit}exec "$@"`, 'interdict', ...node], {
      cwd: this.folder,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const outcome: Outcome = { code: null, signal: null, stdout: '', stderr: '' }
    child.stdout.on('data', chunk => {
      outcome.stdout += chunk
    })
    child.stderr.on('data', chunk => {
      outcome.stderr += chunk
    })
    return new Promise((resolve, reject) => {
      child.once('error', reject)
      child.once('close', (code, signal) => resolve({ ...outcome, code, signal }))
    })
  }
}

/** Does the work for each, two at a time, and collects what went wrong where. */
export async function eachPoint<Point>(
  points: readonly Point[],
  work: (point: Point) => Promise<void>,
): Promise<string[]> {
  const wrong: string[] = []
  const left = [...points]
  const worker = async () => {
    for (let point = left.shift(); point !== undefined; point = left.shift()) {
      await work(point).catch((error: unknown) => wrong.push(`${String(point)}: ${String(error)}`))
    }
  }
  await Promise.all([worker(), worker()])
  return wrong
}

/** Every moment of every journal append and of every request. */
export function pointsOf({ journal, http }: { journal: number; http: number }): string[] {
  const each = (count: number, kind: string, moments: readonly string[]) =>
    Array.from({ length: count }, (_, index) =>
      moments.map(moment => `${kind}:${index + 1}:${moment}`),
    ).flat()
  return [
    ...each(journal, 'journal', ['torn', 'before', 'after']),
    ...each(http, 'http', ['sent', 'answered']),
  ]
}
