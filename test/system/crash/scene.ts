import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { RunState } from '../../../src/model/run/state.ts'
import type { Case } from '../../cases/case.ts'
import { Town } from '../../engine/town.ts'
import { Incident } from '../../fault/incident.ts'
import { COMPILED } from '../../programs/run.ts'
import { checked } from '../../results.ts'

const BIN = fileURLToPath(new URL('../../../bin/run.js', import.meta.url))
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

/** The moments at which the program can be killed. */
export interface Points {
  journal: number
  http: number
  /** Which of the requests write, from 1. */
  writes: number[]
}

/** A lab in this process, and a state folder in which the real program finds it. */
export class Scene {
  readonly folder: string
  /** The same lab and state folder, joined in this process. */
  readonly inside: Incident
  readonly #operations: string[]

  constructor(folder: string, inside: Incident, operations: string[]) {
    this.folder = folder
    this.inside = inside
    this.#operations = operations
  }

  static async open(given: Case): Promise<Scene> {
    const folder = await mkdtemp(join(tmpdir(), 'interdict-crash-'))
    const operations: string[] = []
    const inside = await Incident.open(given, {
      town: new Town(folder),
      record: ({ operation }) => operations.push(operation),
    })
    await mkdir(join(folder, 'state', 'lab'), { recursive: true })
    const announced = { pid: process.pid, endpoint: inside.lab.endpoint }
    await writeFile(join(folder, 'state', 'lab', 'lab.json'), JSON.stringify(announced))
    await writeFile(join(folder, 'playbook.yaml'), given.playbook)
    return new Scene(folder, inside, operations)
  }

  async close(): Promise<void> {
    await this.inside.close()
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
    const listed = await this.inside.town.store.list()
    const states = listed.map(each => {
      if ('fault' in each) throw new Error(`${each.run}: ${each.fault.message}`)
      return each.state
    })
    if (states.length > 1) throw new Error(`${states.length} runs`)
    return states[0]
  }

  /** The points of a run of the program that nothing strikes. */
  async count(work: (strike: Strike) => Promise<Outcome>): Promise<Points> {
    const file = join(this.folder, 'points.json')
    const from = this.#operations.length
    const { code, stdout, stderr } = await work({ count: file })
    if (code !== 0) throw new Error(`exit ${code}: ${stdout}${stderr}`)
    const seen = JSON.parse(await readFile(file, 'utf8')) as { journal: number; http: number }
    const writes = this.#operations
      .slice(from)
      .flatMap((operation, index) => (this.inside.case.operations.isWrite(operation) ? [index + 1] : []))
    return { ...seen, writes }
  }

  #interdict(strike: Strike, ...args: string[]): Promise<Outcome> {
    const kept = Object.entries(process.env).filter(
      ([name]) => !/^(AWS_|AZURE_|GOOGLE_|INTERDICT_|XDG_|NODE_OPTIONS|VITEST)/.test(name),
    )
    const env = {
      ...Object.fromEntries(kept),
      HOME: this.folder,
      NODE_COMPILE_CACHE: COMPILED,
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
    return new Promise<Outcome>((resolve, reject) => {
      child.once('error', reject)
      child.once('close', (code, signal) => resolve({ ...outcome, code, signal }))
    }).then(ended => checked([...args, '--json'], ended))
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

/**
 * Every journal append, half of it and all of it, and every write on its way and done: what changes neither the cloud
 * nor the journal, as a read does, leaves what the point before it left. The very first request stands for before all.
 */
export function pointsOf({ journal, writes }: Points): string[] {
  const appends = Array.from({ length: journal }, (_, index) => index + 1)
  return [
    'http:1:sent',
    ...appends.flatMap(each => [`journal:${each}:torn`, `journal:${each}:after`]),
    ...writes.flatMap(each => [`http:${each}:sent`, `http:${each}:answered`]),
  ]
}
