import { runCommand } from '../model/command-text.ts'
import { Fault, type FaultRecord } from '../model/fault.ts'

/** The end of a cloud's advice; only the caller knows whether there is a run to resume. */
const HINT = /,? then: interdict resume$/

/** The advice where there is no run that could be resumed: to give the command again. */
export function beforeRun(next: string | undefined): string | undefined {
  return next?.replace(HINT, ', and give the command again')
}

/** The same of a fault that is data already. */
export function recordBeforeRun(fault: FaultRecord): FaultRecord {
  const next = beforeRun(fault.next)
  return { ...fault, ...(next === undefined ? {} : { next }) }
}

/** The fault with advice that names the run to resume; without a run, to give the command again. */
export function advisedFor(fault: Fault, run: { run: string; lab: boolean } | undefined): Fault {
  const { code, message, where, retryAfter, without, cause } = fault
  const next =
    run === undefined
      ? beforeRun(fault.next)
      : fault.next?.replace(
          HINT,
          `, then: ${runCommand('resume', { run: run.run, target: { kind: run.lab ? 'lab' : 'live' } })}`,
        )
  if (next === fault.next) return fault
  return new Fault(code, message, {
    ...(where === undefined ? {} : { where }),
    ...(next === undefined ? {} : { next }),
    ...(retryAfter === undefined ? {} : { retryAfter }),
    ...(without === undefined ? {} : { without }),
    cause,
  })
}
