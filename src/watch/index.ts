export { Baseline } from './baseline.ts'
export { Evaluator, type EvaluatorOptions } from './evaluator.ts'
export type { TriggerProblem, WatchedPlaybook } from './verdict.ts'
