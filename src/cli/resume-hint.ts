import type { FaultRecord } from '../model/fault.ts'
import { Fault } from '../model/fault.ts'

/** Clouds' faults end their advice so; whether there is a run to resume, only the command knows. */
const HINT = /,? then: interdict resume$/

let current: { run: string; lab: boolean } | undefined

/** Notes the run whose journal this process writes: from here on a fault may be answered by resuming it. */
export function noteRun(run: string, lab: boolean): void {
  current = { run, lab }
}

/** The command begins, and has no run yet. */
export function forgetRun(): void {
  current = undefined
}

/** There is no run that could be resumed. */
export function beforeRun(next: string | undefined): string | undefined {
  return next?.replace(HINT, ', and give the command again')
}

/** The advice with the command that resumes this process's run; without a run, it says to give the command again. */
function nextStep(next: string | undefined): string | undefined {
  if (current === undefined) return beforeRun(next)
  return next?.replace(HINT, `, then: interdict resume ${current.run}${current.lab ? ' --lab' : ''}`)
}

/** The fault with advice that fits this process. */
export function advised(fault: Fault): Fault {
  const { code, message, where, retryAfter, without, cause } = fault
  const next = nextStep(fault.next)
  if (next === fault.next) return fault
  return new Fault(code, message, {
    ...(where === undefined ? {} : { where }),
    ...(next === undefined ? {} : { next }),
    ...(retryAfter === undefined ? {} : { retryAfter }),
    ...(without === undefined ? {} : { without }),
    cause,
  })
}

/** The same of a fault that is data already, in a command without a run. */
export function recordBeforeRun(fault: FaultRecord): FaultRecord {
  const next = beforeRun(fault.next)
  return { ...fault, ...(next === undefined ? {} : { next }) }
}
