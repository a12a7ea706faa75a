import { randomBytes } from 'node:crypto'
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openStore } from '../../src/journal/store.ts'
import type { LabCloud } from '../../src/lab/cloud.ts'
import { seededClouds } from '../../src/lab/clouds.ts'
import { type Lab, type RecordedExchange, startLab } from '../../src/lab/index.ts'
import type { Entry } from '../../src/model/entry.ts'
import { parsePlaybook } from '../../src/model/playbook/parse.ts'
import { scopeWith } from '../../src/model/playbook/scope.ts'
import type { RunState } from '../../src/model/run/state.ts'
import { REAL } from '../../src/model/timing.ts'
import { catalogOf, providersOf } from '../../src/toolkit/clouds.ts'
import { openLab } from '../../src/toolkit/lab.ts'
import { join as joinClouds } from '../../src/toolkit/target.ts'
import { Town } from '../engine/town.ts'
import { type Ended, runProcess } from '../programs/run.ts'
import { runWarm } from '../programs/warm.ts'

const PRELOAD = new URL('../system/crash/preload.mjs', import.meta.url).href

/** A seeded lab in this process, and the real commands, each a process of its own. */
export class Scene {
  readonly folder: string
  lab: Lab
  readonly exchanges: RecordedExchange[]

  constructor(folder: string, lab: Lab, exchanges: RecordedExchange[]) {
    this.folder = folder
    this.lab = lab
    this.exchanges = exchanges
  }

  /** @param clouds seeded ones by name, or a cloud of the lab over an estate of its own */
  static async open(clouds: readonly (string | LabCloud)[], propagationMs = 40): Promise<Scene> {
    const folder = await mkdtemp(join(tmpdir(), 'interdict-rotate-'))
    const exchanges: RecordedExchange[] = []
    const lab = await startLab({
      clouds: (
        await Promise.all(
          clouds.map(each =>
            typeof each === 'string' ? seededClouds([each], { denyQuota: false }) : [each],
          ),
        )
      ).flat(),
      propagationMs,
      record: exchange => exchanges.push(exchange),
    })
    await mkdir(join(folder, 'state', 'lab'), { recursive: true })
    const announced = { pid: process.pid, endpoint: lab.endpoint }
    await writeFile(join(folder, 'state', 'lab', 'lab.json'), JSON.stringify(announced))
    return new Scene(folder, lab, exchanges)
  }

  /** The same scene over an estate that is kept in a file, so that it can be gone back to. */
  static async kept(clouds: readonly (string | LabCloud)[], propagationMs = 40): Promise<Scene> {
    const scene = await Scene.open(clouds, propagationMs)
    await scene.#restart(propagationMs)
    return scene
  }

  async save(): Promise<() => Promise<void>> {
    const saved = await mkdtemp(join(tmpdir(), 'interdict-saved-'))
    await cp(this.folder, saved, { recursive: true })
    return async () => {
      // It writes its estate when it ends, and would write over what comes back.
      await this.lab.close()
      for (const part of ['state', 'config', 'sink.json'])
        await rm(join(this.folder, part), { recursive: true, force: true })
      await cp(saved, this.folder, { recursive: true })
      await this.#start(40)
    }
  }

  async #restart(propagationMs: number): Promise<void> {
    await this.lab.close()
    await this.#start(propagationMs)
  }

  async #start(propagationMs: number): Promise<void> {
    this.exchanges.length = 0
    this.lab = await startLab({
      clouds: this.lab.clouds,
      propagationMs,
      file: join(this.folder, 'state', 'lab', 'estate.json'),
      record: exchange => this.exchanges.push(exchange),
    })
    const announced = { pid: process.pid, endpoint: this.lab.endpoint }
    await writeFile(join(this.folder, 'state', 'lab', 'lab.json'), JSON.stringify(announced))
  }

  async close(): Promise<void> {
    await this.lab.close()
    await rm(this.folder, { recursive: true, force: true })
  }

  /** @param strike variables of the crash preload, e.g. `CRASH_AT`: the program is a process of its own then */
  async interdict(args: readonly string[], strike: NodeJS.ProcessEnv = {}): Promise<Ended> {
    const folders = ['--state', join(this.folder, 'state'), '--config', join(this.folder, 'config')]
    const env = { PATH: process.env['PATH'], HOME: this.folder, ...strike }
    const run = { args: [...args, ...folders], cwd: this.folder, env }
    return Object.keys(strike).length > 0 ? await runProcess(run, ['--import', PRELOAD]) : await runWarm(run)
  }

  /** Contains and returns the run; in this process, since what is looked at comes after. */
  async contain(playbook: string, ...args: string[]): Promise<string> {
    const file = playbook.endsWith('.yaml') ? playbook : `playbooks/${playbook}.yaml`
    const providers = await providersOf()
    const parsed = parsePlaybook(await readFile(file, 'utf8'), file, catalogOf(providers))
    const inputs = inputsFrom(args)
    const lab = await openLab(join(this.folder, 'state'), REAL)
    const scope = scopeWith(parsed.scope, inputs)
    const { world, close } = await joinClouds({
      timing: REAL,
      providers,
      scope,
      lab,
      listen: () => undefined,
    })
    try {
      const run = randomBytes(3).toString('hex')
      const { finished } = await new Town(this.folder).contain(world, run, parsed, { inputs })
      if (finished !== 'complete') throw new Error(`the run ${run} is ${finished}`)
      return run
    } finally {
      await close()
      await lab.close()
    }
  }

  async read(run: string): Promise<{ state: RunState; entries: readonly Entry[] }> {
    return await openStore({ state: join(this.folder, 'state'), config: join(this.folder, 'config') }).read(
      run,
    )
  }

  /** Every file below the state and configuration folders, with what is in it. */
  async files(): Promise<{ path: string; text: string }[]> {
    const names = await readdir(this.folder, { recursive: true, withFileTypes: true })
    return await Promise.all(
      names
        .filter(each => each.isFile())
        .map(async each => {
          const path = join(each.parentPath, each.name)
          return { path, text: await readFile(path, 'utf8') }
        }),
    )
  }
}

/** `--input`, `name=value`, … */
function inputsFrom(args: readonly string[]): { [name: string]: string } {
  return Object.fromEntries(
    args
      .filter(each => each !== '--input')
      .map(each => [each.slice(0, each.indexOf('=')), each.slice(each.indexOf('=') + 1)]),
  )
}
