import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { contain, makePlan, restore } from '../engine/index.ts'
import { newRunId, openStore } from '../journal/store.ts'
import { type Actors, startActors } from '../lab/actors/index.ts'
import { seededClouds } from '../lab/clouds.ts'
import { startLab } from '../lab/index.ts'
import { formatDuration } from '../model/duration.ts'
import type { Listener } from '../model/event.ts'
import { Fault } from '../model/fault.ts'
import type { Json } from '../model/json.ts'
import type { Playbook } from '../model/playbook/playbook.ts'
import type { Provider } from '../model/provider.ts'
import { Holds } from '../model/run/holds.ts'
import { secondsToHorizon } from '../model/run/horizon.ts'
import type { Timing } from '../model/timing.ts'
import { actorOf } from '../store/actor.ts'
import type { DrillResult } from '../toolkit/results/drill.ts'
import type { Joined } from '../toolkit/target.ts'
import { countSettings } from './compare.ts'
import { type FightRequest, FirstWrite, fightReportOf, isWon, waitForOutcome } from './fight.ts'
import { keptOff } from './kept-off.ts'
import { joinLab } from './lab-world.ts'
import type { Moment } from './report.ts'
import { comparisonOf, countChanges, isGood, isUnharmed, proofsOf, scoreOf } from './score.ts'
import { Stages } from './stages.ts'
import { withoutMade } from './thief-made.ts'

/** How long the thief works undisturbed, and how long it keeps trying after the proof, in calls. */
const CALLS_BEFORE = 20
const CALLS_AFTER = 20

/** Until the lab's data planes know of a change, in milliseconds. */
const PROPAGATION = 1000

export interface DrillRequest {
  playbook: Playbook
  providers: ReadonlyMap<string, Provider>
  /** Over the playbook's `drill.inputs`. */
  inputs?: { [name: string]: Json }
  tool: string
  /** Clock, waiting and chance: the lab and its actors go by its clock too. */
  timing: Timing
  /** The thief fights back. */
  fight?: FightRequest
  /**
   * Google's deny API has its quota of five reads and five writes a minute; false when missing. With it a rehearsal
   * that writes a deny policy takes a minute or two, as on Google.
   */
  denyQuota?: boolean
  listen?: Listener
  signal?: AbortSignal
  /** Called for each moment, as the rehearsal goes. */
  moment?: (moment: DrillResult['timeline'][number]) => void
}

/**
 * Rehearses a playbook on the embedded lab: a thief and honest workloads at work, contain, prove, restore, compare. The
 * run, its journal and its key live in a temporary folder. Fault `usage` when the playbook has no `drill:` section.
 */
