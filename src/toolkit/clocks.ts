import { CLOCK_REFUSED, CLOCK_TOLD } from '../model/cloud-clock.ts'
import { formatDuration } from '../model/duration.ts'
import { Fault } from '../model/fault.ts'
import type { Session } from '../model/provider.ts'

/** How a cloud's clock differs from this machine's. Milliseconds; negative: the cloud is behind. */
export interface ClockOffset {
  cloud: string
  offset: number
}

/** Of each cloud the offset that its newest session saw; none where nothing was asked yet. */
export function clockOffsets(sessions: readonly Session[]): ClockOffset[] {
  const byCloud = new Map<string, number>()
  for (const { cloud, clockOffset } of sessions) {
    const offset = clockOffset?.()
    if (offset !== undefined) byCloud.set(cloud, offset)
  }
  return [...byCloud].map(([cloud, offset]) => ({ cloud, offset }))
}

/**
 * Milliseconds to add to this machine's clock so that times which a cloud compares are the cloud's. 0 as long as the
 * difference is small, or where clouds contradict each other.
 */
export function correctionOf(offsets: readonly ClockOffset[]): number {
  const all = offsets.map(({ offset }) => offset).sort((a, b) => a - b)
  const [least = 0] = all
  const most = all.at(-1) ?? 0
  if (most - least > CLOCK_TOLD) return 0
  const middle = all[all.length >> 1] ?? 0
  return Math.abs(middle) > CLOCK_TOLD ? middle : 0
}

/** A sentence for each cloud whose clock differs by more than a minute. */
export function clockWarnings(offsets: readonly ClockOffset[]): { cloud: string; message: string }[] {
  return offsets
    .filter(({ offset }) => Math.abs(offset) > CLOCK_TOLD)
    .map(({ cloud, offset }) => ({
      cloud,
      message: `the clock of this machine is ${offsetText(offset)} that of ${cloud}`,
    }))
}

/** E.g. `2d ahead of`, of this machine as the cloud sees it. */
export function offsetText(offset: number): string {
  const seconds = Math.round(Math.abs(offset) / 1000)
  return `${formatDuration(seconds)} ${offset < 0 ? 'ahead of' : 'behind'}`
}

/**
 * @param what depends on the time, e.g. `when old sessions end`
 * @throws Fault `refused` when a clock differs by more than five minutes
 */
export function refuseClock(offsets: readonly ClockOffset[], what: string): void {
  const off = offsets.find(({ offset }) => Math.abs(offset) > CLOCK_REFUSED)
  if (!off) return
  throw new Fault(
    'refused',
    `the clock of this machine is ${offsetText(off.offset)} that of ${off.cloud}, and ${what} depends on it`,
    {
      where: off.cloud,
      next: 'set the clock (timedatectl set-ntp true), or add to the command: --accept-clock --reason TEXT, and the time of the cloud is used; nothing was changed',
    },
  )
}
