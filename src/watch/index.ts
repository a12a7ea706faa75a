export { Baseline, type BaselineState } from './baseline.ts'
export { Evaluator, type EvaluatorOptions } from './evaluator.ts'
export type { Firing, TriggerProblem, Verdict, WatchedPlaybook, WatchStats } from './firing.ts'
export type { WatchState } from './state.ts'
