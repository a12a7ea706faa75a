import { Worker } from 'node:worker_threads'
import type { Verdict } from './evaluate.ts'
import type { Scope } from './evaluate-values.ts'
import type { Slowly } from './policy.ts'
import type { Question } from './slow-worker.ts'
import type { PlainCall } from './whole-cel.ts'

const MOST_MEMORY_MB = 512

/** A thread with CEL, and what it has been asked. */
interface Thread {
  worker: Worker
  waiting: Map<number, (verdict: Verdict) => void>
  /** The call that it has. */
  scope: Scope | undefined
}

let thread: Thread | undefined
let asked = 0

/** Decides an expression with all of CEL, in a thread that is ended when the budget is used up. */
export const slowly: Slowly = async ({ source, loops }, scope) => {
  thread ??= started()
  const { worker, waiting } = thread
  const own = thread
  asked += 1
  const id = asked
  const answered = new Promise<Verdict>(resolve => waiting.set(id, resolve))
  const question: Question = {
    id,
    source,
    loops,
    ...(own.scope === scope ? {} : { call: plain(scope) }),
  }
  own.scope = scope
  worker.postMessage(question)
  try {
    return await scope.budget.within(answered)
  } catch (error) {
    if (thread === own) thread = undefined
    // Not waited for: a thread that hangs in the system ends when the system lets it.
    void worker.terminate()
    throw error
  }
}

function started(): Thread {
  const name = import.meta.url.endsWith('.ts') ? './slow-worker.ts' : './slow-worker.js'
  const worker = new Worker(new URL(name, import.meta.url), {
    execArgv: [],
    env: {},
    resourceLimits: { maxOldGenerationSizeMb: MOST_MEMORY_MB },
  })
  const made: Thread = { worker, waiting: new Map(), scope: undefined }
  worker.unref()
  worker.on('message', ({ id, verdict }: { id: number; verdict: Verdict }) => {
    made.waiting.get(id)?.(verdict)
    made.waiting.delete(id)
  })
  const ended = (why: string) => {
    if (thread === made) thread = undefined
    for (const answer of made.waiting.values()) answer({ why })
    made.waiting.clear()
  }
  worker.on('error', () => ended('its evaluation failed'))
  worker.on('exit', () => ended('its evaluation was ended'))
  return made
}

function plain({ args, time, names, budget: _, paths: __, found: ___, ...texts }: Scope): PlainCall {
  return { texts, time, names, ...(args === undefined ? {} : { args }) }
}
