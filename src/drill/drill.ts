import { mkdtemp, rm } from 'node:fs/promises'
import { hostname, tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { contain, makePlan, restore, type World } from '../engine/index.ts'
import { newRunId, openStore } from '../journal/store.ts'
import { isScenario, startActors } from '../lab/actors/index.ts'
import { seedEstate } from '../lab/aws/seed/index.ts'
import { startLab } from '../lab/index.ts'
import type { Event, Listener } from '../model/event.ts'
import { Fault } from '../model/fault.ts'
import { Holds } from '../model/holds.ts'
import type { Json } from '../model/json.ts'
import type { Drill, Playbook } from '../model/playbook/playbook.ts'
import type { Provider } from '../model/provider.ts'
import type { RunState } from '../model/replay.ts'
import { countSettings, differingPaths } from './compare.ts'
import type { DrillReport, Moment } from './report.ts'

/** How long the thief works undisturbed, and how long it keeps trying after the proof, in calls. */
const CALLS_BEFORE = 20
const CALLS_AFTER = 20

export interface DrillRequest {
  playbook: Playbook
  providers: ReadonlyMap<string, Provider>
  /** Over the playbook's `drill.inputs`. */
  inputs?: { [name: string]: Json }
  tool: string
  listen?: Listener
  signal?: AbortSignal
  /** Told as the rehearsal goes. */
  moment?: (moment: DrillReport['timeline'][number]) => void
}

/**
 * Rehearses a playbook on the embedded lab: a thief and honest workloads at work, contain, prove, restore, compare. The
 * run, its journal and its key live in a temporary folder. Fault `usage` when the playbook has no `drill:` section.
 */
export async function runDrill(request: DrillRequest): Promise<DrillReport> {
  const { playbook, providers, tool } = request
  const { drill } = playbook
  if (!drill) {
    throw new Fault('usage', `${playbook.name} cannot be rehearsed: it has no drill: section`, {
      where: playbook.file,
      next: 'name inputs, thief and honest workloads under drill:, as the shipped playbooks do',
    })
  }
  const folder = await mkdtemp(join(tmpdir(), 'interdict-drill-'))
  const lab = await startLab({ estate: () => seedEstate(new Date().toISOString()) })
  const timeline: DrillReport['timeline'] = []
  const started = performance.now()
  const note = (what: Moment, text?: string, at = performance.now()) => {
    const moment = { at: at - started, what, ...(text === undefined ? {} : { text }) }
    timeline.push(moment)
    request.moment?.(moment)
  }
  const stages = new Stages()
  const listen: Listener = event => {
    stages.hear(event)
    request.listen?.(event)
  }
  let actors: Awaited<ReturnType<typeof startActors>> | undefined
  const sessions: World['sessions'][number][] = []
  try {
    for (const [cloud, provider] of providers) {
      if (!Object.hasOwn(playbook.scope, cloud)) continue
      const connected = await provider.connect({
        scope: playbook.scope[cloud] ?? {},
        lab: { endpoint: lab.endpoint, credentials: { ...lab.responder } },
      })
      sessions.push(...connected.sessions)
      if (connected.unreached[0]) throw new Fault('bug', connected.unreached[0].fault.message)
    }
    const world: World = {
      providers,
      sessions,
      unreached: [],
      target: { kind: 'lab', at: lab.id },
      clock: () => lab.clock.now(),
      listen,
      ...(request.signal ? { signal: request.signal } : {}),
    }
    const before = lab.snapshot() as Json
    actors = await startActors({ endpoint: lab.endpoint, scenario: scenarioOf(playbook.name, drill) })
    const { thief } = actors.scenario
    note('thief', thief)
    await actors.waitForAccepted(thief, CALLS_BEFORE)
    for (const actor of [...actors.scenario.honest, ...actors.scenario.collateral]) {
      await actors.waitForAccepted(actor, 2)
    }
    const atContain = performance.now()
    note('contain')

    const store = openStore({ state: join(folder, 'state'), config: join(folder, 'config') })
    const run = newRunId([])
    const actor = { user: userInfo().username, host: hostname(), pid: process.pid }
    const inputs = { ...drill.inputs, ...request.inputs }
    const plan = await makePlan(world, { run, playbook, inputs, holds: new Holds([]) })
    note('planned', `${plan.counts.touched} of ${plan.counts.listed}`)
    const journal = await store.create(run, world.clock)
    const contained = await contain(world, {
      plan,
      journal,
      holds: new Holds([]),
      reason: 'drill',
      tool,
      actor,
      ttl: playbook.ttl,
    })
    const atProven = performance.now()
    const containedChanges = proofsOf(contained)

    await actors.waitForCalls(thief, CALLS_AFTER)
    for (const name of [...actors.scenario.honest, ...actors.scenario.collateral]) {
      await actors.waitForCalls(name, 3)
    }
    await actors.stop()
    const calls = actors.calls()
    const of = (name: string) => calls.filter(call => call.actor === name)
    const acceptedByThief = of(thief).filter(({ accepted }) => accepted)
    const lastAccepted = acceptedByThief.at(-1)?.at ?? atContain
    // Told only now, since nobody knows before that it was the last; in the order in which it happened.
    const moments: [Moment, number][] = [['last-accepted', lastAccepted]]
    if (contained.finished === 'complete') moments.push(['proven', atProven])
    for (const [what, at] of moments.sort(([, a], [, b]) => a - b)) note(what, undefined, at)
    const honest = actors.scenario.honest.flatMap(of).filter(({ at }) => at >= atContain)

    const horizon = Math.max(0, ...[...contained.changes.values()].map(({ planned }) => planned.horizon))
    if (horizon > 0) {
      lab.clock.advance(horizon + 60)
      note('clock', `${Math.ceil(horizon / 3600)} h`)
    }
    const atRestore = performance.now()
    note('restore')
    const restored = await restore(world, {
      state: contained,
      journal,
      holds: new Holds([contained]),
      only: [],
      options: { drift: 'skip', stepDown: false, acceptLiveTokens: false },
      reason: 'drill',
      actor,
    })
    const restoreMs = performance.now() - atRestore
    await journal.close()
    const after = lab.snapshot() as Json
    const differences = differingPaths(before, after)
    note('compared')
    const report: DrillReport = {
      playbook: playbook.name,
      run,
      identities: plan.counts.listed,
      settings: countSettings(before),
      changes: countChanges(containedChanges),
      thief: {
        actor: thief,
        callsBefore: of(thief).filter(({ at }) => at < atContain).length,
        acceptedAfterVerified: acceptedByThief.filter(({ at }) => at > atProven).length,
        lastAcceptedAfterMs: Math.max(0, Math.round(lastAccepted - atContain)),
      },
      honest: {
        workloads: actors.scenario.honest.length,
        calls: honest.length,
        refused: honest.filter(({ accepted }) => !accepted).length,
      },
      collateral: actors.scenario.collateral.map(name => ({
        actor: name,
        refused: of(name).filter(({ accepted, at }) => !accepted && at >= atContain).length,
      })),
      restore: { identical: differences.length === 0, differences },
      timings: { ...stages.timings(), restoreMs: Math.round(restoreMs) },
      timeline: timeline.sort((a, b) => a.at - b.at),
      proofs: containedChanges,
      passed: false,
    }
    report.passed =
      contained.finished === 'complete' &&
      report.changes.total > 0 &&
      report.thief.callsBefore > 0 &&
      report.thief.acceptedAfterVerified === 0 &&
      report.honest.refused === 0 &&
      report.restore.identical &&
      restored.restore?.finished === 'complete'
    return report
  } finally {
    await actors?.stop()
    for (const session of sessions) await session.close()
    await lab.close()
    await rm(folder, { recursive: true, force: true })
  }
}

/** A shipped playbook names a scenario of the lab, with those who share what was stolen; any other brings its own cast. */
function scenarioOf(name: string, { thief, honest }: Drill): Parameters<typeof startActors>[0]['scenario'] {
  return isScenario(name) ? name : { thief, honest, collateral: [] }
}

function proofsOf(state: RunState): DrillReport['proofs'] {
  return [...state.changes.values()].map(({ key, identity, planned, phase, set, denied }) => ({
    key,
    identity: identity.id,
    interruption: planned.interruption,
    phase,
    set,
    denied,
  }))
}

function countChanges(proofs: DrillReport['proofs']): DrillReport['changes'] {
  const failed = proofs.filter(({ phase }) => phase === 'failed' || phase === 'refused').length
  const cut = proofs.filter(({ phase, set }) => phase === 'written' && set).length
  return { total: proofs.length, cut, failed }
}

/** How long the stages took, from the engine's own events. */
class Stages {
  readonly #begun = new Map<string, number>()
  readonly #took = new Map<string, number>()

  hear(event: Event): void {
    if (event.type !== 'stage') return
    if (event.at === 'begin') this.#begun.set(event.stage, performance.now())
    else {
      const begun = this.#begun.get(event.stage) ?? performance.now()
      this.#took.set(event.stage, (this.#took.get(event.stage) ?? 0) + performance.now() - begun)
    }
  }

  timings(): Omit<DrillReport['timings'], 'restoreMs'> {
    const of = (stage: string) => Math.round(this.#took.get(stage) ?? 0)
    return {
      inventoryMs: of('inventory'),
      planMs: of('plan'),
      containMs: of('apply'),
      verifyMs: of('verify') + of('sweep'),
    }
  }
}
