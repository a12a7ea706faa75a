import { runCommand } from '../model/command-text.ts'
import type { Fault, FaultRecord } from '../model/fault.ts'
import type { ChangeState } from '../model/run/state.ts'
import type { World } from './world.ts'

interface Where {
  world: Pick<World, 'target'>
  run: string
  /** The setting, where it is one's. */
  entry?: string
}

/**
 * The record of a fault that stopped a restore, with a way out that works: the command of a restore in place of
 * `interdict resume`, which a restore that has ended refuses, and how to end the hold where trying again will not help.
 */
export function failedWayOut(fault: Fault, change: ChangeState, where: Where): FaultRecord {
  const record = fault.record()
  const again = restoreCommand(where)
  const cure = record.next?.replace(/,? then: interdict resume$/, '')
  const leave =
    where.entry !== undefined && LASTING.has(fault.code)
      ? `; or leave it as it is now and end the hold: ${leaveCommand(where, `${change.identity.id} ${where.entry}`)}`
      : ''
  const next = `${cure === undefined ? again : `${cure}, then: ${again}`}${leave}`
  return { ...record, where: whereOf(fault, change, where), next }
}

/** The record of a fault that ended a hold: there is nothing to try again. */
export function missingWayOut(fault: Fault, change: ChangeState, where: Where): FaultRecord {
  return {
    ...fault.record(),
    where: whereOf(fault, change, where),
    next: 'its hold has ended; if it is still needed, make it again and give it to the identity by hand',
  }
}

/** Faults that trying again will not mend by itself. */
const LASTING: ReadonlySet<Fault['code']> = new Set([
  'denied',
  'quota',
  'gone',
  'missing',
  'rejected',
  'unsupported',
  'unmodifiable',
  'conflict',
])

function whereOf(fault: Fault, { identity }: ChangeState, { entry }: Where): string {
  const of = entry === undefined ? identity.id : `${identity.id} ${entry}`
  return fault.where === undefined || of.includes(fault.where) ? of : `${of} (${fault.where})`
}

/** The command that ends the hold on a setting and leaves it as it is. */
function leaveCommand({ run, world }: Where, setting: string): string {
  const flags = ['--leave', setting, '--reason', 'why it stays']
  return runCommand('restore', { run, target: world.target }, ...flags)
}

/** The command that restores a run; `--lab` where it is the lab's. */
export function restoreCommand({ run, world }: Where): string {
  return runCommand('restore', { run, target: world.target })
}
