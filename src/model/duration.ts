const UNITS = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 } as const

/** Seconds of a duration such as `4h`, `30m`, `7d` or `1h30m`; undefined when it is none. */
export function parseDuration(text: string): number | undefined {
  if (text.length > 32 || !/^(?:\d+[smhdw])+$/.test(text)) return undefined
  let seconds = 0
  for (const [, count, unit] of text.matchAll(/(\d+)([smhdw])/g)) {
    seconds += Number(count) * UNITS[unit as keyof typeof UNITS]
  }
  return Number.isSafeInteger(seconds) ? seconds : undefined
}

/** A number of seconds as people write it, at most two units: `4h`, `1h 30m`, `2d 3h`, `0s`. */
export function formatDuration(seconds: number): string {
  const parts: string[] = []
  let rest = Math.max(0, Math.round(seconds))
  for (const unit of ['d', 'h', 'm', 's'] as const) {
    const count = Math.floor(rest / UNITS[unit])
    rest -= count * UNITS[unit]
    if (count > 0) parts.push(`${count}${unit}`)
    else if (parts.length > 0) break
  }
  return parts.slice(0, 2).join(' ') || '0s'
}
