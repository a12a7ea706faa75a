import { type Actors, startActors } from '../lab/actors/index.ts'
import type { Lab } from '../lab/index.ts'
import type { Timing } from '../model/timing.ts'
import type { IncidentCase } from './cases.ts'
import type { Check } from './report.ts'

/** Until the lab's data planes know of a change, in milliseconds. */
export const PROPAGATION = 1000

const CALLS_BEFORE = 20
const CALLS_AFTER = 20

/** Thieves, honest workloads and those who share what was stolen, all of them at work. */
export async function sceneOf(lab: Lab, { scenario }: IncidentCase, { now }: Timing): Promise<Actors> {
  const scene = await startActors({ endpoint: lab.endpoint, clouds: cloudsOf(lab), scenario, now })
  const { thieves, honest, collateral } = scenario
  await Promise.all([
    ...thieves.map(thief => scene.waitForAccepted(thief, CALLS_BEFORE)),
    ...[...honest, ...collateral].map(actor => scene.waitForAccepted(actor, 2)),
  ])
  return scene
}

/** The thief keeps trying, and the others work on; then all of them stop. */
export async function tryOn(scene: Actors): Promise<void> {
  const { thieves, honest, collateral } = scene.scenario
  await Promise.all([
    ...thieves.map(thief => scene.waitForCalls(thief, CALLS_AFTER)),
    ...[...honest, ...collateral].map(actor => scene.waitForCalls(actor, 3)),
  ])
  await scene.stop()
}

/** Workloads that shared the containment work again; workloads of a new credential get it by other means than the lab's. */
export async function backAtWork(
  lab: Lab,
  of: IncidentCase,
  rotated: boolean,
  timing: Timing,
): Promise<Check> {
  await timing.sleep(PROPAGATION)
  const { honest, collateral } = of.scenario
  const workloads = [...honest, ...(rotated ? [] : collateral)]
  const at = await answersTo(lab, workloads)
  return {
    what: `${workloads.length} workloads at work again`,
    good: workloads.every(each => at.get(each) === true),
  }
}

/** Those whose identity is cleared work again, and those who share what is still stopped are still refused. */
export async function someAtWork(
  lab: Lab,
  working: readonly string[],
  stopped: readonly string[],
  timing: Timing,
): Promise<Check[]> {
  await timing.sleep(PROPAGATION)
  const at = await answersTo(lab, [...working, ...stopped])
  const say = (names: readonly string[], what: string, accepted: boolean): Check[] =>
    names.length === 0
      ? []
      : [
          {
            what: `${names.join(', ')} ${names.length === 1 ? 'is' : 'are'} ${what}`,
            good: names.every(name => at.get(name) === accepted),
          },
        ]
  return [...say(working, 'at work again', true), ...say(stopped, 'still refused', false)]
}

/** Actor → whether all of its calls were accepted (true) or refused (false); undefined where some were. */
async function answersTo(
  lab: Lab,
  honest: readonly string[],
): Promise<ReadonlyMap<string, boolean | undefined>> {
  const scenario = { thieves: [], honest, collateral: [] }
  const scene = await startActors({ endpoint: lab.endpoint, clouds: cloudsOf(lab), scenario })
  await Promise.all(honest.map(actor => scene.waitForCalls(actor, 2)))
  await scene.stop()
  return new Map(
    honest.map(actor => {
      const answers = new Set(
        scene
          .calls()
          .filter(call => call.actor === actor)
          .map(({ accepted }) => accepted),
      )
      return [actor, answers.size === 1 ? [...answers][0] : undefined]
    }),
  )
}

function cloudsOf(lab: Lab): string[] {
  return lab.clouds.map(({ cloud }) => cloud)
}
