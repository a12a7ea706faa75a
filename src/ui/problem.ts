import { isOwed } from '../model/held.ts'
import type { ChangeState } from '../model/replay.ts'
import { isSettling } from '../model/settling.ts'
import { settleText } from './settling.ts'
import { plain } from './text.ts'

/** Why a change is not what was asked for, in words; undefined when nothing is wrong with it. */
export function changeProblem(change: ChangeState): string | undefined {
  const { phase, fault, because, set, denied, drift } = change
  if (phase === 'restored' || phase === 'rotated' || phase === 'gone') return undefined
  if (fault) return `${plain(fault.message)}${fault.where ? ` (${plain(fault.where)})` : ''}`
  if (phase === 'refused') return `refused: ${plain(because ?? 'no reason was given')}`
  if (phase === 'planned') return 'was not begun'
  if (phase === 'intended') return 'was begun, and may or may not be written'
  if (phase === 'restoring') return 'its restore was begun, and may or may not be written'
  if (drift.length > 0) return `drift: somebody changed ${drift.map(plain).join(', ')}`
  if (!set) return 'was written, and has not been read back as written yet'
  if (denied === 'allowed') return 'is set, and the cloud still lets it in'
  if (denied === 'unknown') return 'is set, and the cloud could not say whether it is denied'
  return undefined
}

/** The state of a change in a word or two. */
export function changeWord(change: ChangeState, now: string): string {
  const { phase, set, denied, drift, held } = change
  if (phase !== 'written' && phase !== 'already') return phase
  if (drift.length > 0) return 'drift'
  if (held.some(({ until }) => until !== undefined)) return 'stepped down'
  if (held.length > 0 && !held.some(isOwed)) return 'kept off'
  if (!set) return 'not set'
  if (isSettling(change, now)) return `set, ${settleText([change], now)}`
  return denied === 'denied' ? 'denied' : denied === null ? 'set' : `set, ${denied}`
}
