import type { Actors } from '../lab/actors/index.ts'
import type { Json } from '../model/json.ts'
import type { RunState } from '../model/run/state.ts'
import type { DrillResult } from '../toolkit/results/drill.ts'
import { differingPaths } from './compare.ts'
import type { Changes, CloudReport } from './report.ts'

/** When the containment began, and when its proof was there; milliseconds of the timing's clock. */
export interface Times {
  atContain: number
  atProven: number
}

/** The rehearsal by cloud, without the estates' comparison, which can be made only after the restore. */
export function scoreOf(
  cloud: string,
  actors: Actors,
  proofs: DrillResult['proofs'],
  { atContain, atProven }: Times,
): Omit<CloudReport, 'restore'> {
  const calls = actors.calls()
  const here = (names: readonly string[]) => names.filter(name => actors.cloudOf(name) === cloud)
  const of = (name: string) => calls.filter(call => call.actor === name)
  const { thieves, honest, collateral } = actors.scenario
  const honestCalls = here(honest)
    .flatMap(of)
    .filter(({ at }) => at >= atContain)
  return {
    cloud,
    changes: countChanges(proofs.filter(({ identity }) => identity.startsWith(`${cloud}:`))),
    thieves: here(thieves).map(actor => {
      const accepted = of(actor).filter(call => call.accepted)
      return {
        actor,
        callsBefore: of(actor).filter(({ at }) => at < atContain).length,
        acceptedAfterVerified: accepted.filter(({ at }) => at > atProven).length,
        lastAcceptedAfterMs: Math.max(0, Math.round((accepted.at(-1)?.at ?? atContain) - atContain)),
      }
    }),
    honest: {
      workloads: here(honest).length,
      calls: honestCalls.length,
      refused: honestCalls.filter(({ accepted }) => !accepted).length,
    },
    collateral: here(collateral).map(actor => ({
      actor,
      refused: of(actor).filter(({ accepted, at }) => !accepted && at >= atContain).length,
    })),
  }
}

export function comparisonOf(before: Json, after: Json): CloudReport['restore'] {
  const differences = differingPaths(before, after)
  return { identical: differences.length === 0, differences }
}

/** Every thief of the cloud was stopped and had been there, nobody else was hurt, all is as it was. */
export function isGood(report: CloudReport): boolean {
  return report.thieves.every(each => each.acceptedAfterVerified === 0) && isUnharmed(report)
}

/** Every thief of the cloud had been there, nobody else was hurt, all is as it was. */
export function isUnharmed({ thieves, honest, restore }: CloudReport): boolean {
  return thieves.every(each => each.callsBefore > 0) && honest.refused === 0 && restore.identical
}

export function proofsOf(state: RunState): DrillResult['proofs'] {
  return [...state.changes.values()].map(({ key, identity, planned, phase, set, denied }) => ({
    key,
    identity: identity.id,
    interruption: planned.interruption,
    phase,
    set,
    denied,
  }))
}

export function countChanges(proofs: DrillResult['proofs']): Changes {
  const failed = proofs.filter(({ phase }) => phase === 'failed' || phase === 'refused').length
  const cut = proofs.filter(({ phase, set }) => phase === 'written' && set).length
  return { total: proofs.length, cut, failed }
}
