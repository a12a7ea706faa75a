import type { CaseResult, DrillResult } from '../toolkit/results/drill.ts'

/** The result of a fight with a thief. Times count from the first change that the cloud took. */
export type FightReport = NonNullable<DrillResult['fight']>

/** Numbers of changes. */
export type Changes = DrillResult['changes']

/** The result of the rehearsal in one cloud. */
export type CloudReport = DrillResult['clouds'][number]

/** The word for something that happens in a rehearsal. */
export type Moment = DrillResult['timeline'][number]['what']

/** A check of a case alone, true or not. */
export type Check = CaseResult['checks'][number]

/** Something that happened in a case; `at` is milliseconds since the event was delivered, negative before it. */
export type CaseMoment = CaseResult['timeline'][number]
