import { appendFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Cloud, recordReader } from '../clouds/index.ts'
import { openStore, type Store } from '../journal/store.ts'
import type { Actors } from '../lab/actors/index.ts'
import { seededClouds } from '../lab/clouds.ts'
import { type Lab, startLab } from '../lab/index.ts'
import { formatDuration } from '../model/duration.ts'
import type { Json } from '../model/json.ts'
import type { Playbook } from '../model/playbook/playbook.ts'
import type { Provider } from '../model/provider.ts'
import { secondsToHorizon } from '../model/run/horizon.ts'
import type { RunState } from '../model/run/state.ts'
import type { Timing } from '../model/timing.ts'
import type { Host } from '../toolkit/host.ts'
import type { CaseResult } from '../toolkit/results/drill.ts'
import { verifyRun } from '../toolkit/verify.ts'
import { cloudsIn, filledIn } from './case-clouds.ts'
import { endCase } from './case-end.ts'
import { type AgentGate, askBeyond, freeAtGate, heldAtGate, openAgentGate } from './case-gate.ts'
import { baselineOf, movedTo, recordsOf } from './case-records.ts'
import { backAtWork, PROPAGATION, sceneOf, tryOn } from './case-scene.ts'
import { type Contained, gone, type RunningWatch, watchFile, within } from './case-watch.ts'
import type { IncidentCase } from './cases.ts'
import { countSettings, differingPaths } from './compare.ts'
import { labHost } from './lab-host.ts'
import type { CaseMoment, Check } from './report.ts'
import { countChanges, proofsOf, scoreOf } from './score.ts'

/** How long a watch may take to act, in milliseconds: a drill ends, also when a trigger does not fire. */
const PATIENCE = 120_000
/** How long an answer may be under way on a machine that is busy, in milliseconds. */
const ANSWERS = 250

/** Seconds for which the guard of the watch may have the state folder. */
const WAIT = 30

export interface CaseRequest {
  of: IncidentCase
  /** Its triggers have to act by themselves: `mode: act`. */
  playbook: Playbook
  /** The clouds that there are: their logs can be read. */
  clouds: readonly Cloud[]
  providers: ReadonlyMap<string, Provider>
  tool: string
  /** Clock, waiting and chance: the lab and its actors go by its clock too. */
  timing: Timing
  signal?: AbortSignal
  /** Called for each moment, as the rehearsal goes. */
  moment?: (moment: CaseMoment) => void
  /** Milliseconds until a watch that has not acted is given up. */
  patience?: number
}

/**
 * Rehearses one of the five cases on the embedded lab: records in the cloud's own format come into a file that a watch
 * follows, the watch acts by itself, and what it stopped is given back. Fault `refused` when no trigger fires.
 */
export async function runCase(request: CaseRequest): Promise<CaseResult> {
  const { timing, signal } = request
  const folder = await mkdtemp(join(tmpdir(), 'interdict-case-'))
  const clouds = cloudsIn(request)
  const closers = [() => rm(folder, { recursive: true, force: true })]
  try {
    const seeded = await seededClouds(clouds, { denyQuota: false })
    const lab = await startLab({ clouds: seeded, propagationMs: PROPAGATION, date: timing.date })
    closers.push(() => lab.close())
    const report = await new Rehearsal(request, folder, lab).run()
    if (signal?.aborted) throw gone()
    return report
  } catch (error) {
    throw signal?.aborted ? gone() : error
  } finally {
    for (const close of closers.reverse()) await close()
  }
}

class Rehearsal {
  readonly #request: CaseRequest
  readonly #folder: string
  readonly #folders: { state: string; config: string }
  readonly #lab: Lab
  readonly #host: Host
  readonly #store: Store
  readonly #checks: Check[] = []
  readonly #timeline: CaseMoment[] = []
  readonly #timing: Timing
  #atEvent: number

