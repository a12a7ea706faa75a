import type { Json } from '../model/json.ts'

/** What an evaluator remembers, as plain data. */
export interface WatchState {
  version: 1
  [part: string]: Json
}
