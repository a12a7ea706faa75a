import type { Fault } from '../model/fault.ts'
import { advisedFor } from '../toolkit/resume-advice.ts'
import { pasteableFault } from './hint-place.ts'

let current: { run: string; lab: boolean } | undefined

/** Notes the run whose journal this process writes: from here on a fault may be answered by resuming it. */
export function noteRun(run: string, lab: boolean): void {
  current = { run, lab }
}

/** The command begins, and has no run yet. */
export function forgetRun(): void {
  current = undefined
}

/** The fault with advice that fits this process. */
export function advised(fault: Fault): Fault {
  return pasteableFault(advisedFor(fault, current))
}
