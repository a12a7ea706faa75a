import type { Changes, CloudReport, DrillReport } from './report.ts'

/** The result of one of the five cases; the shape of `drill --case N --json`. Times are milliseconds. */
export interface CaseReport {
  case: number
  title: string
  playbook: string
  /** The detection: in how many records it arrived, why the trigger fired, and the events that the journal names for it. */
  event: { trigger: string; source: string; records: number; why: string; named: string[] }
  run: string
  identities: number
  settings: number
  changes: Changes
  timings: {
    /** From the event in the source to the plan, to the first change that the cloud took, and to the whole proven. */
    plannedMs: number
    firstCutMs: number
    containedMs: number
    /** From the event to the last call of a thief that went through. */
    lastAcceptedMs: number
    restoreMs: number
  }
  /** One for each cloud of the playbook's scope, in its order. */
  clouds: Omit<CloudReport, 'restore'>[]
  proofs: DrillReport['proofs']
  /** The checks of this case alone, each true or not. */
  checks: Check[]
  /** The differences that the restore was meant to leave. */
  rotated: { kind: string; old: string; new: string; place: string }[]
  /** The differences beyond those. */
  restore: { identical: boolean; differences: string[] }
  timeline: CaseMoment[]
  passed: boolean
}

export interface Check {
  what: string
  good: boolean
}

/** `at` is milliseconds since the event was delivered; before it, less than 0. */
export interface CaseMoment {
  at: number
  text: string
}

/** Every thief was stopped and had been there, nobody else was hurt, all is as it was, and the case's own checks hold. */
export function isGood({ changes, clouds, restore, checks }: CaseReport): boolean {
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
