import { parentPort } from 'node:worker_threads'
import { type PlainCall, WholeCel } from './whole-cel.ts'

/** Asks for one expression; with `call`, over this call from now on. */
export interface Question {
  call?: PlainCall
  source: string
  loops: number
}

let cel: WholeCel | undefined
parentPort?.on('message', ([id, { call, source, loops }]: [number, Question]) => {
  if (call) cel = new WholeCel(call)
  parentPort?.postMessage([id, cel?.verdictOf(source, loops) ?? 'error'])
})
