import { readFileSync, readlinkSync } from 'node:fs'
import { bootId } from './boot-id.ts'
import { errno } from './file-fault.ts'

/** One process, distinguished from a later one with the same number. */
export interface ProcessMark {
  pid: number
  /** Boot, process namespace and start time, where the system has them (Linux); empty elsewhere. */
  started: string
}

let ours: ProcessMark | undefined

/** Returns the mark of this process. */
export function ownMark(): ProcessMark {
  ours ??= { pid: process.pid, started: startOf(process.pid) }
  return ours
}

/**
 * Whether the process behind a mark of this host has certainly ended. A process in another namespace (a container that shares
 * our host name) cannot be seen from here and counts as running.
 */
export function hasEnded({ pid, started }: ProcessMark): boolean {
  const [boot, space] = started.split(' ')
  const [ourBoot, ourSpace] = ownMark().started.split(' ')
  if (started !== '' && ourBoot !== '') {
    if (boot !== ourBoot) return true
    if (space !== ourSpace) return false
  }
  if (!isAlive(pid)) return true
  const now = startOf(pid)
  return started !== '' && now !== '' && now !== started
}

/** Whether a process with this number runs, ours or another user's. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // EPERM: it runs, as another user.
    return errno(error) === 'EPERM'
  }
}

/** Boot, process namespace and start time of a process; empty where the system does not have them. */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    // proc(5): the second field is the command in parentheses and may contain anything; start time is the 22nd.
    const ticks = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''
    return `${bootId()} ${readlinkSync('/proc/self/ns/pid')} ${ticks}`
  } catch {
    return ''
  }
}
