import { clockTime } from '../model/clock-time.ts'
import { formatDuration } from '../model/duration.ts'

/** `2026-03-01 14:02:11 UTC`: for what is kept longer than a day. */
export function momentText(at: string): string {
  return `${at.slice(0, 10)} ${at.slice(11, 19)} UTC`
}

/** `2026-03-01T14:02:11Z`: the time before a line of a log. */
export function stampText(at: string): string {
  return `${at.slice(0, 19)}Z`
}

/** `14:02:11 UTC`, or `2 Mar 14:02:11 UTC` on another day than `now`. */
export function secondText(at: string, now: string): string {
  const day = clockTime(at, now).replace(/\d\d:\d\d UTC$/, '')
  return `${day}${at.slice(11, 19)} UTC`
}

/** `1m 43s` until a moment, rounded up; empty when it is over. */
export function remainingText(until: string, now: string): string {
  const left = Math.ceil((Date.parse(until) - Date.parse(now)) / 1000)
  return left > 0 ? formatDuration(left) : ''
}