export async function runDrill(request: DrillRequest): Promise<DrillResult> {
  const { playbook, providers, tool, timing } = request
  const { drill } = playbook
  if (!drill) {
    throw new Fault('usage', `${playbook.name} cannot be rehearsed: it has no drill: section`, {
      where: playbook.file,
      next: 'name inputs, thief and honest workloads under drill:, as the shipped playbooks do',
    })
  }
  const folder = await mkdtemp(join(tmpdir(), 'interdict-drill-'))
  const clouds = [...providers.keys()].filter(cloud => Object.hasOwn(playbook.scope, cloud))
  const { fight } = request
  const armed = fight ? drill.thieves : []
  const propagationMs = fight?.propagationMs ?? PROPAGATION
  const seeded = await seededClouds(clouds, { armed, denyQuota: request.denyQuota ?? false })
  const lab = await startLab({ clouds: seeded, propagationMs, date: timing.date })
  const timeline: DrillResult['timeline'][number][] = []
  const started = timing.now()
  const note = (what: Moment, text?: string, at = timing.now()) => {
    const moment = { at: at - started, what, ...(text === undefined ? {} : { text }) }
    timeline.push(moment)
    request.moment?.(moment)
  }
  const stages = new Stages(timing)
  const firstWrite = new FirstWrite(timing)
  const inputs = { ...drill.inputs, ...request.inputs }
  const listen: Listener = event => {
    stages.hear(event)
    firstWrite.hear(event)
    request.listen?.(event)
  }
  let actors: Actors | undefined
  let joined: Joined | undefined
  try {
    joined = await joinLab(lab, { playbook, providers, inputs, listen, signal: request.signal, timing })
    const { world } = joined
    const before: { [cloud: string]: Json } = lab.snapshot()
    const scene = await startActors({
      endpoint: lab.endpoint,
      clouds,
      scenario: drill,
      now: timing.now,
      ...(fight ? { fight } : {}),
    })
    actors = scene
    const workloads = [...drill.honest, ...drill.collateral]
    for (const thief of drill.thieves) note('thief', thief)
    await Promise.all([
      ...drill.thieves.map(thief => scene.waitForAccepted(thief, CALLS_BEFORE)),
      ...workloads.map(actor => scene.waitForAccepted(actor, 2)),
    ])
    const atContain = timing.now()
    note('contain')

    const store = openStore({ state: join(folder, 'state'), config: join(folder, 'config') })
    const run = newRunId([])
    const actor = actorOf()
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
      playbook,
    })
    const proofs = proofsOf(contained)
    // A change that no cloud can prove is in force when the lab's data plane knows of it; the clouds' own delays are longer.
    const atContained = timing.now()
    const unproven = proofs.some(({ denied }) => denied === null)
    if (unproven) await timing.sleep(propagationMs)
    const atProven = timing.now()
    const times = { firstWrite: firstWrite.at ?? atContain, contained: atContained }
    if (fight) await waitForOutcome(scene, fight, times, timing, request.signal)

    await Promise.all([
      ...drill.thieves.map(thief => scene.waitForCalls(thief, CALLS_AFTER)),
      ...workloads.map(actor => scene.waitForCalls(actor, 3)),
    ])
    const ended = timing.now()
    await scene.stop()
    const countered = [...contained.changes.values()].reduce(
      (sum, each) => sum + (each.countered?.count ?? 0),
      0,
    )
    const outcome =
      fight &&
      fightReportOf(scene, {
        request: fight,
        times,
        ended,
        run: contained.finished ?? 'interrupted',
        noticed: countered,
        helperContained: proofs.some(({ identity }) =>
          scene.helpers.some(helper => identity.endsWith(`/${helper}`)),
        ),
      })
    const accepted = scene.calls().filter(call => drill.thieves.includes(call.actor) && call.accepted)
    // Reported only now, because nobody knows before that it was the last; in the order in which it happened.
    const moments: [Moment, number, string?][] = [['last-accepted', accepted.at(-1)?.at ?? atContain]]
    if (contained.finished === 'complete') {
      const proven = proofs.filter(({ denied }) => denied === 'denied').length
      if (proven > 0) moments.push(['proven', atContained, `${proven} of ${proofs.length}`])
      if (unproven) moments.push(['settled', atProven])
    }
    for (const [what, at, text] of moments.sort(([, a], [, b]) => a - b)) note(what, text, at)
    const scores = clouds.map(cloud => scoreOf(cloud, scene, proofs, { atContain, atProven }))

    const horizon = secondsToHorizon(contained.changes.values(), world.clock())
    if (horizon > 0) {
      lab.clock.advance(horizon + 60)
      note('clock', formatDuration(Math.ceil(horizon / 3600) * 3600))
    }
    const atRestore = timing.now()
    note('restore')
    const restored = await restore(world, {
      state: contained,
      journal,
      holds: new Holds([contained]),
      only: [],
      options: { drift: 'skip', stepDown: false, acceptLiveTokens: false, giveBack: keptOff(contained) },
      reason: 'drill',
      actor,
    })
    const restoreMs = timing.now() - atRestore
    await journal.close()
    const after: { [cloud: string]: Json } = lab.snapshot()
    note('compared')
    const moves = scene.moves()
    const compared = (cloud: string) =>
      comparisonOf(withoutMade(before[cloud] ?? {}, moves), withoutMade(after[cloud] ?? {}, moves))
    const report = {
      playbook: playbook.name,
      run,
      identities: plan.counts.listed,
      settings: countSettings(before),
      changes: countChanges(proofs),
      clouds: scores.map(score => ({ ...score, restore: compared(score.cloud) })),
      timings: { ...stages.timings(), restoreMs: Math.round(restoreMs) },
      timeline: timeline.sort((a, b) => a.at - b.at),
      proofs,
      countered,
      ...(outcome ? { fight: outcome } : {}),
    }
    const held = outcome
      ? isWon(outcome) && report.clouds.every(isUnharmed)
      : contained.finished === 'complete' && report.clouds.every(isGood)
    const passed = held && report.changes.total > 0 && restored.restore?.finished === 'complete'
    return { ...report, passed }
  } finally {
    await actors?.stop()
    await joined?.close()
    await lab.close()
    await rm(folder, { recursive: true, force: true })
  }
}
