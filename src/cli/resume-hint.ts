import type { Fault } from '../model/fault.ts'
import { advisedFor } from '../toolkit/resume-advice.ts'
import { pasteableFault } from './hint-place.ts'

let current: { run: string; lab: boolean } | undefined
let untouched = false

/** Notes the run whose journal this process writes: from here on a fault may be answered by resuming it. */
export function noteRun(run: string, lab: boolean): void {
  current = { run, lab }
}

/** Notes that a command that changes things ended before it changed any. */
export function noteUntouched(): void {
  untouched = true
}

/** The command begins, and has no run yet. */
export function forgetRun(): void {
  current = undefined
  untouched = false
}

/** Returns what the command did to the clouds before it failed, in words; undefined if the fault says so, or it changes nothing. */
export function cloudState({ message, next = '' }: Fault): string | undefined {
  if (`${message}\n${next}`.includes('was changed')) return undefined
  if (current !== undefined)
    return `what run ${current.run} has written stays as it is; its journal names every change that was begun`
  return untouched ? 'nothing was changed' : undefined
}

/** The fault with advice that fits this process. */
export function advised(fault: Fault): Fault {
  return pasteableFault(advisedFor(fault, current))
}
