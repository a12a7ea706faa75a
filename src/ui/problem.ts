import { formatDuration } from '../model/duration.ts'
import { isSettling } from '../model/run/enforcement.ts'
import { isOwed } from '../model/run/held-settings.ts'
import { isUnprovable } from '../model/run/progress.ts'
import type { ChangeState } from '../model/run/state.ts'
import { entryName } from './entry.ts'
import { momentText, secondText } from './moment.ts'
import { settleText } from './settling.ts'
import { count, plain } from './text.ts'

/** Why a change is not what was asked for, in words; undefined when nothing is wrong with it. */
export function changeProblem(change: ChangeState): string | undefined {
  const { phase, fault, because, set, denied, drift, undone, contested, countered } = change
  if (phase === 'restored' || phase === 'rotated' || phase === 'gone') return undefined
  if (fault) return `${plain(fault.message)}${fault.where ? ` (${plain(fault.where)})` : ''}`
  if (phase === 'refused') return `refused: ${plain(because ?? 'no reason was given')}`
  if (phase === 'planned') return 'was not begun'
  if (phase === 'intended') return 'was begun, and may or may not be written'
  if (phase === 'restoring') return 'its restore was begun, and may or may not be written'
  if (contested !== undefined) {
    const times = countered === undefined ? '' : `: undone ${count(countered.count, 'time')}`
    return `contested since ${momentText(contested)}${times}; writing it again does not win`
  }
  if (undone.length > 0) return `undone: somebody put ${settingsText(undone, change)} back as before`
  if (drift.length > 0) return `drift: somebody changed ${drift.map(plain).join(', ')}`
  if (!set) return withCause('was written, and has not been read back as written yet', because)
  if (denied === 'allowed') return 'is set, and the cloud still lets it in'
  if (denied === 'unknown' && !isUnprovable(change)) {
    return withCause('is set, and the cloud could not say whether it is denied', because)
  }
  return undefined
}

/** The state of a change in a word or two. */
export function changeWord(change: ChangeState, now: string): string {
  const { phase, set, denied, drift, undone, contested, held } = change
  if (phase !== 'written' && phase !== 'already') return phase
  if (contested !== undefined) return 'contested'
  if (undone.length > 0) return 'undone'
  if (drift.length > 0) return 'drift'
  if (held.some(({ until }) => until !== undefined)) return 'stepped down'
  if (held.length > 0 && !held.some(isOwed)) return 'kept off'
  if (!set) return 'not set'
  if (isSettling(change, now)) return `set, ${settleText([change], now)}`
  return denied === 'denied' ? 'denied' : denied === null ? 'set' : `set, ${denied}`
}

/** How often somebody undid a change that holds, for the summary; undefined when nobody did. */
export function fightText(change: ChangeState, now: string): string | undefined {
  const { countered } = change
  if (countered === undefined) return undefined
  const ago = Math.max(0, Date.parse(now) - Date.parse(countered.last)) / 1000
  const last = ago < 120 ? `${formatDuration(ago)} ago` : `at ${secondText(countered.last, now)}`
  return `undone ${count(countered.count, 'time')}, last ${last}, written again`
}

function settingsText(entries: readonly string[], { planned }: ChangeState): string {
  const names = entries.slice(0, 3).map(entry => entryName(entry, planned.seen))
  return entries.length > 3 ? `${names.join(', ')} and ${entries.length - 3} more` : names.join(', ')
}

/** The text with the reason that a cloud gave, where one is known. */
export function withCause(text: string, because: string | undefined): string {
  return because === undefined ? text : `${text}: ${plain(because)}`
}
