/** Points of one trigger for one identity, as of the newest match. */
export type Score = {
  points: number
  /** Milliseconds since the epoch. */
  at: number
}

/** More is not kept: what has gone up without bound would not come down. */
const MOST = 1e9

/** Points that are worth half after every half-life. The order in which matches come makes no difference. */
export function added(score: Score | undefined, points: number, time: number, halfLife: number): Score {
  if (score === undefined) return { points, at: time }
  if (time >= score.at) return { points: Math.min(MOST, decayed(score, time, halfLife) + points), at: time }
  const worth = decayed({ points, at: time }, score.at, halfLife)
  return { points: Math.min(MOST, score.points + worth), at: score.at }
}

/** Returns the value of the points at a time. @param halfLife seconds */
export function decayed({ points, at }: Score, time: number, halfLife: number): number {
  return time <= at ? points : points * 2 ** (-(time - at) / (halfLife * 1_000))
}