  constructor(request: CaseRequest, folder: string, lab: Lab) {
    this.#request = request
    this.#timing = request.timing
    this.#atEvent = this.#timing.now()
    this.#folder = folder
    this.#folders = {
      state: join(folder, 'state'),
      config: join(folder, 'config'),
    }
    this.#lab = lab
    this.#host = labHost(lab, { ...request, folders: this.#folders })
    this.#store = openStore(this.#folders)
  }

  async run(): Promise<CaseResult> {
    const { of, playbook, patience = PATIENCE } = this.#request
    for (const each of Object.values(this.#folders)) await mkdir(each, { recursive: true, mode: 0o700 })
    const before: Json = this.#lab.snapshot()
    const gate = of.records === 'gate' ? await openAgentGate(this.#folders, this.#timing) : undefined
    const source = gate?.source ?? join(this.#folder, 'records.ndjson')
    if (!gate) await writeFile(source, '')
    const watch = await this.#watch(source)
    let scene: Actors | undefined
    try {
      scene = await sceneOf(this.#lab, of, this.#timing)
      const records = gate ? await this.#askGate(gate) : await this.#deliver(source)
      const contained = await within(watch.contained, patience, this.#timing, this.#request.signal)
      await watch.guarded()
      const { state } = await this.#store.read(contained.run)
      const proofs = proofsOf(state)
      // A change that no cloud can prove is in force when the lab's data plane knows of it; answers before that are under way.
      if (proofs.some(({ denied }) => denied === null)) await this.#timing.sleep(PROPAGATION + ANSWERS)
      const atProven = this.#timing.now()
      await tryOn(scene)
      if (this.#request.signal?.aborted) throw gone()
      const times = { atContain: this.#atEvent, atProven }
      const actors = scene
      const clouds = cloudsIn(this.#request).map(cloud => scoreOf(cloud, actors, proofs, times))
      const lastAcceptedMs = Math.max(
        0,
        ...clouds.flatMap(({ thieves }) => thieves.map(each => each.lastAcceptedAfterMs)),
      )
      const changes = countChanges(proofs)
      this.#tell(contained, lastAcceptedMs, changes)
      if (gate) this.#checks.push(...(await heldAtGate(gate, contained.run)))

      const seen = await this.#lookAgain(contained.run)
      this.#pastHorizon(seen)
      const atRestore = this.#timing.now()
      const ended = await endCase({
        of,
        host: this.#host,
        lab: this.#lab,
        state: seen,
        folder: this.#folder,
        suspect: seen.cause?.signals.at(-1)?.identity,
        note: text => this.#note(text),
      })
      const restoreMs = Math.round(this.#timing.now() - atRestore)
      const differences = differingPaths(before, this.#lab.snapshot()).filter(
        path => !ended.rotated.some(each => path.includes(each.old) || path.includes(each.new)),
      )
      this.#note('compared with the start')
      this.#checks.push(
        ...ended.checks,
        await backAtWork(this.#lab, of, ended.rotated.length > 0, this.#timing),
      )
      if (gate) this.#checks.push(...(await freeAtGate(gate)))
      const report = {
        case: of.number,
        title: of.title,
        playbook: playbook.name,
        event: {
          trigger: contained.trigger,
          source: of.records,
          records,
          why: contained.why,
          named: seen.cause?.events ?? [],
        },
        run: contained.run,
        identities: state.plan.counts.listed,
        settings: countSettings(before),
        changes,
        timings: {
          plannedMs: this.#after(contained.atPlan),
          firstCutMs: this.#after(contained.atFirstCut),
          containedMs: this.#after(contained.atEnd),
          lastAcceptedMs,
          restoreMs,
        },
        clouds,
        proofs,
        checks: this.#checks,
        rotated: ended.rotated,
        restore: { identical: differences.length === 0, differences },
        timeline: this.#timeline,
      }
      const passed =
        state.finished === 'complete' && ended.state.restore?.finished === 'complete' && isGood(report)
      return { ...report, passed }
    } finally {
      await scene?.stop()
      await watch.stop()
    }
  }

  async #watch(source: string): Promise<RunningWatch> {
    const { of, clouds, providers, tool, timing } = this.#request
    const playbook = of.filledIn ? filledIn(this.#request.playbook) : this.#request.playbook
    const reader = await recordReader(clouds)
    const baseline = await baselineOf(playbook.file, of.learned, reader)
    const [folders, lab, store] = [this.#folders, this.#lab, this.#store]
    return await watchFile({
      folders,
      source,
      playbook,
      baseline,
      reader,
      providers,
      lab,
      store,
      tool,
      timing,
    })
  }

  /** The event itself; returns the number of its records. */
  async #deliver(source: string): Promise<number> {
    const { of, playbook } = this.#request
    const shipped = await recordsOf(playbook.file, of.records)
    const text = movedTo(shipped, this.#lab.clock.ms(), of.weekly === true)
    this.#atEvent = this.#timing.now()
    await appendFile(source, text)
    const records = text.trimEnd().split('\n').length
    this.#note(`${records} ${records === 1 ? 'record comes' : 'records come'} in`, this.#atEvent)
    return records
  }

  async #askGate(gate: AgentGate): Promise<number> {
    const { refused, checks } = await askBeyond(gate)
    this.#atEvent = this.#timing.now()
    this.#checks.push(...checks)
    this.#note(`the gate has refused ${refused} tool calls of the agent before they ran`, this.#atEvent)
    return refused
  }

  #after(at: number): number {
    return Math.round(at - this.#atEvent)
  }

  #note(text: string, at = this.#timing.now()): void {
    const moment = { at: this.#after(at), text }
    this.#timeline.push(moment)
    this.#request.moment?.(moment)
  }

  /** Reported only now, in the order in which it happened: nobody knows before that the thief's last call was the last. */
  #tell(
    { trigger, why, run, atPlan, atFirstCut, atEnd }: Contained,
    lastAccepted: number,
    { cut, total }: CaseResult['changes'],
  ): void {
    const moments: [string, number][] = [
      [`${trigger}: ${why}, run ${run}`, atPlan],
      ['the first change is in the cloud', atFirstCut],
      [
        `the ${this.#request.of.scenario.thieves.length > 1 ? "thieves'" : "thief's"} last accepted call`,
        this.#atEvent + lastAccepted,
      ],
      [`${cut} of ${total} changes set and looked at`, atEnd],
    ]
    for (const [text, at] of moments.sort(([, a], [, b]) => a - b)) this.#note(text, at)
  }

  /** The analyst's look, before anything is given back. */
  async #lookAgain(run: string): Promise<RunState> {
    const { state: seen } = await verifyRun(this.#host, run, { wait: WAIT })
    const held = [...seen.changes.values()].filter(change => change.held.length > 0)
    const force = held.filter(({ set, denied }) => set && denied !== 'allowed')
    const good = held.length > 0 && force.length === held.length
    this.#checks.push({ what: 'looked at again before the restore, all of it is still in force', good })
    this.#note(`verified: ${force.length} of ${held.length} changes are in force`)
    return seen
  }

  #pastHorizon({ changes }: RunState): void {
    const horizon = secondsToHorizon(changes.values(), this.#lab.clock.now())
    if (horizon === 0) return
    this.#lab.clock.advance(horizon + 60)
    this.#note(
      `the lab's clock is moved ${formatDuration(Math.ceil(horizon / 3600) * 3600)} ahead, past the end of old sessions`,
    )
  }
}

function isGood({ changes, clouds, restore, checks }: Omit<CaseResult, 'passed'>): boolean {
  const thieves = clouds.flatMap(each => each.thieves)
  return (
    changes.total > 0 &&
    changes.failed === 0 &&
    thieves.length > 0 &&
    thieves.every(each => each.callsBefore > 0 && each.acceptedAfterVerified === 0) &&
    clouds.every(({ honest }) => honest.refused === 0) &&
    restore.identical &&
    checks.every(({ good }) => good)
  )
}
