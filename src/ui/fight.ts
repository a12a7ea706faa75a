import type { DrillResult } from '../toolkit/results/drill.ts'
import { count } from './text.ts'

/** Returns the result of a fight, a line each: first who won, then the evidence against it. */
export function fightLines(fight: NonNullable<DrillResult['fight']>): { good: boolean; text: string }[] {
  const { run, undone, by, inToken, acceptedAfterComplete: after, winner, made } = fight
  const won = winner === 'responder'
  const most = Object.entries(by)
    .slice(0, 3)
    .map(([operation, times]) => `${operation} ${times}`)
    .join(', ')
  const times = undone === 0 ? 'undid nothing' : `undid us ${count(undone, 'time')} (${most})`
  const last = `${seconds(fight.lastAcceptedMs)} after the first write (${fight.delays} propagation delays)`
  const lines = [
    {
      good: won,
      text: won
        ? `the thief fought back and lost: ${times}, last accepted call ${last}; run ${run}`
        : `the thief fought back and is still in: ${times}, accepted until ${last}; run ${run}`,
    },
  ]
  if (after > 0) {
    lines.push({ good: false, text: `${count(after, 'call')} went through after the run was complete` })
  }
  if (inToken.accepted > 0) {
    lines.push({
      good: true,
      text: `tokens from before were accepted for the rights in them until ${seconds(inToken.lastAcceptedMs)} (Microsoft Graph without continuous access evaluation, Azure reads by a group): until they expire, 60 to 90 minutes`,
    })
  }
  if (made.length > 0) {
    const [first = ''] = made
    const more = made.length > 1 ? ` and ${made.length - 1} more` : ''
    lines.push({
      good: true,
      text: `the thief made, and keeps until somebody takes it away: ${first}${more}`,
    })
  }
  return lines
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`
}
