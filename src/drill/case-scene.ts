import { setTimeout as pause } from 'node:timers/promises'
import { type Actors, startActors } from '../lab/actors/index.ts'
import type { Lab } from '../lab/index.ts'
import type { Check } from './case-report.ts'
import type { IncidentCase } from './cases.ts'

/** Until the lab's data planes know of a change, in milliseconds. */
export const PROPAGATION = 1000

const CALLS_BEFORE = 20
const CALLS_AFTER = 20

/** Thief, honest workloads and those who share what was stolen, all of them at work. */
export async function sceneOf(lab: Lab, { cloud, scenario }: IncidentCase): Promise<Actors> {
  const scene = await startActors({ endpoint: lab.endpoint, clouds: [cloud], scenario })
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

/** What shared the cut works again; what a new credential was made for is given it by other means than the lab's. */
export async function backAtWork(lab: Lab, of: IncidentCase, rotated: boolean): Promise<Check> {
  await pause(PROPAGATION)
  const { honest, collateral } = of.scenario
  const workloads = [...honest, ...(rotated ? [] : collateral)]
  const answers = await answersTo(lab, of, workloads)
  return { what: `${workloads.length} workloads at work again`, good: answers.every(accepted => accepted) }
}

/** Who shares what is still stopped is still refused. */
export async function stillRefused(lab: Lab, of: IncidentCase): Promise<Check> {
  const { collateral } = of.scenario
  const answers = await answersTo(lab, of, collateral)
  return { what: `${collateral.join(', ')} is still refused`, good: answers.every(accepted => !accepted) }
}

async function answersTo(lab: Lab, { cloud }: IncidentCase, honest: readonly string[]): Promise<boolean[]> {
  const scenario = { thieves: [], honest, collateral: [] }
  const scene = await startActors({ endpoint: lab.endpoint, clouds: [cloud], scenario })
  await Promise.all(honest.map(actor => scene.waitForCalls(actor, 2)))
  await scene.stop()
  return scene.calls().map(({ accepted }) => accepted)
}
