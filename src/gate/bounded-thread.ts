import { Worker } from 'node:worker_threads'
import type { ThreadProgram } from '../store/shipped-files.ts'
import type { Budget } from './budget.ts'

const MOST_MEMORY_MB = 256

/** For work that has no bound in time or memory: a thread that is ended with the budget, and started anew when asked again. */
export class BoundedThread<Question, Answer> {
  readonly #program: ThreadProgram
  readonly #failed: Answer
  #current: Started<Answer> | undefined
  #asked = 0

  /** `program` answers each message `[id, question]` with `[id, answer]`. `failed` is the answer of a thread that ends. */
  constructor(program: ThreadProgram, failed: Answer) {
    this.#program = program
    this.#failed = failed
  }

  /** Changes when a new thread needs all of its data again. */
  get generation(): object {
    this.#current ??= this.#start()
    return this.#current
  }

  /** Throws `Exhausted` when there is no answer within the budget. */
  async ask(question: Question, budget: Budget): Promise<Answer> {
    this.#current ??= this.#start()
    const own = this.#current
    this.#asked += 1
    const id = this.#asked
    const answered = new Promise<Answer>(resolve => own.waiting.set(id, resolve))
    own.worker.postMessage([id, question])
    try {
      return await budget.within(answered)
    } catch (error) {
      if (this.#current === own) this.#current = undefined
      // Not waited for: a thread that hangs in the system ends when the system lets it.
      void own.worker.terminate()
      throw error
    }
  }

  #start(): Started<Answer> {
    const program = this.#program
    const worker = new Worker('code' in program ? program.code : program.file, {
      eval: 'code' in program,
      execArgv: [],
      env: {},
      resourceLimits: { maxOldGenerationSizeMb: MOST_MEMORY_MB },
    })
    const made: Started<Answer> = { worker, waiting: new Map() }
    worker.unref()
    worker.on('message', ([id, answer]: [number, Answer]) => {
      made.waiting.get(id)?.(answer)
      made.waiting.delete(id)
    })
    const ended = () => {
      if (this.#current === made) this.#current = undefined
      for (const answer of made.waiting.values()) answer(this.#failed)
      made.waiting.clear()
    }
    worker.on('error', ended)
    worker.on('exit', ended)
    return made
  }
}

interface Started<Answer> {
  worker: Worker
  waiting: Map<number, (answer: Answer) => void>
}
