import { parentPort } from 'node:worker_threads'
import { type PlainCall, WholeCel } from './whole-cel.ts'

/** Asks for one expression; with `call`, over this call from now on. */
export interface Question {
  id: number
  call?: PlainCall
  source: string
  loops: number
}

// A thread for what has no bound in time. Whoever started it ends it when the time is up.
let cel: WholeCel | undefined
parentPort?.on('message', ({ id, call, source, loops }: Question) => {
  if (call) cel = new WholeCel(call)
  parentPort?.postMessage({ id, verdict: cel?.verdictOf(source, loops) ?? 'error' })
})
