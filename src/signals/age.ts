import { timeOf } from './draft.ts'

export interface AgeLimit {
  /** When its source was handed the record, as the source itself says; else now. Milliseconds since 1970. */
  sent: number
  /** Milliseconds that a record may be older than that. */
  most: number
}

/** Milliseconds that a clock may be ahead. */
const AHEAD = 5 * 60_000

/**
 * Why a record's time is doubtful; undefined if it is not.
 *
 * @param time RFC 3339: when it happened
 * @param issued when the record itself was issued, as it says it
 */
export function doubtOf(time: string, issued: unknown, { sent, most }: AgeLimit): string | undefined {
  const times = [time, ...(issued === undefined ? [] : [timeOf(issued) ?? ''])].map(each => Date.parse(each))
  if (times.some(each => Number.isNaN(each))) return 'it does not say when it was issued'
  const [oldest, newest] = [Math.min(...times), Math.max(...times)]
  if (newest > sent + AHEAD) return `it is from the future, ${spanText(newest - sent)} ahead`
  return oldest < sent - most ? `it was ${spanText(sent - oldest)} old when it came` : undefined
}

function spanText(milliseconds: number): string {
  const minutes = Math.round(milliseconds / 60_000)
  if (minutes < 120) return `${minutes} minutes`
  const hours = Math.round(minutes / 60)
  return hours < 48 ? `${hours} hours` : `${Math.round(hours / 24)} days`
}
