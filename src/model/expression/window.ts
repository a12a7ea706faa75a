const DAYS: readonly string[] = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun']
const SPEC = /^(?:([A-Z][a-z]{2})(?:-([A-Z][a-z]{2}))? )?(\d{2}):(\d{2})-(\d{2}):(\d{2})$/

interface Window {
  days: ReadonlySet<number>
  /** Minutes since midnight. */
  from: number
  to: number
}

/**
 * Is a time inside a weekly window, e.g. `Mon-Fri 08:00-18:00`? Several windows are separated by commas; one that ends
 * before it starts goes past midnight and belongs to the day it starts on. `zone` is an IANA time zone.
 */
export function inWindow(time: Date, spec: string, zone: string): boolean {
  const { day, minute } = local(time, zone)
  return spec
    .split(',')
    .map(part => parseWindow(part.trim()))
    .some(({ days, from, to }) => {
      if (from < to) return days.has(day) && minute >= from && minute < to
      return (days.has(day) && minute >= from) || (days.has((day + 6) % 7) && minute < to)
    })
}

/** Why a window or a zone cannot be read, or undefined. */
export function windowFlaw(spec: string, zone: string): string | undefined {
  try {
    inWindow(new Date(0), spec, zone)
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

function parseWindow(spec: string): Window {
  const match = SPEC.exec(spec)
  if (match === null) throw new RangeError(`'${spec}' is not a window such as "Mon-Fri 08:00-18:00"`)
  const [, first = 'Mon', last = match[1] ?? 'Sun', ...clock] = match
  const [h1, m1, h2, m2] = clock.map(Number)
  return { days: daysBetween(first, last, spec), from: minutes(h1, m1, spec), to: minutes(h2, m2, spec) }
}

function minutes(hour: number | undefined, minute: number | undefined, spec: string): number {
  if (hour === undefined || minute === undefined || minute > 59 || hour * 60 + minute > 1440) {
    throw new RangeError(`'${spec}' has a time of day that does not exist`)
  }
  return hour * 60 + minute
}

function daysBetween(first: string, last: string, spec: string): ReadonlySet<number> {
  const [from, to] = [first, last].map(name => DAYS.indexOf(name))
  if (from === undefined || to === undefined || from < 0 || to < 0) {
    throw new RangeError(`'${spec}' has a day that does not exist; they are ${DAYS.join(', ')}`)
  }
  const days = new Set([to])
  for (let day = from; day !== to; day = (day + 1) % 7) days.add(day)
  return days
}

const clocks = new Map<string, Intl.DateTimeFormat>()

function local(time: Date, zone: string): { day: number; minute: number } {
  const parts = new Map(
    clockOf(zone)
      .formatToParts(time)
      .map(({ type, value }) => [type, value]),
  )
  return {
    day: DAYS.indexOf(parts.get('weekday') ?? ''),
    minute: Number(parts.get('hour')) * 60 + Number(parts.get('minute')),
  }
}

function clockOf(zone: string): Intl.DateTimeFormat {
  const known = clocks.get(zone)
  if (known !== undefined) return known
  const format = {
    timeZone: zone,
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  } as const
  const clock = new Intl.DateTimeFormat('en-GB', format)
  clocks.set(zone, clock)
  return clock
}
