import { threadProgram } from '../store/shipped-files.ts'
import { BoundedThread } from './bounded-thread.ts'
import type { Verdict } from './evaluate.ts'
import type { Scope } from './evaluate-values.ts'
import type { Slowly } from './policy.ts'
import type { Question } from './slow-worker.ts'
import type { PlainCall } from './whole-cel.ts'

const thread = new BoundedThread<Question, Verdict>(threadProgram('./slow-worker', import.meta.url), {
  why: 'its evaluation failed',
})
/** Which thread has which call. */
let sent: { generation: object; scope: Scope } | undefined

/** Decides an expression with all of CEL, in a thread that is ended when the budget is used up. */
export const slowly: Slowly = async ({ source, loops }, scope) => {
  const { generation } = thread
  const known = sent?.generation === generation && sent.scope === scope
  sent = { generation, scope }
  return await thread.ask({ source, loops, ...(known ? {} : { call: plain(scope) }) }, scope.budget)
}

function plain({ args, time, names, budget: _, paths: __, found: ___, ...texts }: Scope): PlainCall {
  return { texts, time, names, ...(args === undefined ? {} : { args }) }
}
