import { spawn } from 'node:child_process'
import { chmod, cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { brotliCompressSync, constants } from 'node:zlib'
import { checked } from '../results.ts'
import { type FaultRule, type Lab, openLabOf, startActors } from './today.ts'

/** Folder of the fixtures of the format that journals have now; each format has one of its own. */
export const FIXTURES = fileURLToPath(new URL('./2/', import.meta.url))

const BIN = fileURLToPath(new URL('../../bin/', import.meta.url))
const CRASH = new URL('../system/crash/preload.mjs', import.meta.url).href
const HOST = new URL('./recording-host.mjs', import.meta.url).href

/** Neutral, since some paths end up in journals. */
const ROOT = '/tmp/interdict-journals'

export interface Outcome {
  code: number | null
  signal: string | null
  stdout: string
  stderr: string
}

/** Estates by cloud, as the lab keeps them. */
export type Estates = { [cloud: string]: unknown }

export interface RecordingOptions {
  clouds: readonly string[]
  /** Thieves that have the rights to undo what is done to them. */
  armed?: readonly string[]
  /** Whether Google's quota of deny policies counts; false when missing. */
  denyQuota?: boolean
  /** Changes the seed in place before the lab starts. */
  change?: (estates: Estates) => void
  /** Milliseconds until the data planes know of a change; 0 when missing. */
  propagationMs?: number
}

/** A seeded lab in this process, and a state folder in which the real program is run, one process for each command. */
export class Recording {
  readonly name: string
  readonly folder: string
  readonly lab: Lab
  /** Estates of the beginning: what a restore has to bring back. */
  readonly before: string
  /** Told of every operation that the lab answered. */
  answered: (operation: string) => void = () => undefined
  readonly #runs: { [run: string]: string } = {}

  private constructor(name: string, folder: string, lab: Lab) {
    this.name = name
    this.folder = folder
    this.lab = lab
    this.before = JSON.stringify(estatesOf(lab))
  }

  static async open(name: string, options: RecordingOptions): Promise<Recording> {
    const folder = join(ROOT, name)
    await rm(folder, { recursive: true, force: true })
    await mkdir(join(folder, 'state', 'lab'), { recursive: true, mode: 0o700 })
    await mkdir(join(folder, 'config'), { recursive: true, mode: 0o700 })
    const seal = join(folder, 'config', 'seal.pem')
    // A checkout gives it the mode of any file.
    await cp(join(FIXTURES, 'seal.pem'), seal).then(
      () => chmod(seal, 0o600),
      () => undefined,
    )
    let told: (operation: string) => void = () => undefined
    const lab = await openLabOf({ ...options, record: operation => told(operation) })
    const recording = new Recording(name, folder, lab)
    told = operation => recording.answered(operation)
    await writeFile(
      join(folder, 'state', 'lab', 'lab.json'),
      JSON.stringify({ pid: process.pid, endpoint: lab.endpoint }),
    )
    return recording
  }

  /** The environment of every program. */
  environment(): { [name: string]: string } {
    const kept = Object.entries(process.env).flatMap(([name, value]) =>
      /^(PATH|LANG)$/.test(name) && value !== undefined ? [[name, value]] : [],
    )
    return {
      ...Object.fromEntries(kept),
      HOME: this.folder,
      INTERDICT_STATE: this.path('state'),
      INTERDICT_CONFIG: this.path('config'),
      INTERDICT_GATE_SECONDS: '9',
      AWS_EC2_METADATA_DISABLED: 'true',
    }
  }

  /** Of Node, to run the gate. */
  gateArguments(...args: string[]): string[] {
    return ['--import', HOST, join(BIN, 'gate.cjs'), ...args]
  }

  /** Says what shape a run has. */
  shape(run: string, shape: string): void {
    this.#runs[run] = shape
  }

  /** Where a file of this recording is kept. */
  saved(...names: string[]): string {
    return join(FIXTURES, this.name, ...names)
  }

  path(...names: string[]): string {
    return join(this.folder, ...names)
  }

  async write(name: string, text: string): Promise<string> {
    await writeFile(this.path(name), text)
    return this.path(name)
  }

  /** Sets faults for all calls until `calm`. */
  trouble(...rules: readonly FaultRule[]): void {
    this.lab.faults.add(...rules)
  }

  calm(): void {
    this.lab.faults.clear()
  }

  /** Runs the program. `strike`: variables of the crash preload, e.g. `{ CRASH_AT: 'journal:5:torn' }`. */
  async interdict(args: readonly string[], strike: { [name: string]: string } = {}): Promise<Outcome> {
    const ended = await this.program('run.js', [...args, '--json', ...this.folders()], strike)
    const shown = `${args.join(' ')} → ${ended.signal ?? ended.code}`
    process.stderr.write(`  ${shown}\n`)
    return ended
  }

  folders(): string[] {
    return ['--state', this.path('state'), '--config', this.path('config')]
  }

  /** Runs a program of bin/; `input` is its standard input. */
  program(
    bin: string,
    args: readonly string[],
    environment: { [name: string]: string } = {},
    input = '',
  ): Promise<Outcome> {
    const preload = [
      '--import',
      HOST,
      ...(/CRASH|INTERRUPT/.test(Object.keys(environment).join()) ? ['--import', CRASH] : []),
    ]
    const child = spawn(process.execPath, [...preload, join(BIN, bin), ...args], {
      cwd: this.folder,
      env: { ...this.environment(), ...environment },
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    child.stdin.on('error', () => undefined)
    child.stdin.end(input)
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
    }).then(ended => checked(args, ended))
  }

  /** Contains, and names the run that came of it. @throws Error if the program does not end with one of `codes` */
  async contain(
    shape: string,
    playbook: string,
    {
      args = [],
      codes = [0],
      strike = {},
    }: { args?: string[]; codes?: (number | null)[]; strike?: { [name: string]: string } } = {},
  ): Promise<string> {
    const subject = playbook.includes('\n') ? await this.write(`${shape}.yaml`, playbook) : playbook
    const known = new Set(await this.runs())
    const ended = await this.interdict(
      ['contain', subject, '--lab', '--yes', '--reason', 'recorded', ...args],
      strike,
    )
    if (!codes.includes(ended.code)) throw new Error(ended.stdout + ended.stderr)
    const [run] = (await this.runs()).filter(each => !known.has(each))
    if (run === undefined) throw new Error(`${shape}: no run was made: ${ended.stdout}${ended.stderr}`)
    this.#runs[run] = shape
    return run
  }

  /** Contains as if the lab were the cloud. */
  async containLive(
    shape: string,
    playbook: string,
    args: string[],
    environment: { [name: string]: string },
  ): Promise<string> {
    const ended = await this.interdict(
      ['contain', await this.write(`${shape}.yaml`, playbook), '--yes', ...args],
      environment,
    )
    const [run] = await this.runs()
    if (ended.code !== 0 || run === undefined) throw new Error(ended.stdout + ended.stderr)
    this.#runs[run] = shape
    return run
  }

  /** Runs a command of a run in the lab. @throws Error if it does not end with one of `codes` */
  async lead(
    args: string[],
    codes: (number | null)[] = [0],
    strike: { [name: string]: string } = {},
  ): Promise<Outcome> {
    const ended = await this.interdict([...args, '--lab'], strike)
    if (!codes.includes(ended.code)) throw new Error(ended.stdout + ended.stderr)
    return ended
  }

  async runs(): Promise<string[]> {
    const names = await readdir(this.path('state', 'runs')).catch(() => [])
    return names.filter(name => name.endsWith('.jsonl')).map(name => basename(name, '.jsonl'))
  }

  /** Lets thieves loose on the lab. */
  async thieves(
    cloud: string,
    thief: string,
    fight: Parameters<typeof startActors>[0]['fight'],
  ): ReturnType<typeof startActors> {
    const scenario = { thieves: [thief], honest: [], collateral: [] }
    return await startActors({
      endpoint: this.lab.endpoint,
      clouds: [cloud],
      scenario,
      ...(fight === undefined ? {} : { fight }),
    })
  }

  /**
   * Copies what a state folder and its heads are into the fixtures, with the estates that the lab has and had. A lock, the
   * announcement of the lab and the place of the state folder are of this machine and are left out.
   */
  async save(more: { [name: string]: unknown } = {}): Promise<void> {
    const target = join(FIXTURES, this.name)
    await mkdir(target, { recursive: true })
    await cp(this.path('state'), join(target, 'state'), {
      recursive: true,
      filter: source => !/\/lab$|\/lock[^/]*$|\.lock[^/]*$/.test(source),
    })
    await cp(this.path('config', 'heads'), join(target, 'heads'), {
      recursive: true,
      filter: source => basename(source) !== 'place',
    }).catch(() => undefined)
    const kept = {
      id: this.lab.id,
      at: this.lab.clock.now(),
      before: JSON.parse(this.before),
      after: estatesOf(this.lab),
    }
    await writeFile(join(target, 'lab.json.br'), compressed(JSON.stringify(kept)))
    await writeFile(
      join(target, 'fixture.json'),
      `${JSON.stringify({ runs: this.#runs, at: kept.at, ...more }, null, 2)}\n`,
    )
    const seal = join(FIXTURES, 'seal.pem')
    await readFile(seal).catch(() => cp(this.path('config', 'seal.pem'), seal))
  }

  async close(): Promise<void> {
    await this.lab.close()
  }
}

function estatesOf(lab: Lab): Estates {
  return Object.fromEntries(lab.clouds.map(each => [each.cloud, each.estate()]))
}

function compressed(text: string): Buffer {
  return brotliCompressSync(text, {
    params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 24 },
  })
}
