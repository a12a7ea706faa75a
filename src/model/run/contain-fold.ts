import type { Entry } from '../entry.ts'
import { hold } from './held-settings.ts'
import type { RestoreEntry } from './restore-fold.ts'
import type { RotationEntry } from './rotation-fold.ts'
import type { ChangeState } from './state.ts'

/** Entries about one change that are neither of a restore nor of a rotation. */
type ChangeEntry = Exclude<Extract<Entry, { key: string }>, RotationEntry | RestoreEntry>

/** Carries a change forward by one entry of a containment, in place. */
export function stepChange(change: ChangeState, entry: ChangeEntry): void {
  switch (entry.type) {
    case 'change.intended':
      change.phase = 'intended'
      change.held = hold(change.held, entry)
      delete change.fault
      return
    case 'change.written': {
      change.phase = 'written'
      change.writtenAt = entry.at
      delete change.postponed
      const [left] = entry.left ?? []
      change.left = (entry.left ?? []).map(each => each.entry)
      if (left) change.fault = left.fault
      else delete change.fault
      return
    }
    case 'change.postponed': {
      const { because, until, at } = entry
      change.postponed = { because, until, since: change.postponed?.since ?? at }
      return
    }
    case 'change.reduced':
      change.without = [...(change.without ?? []), ...entry.without]
      change.reduced = entry.because
      return
    case 'change.countered': {
      const { count = 0, entries = [] } = change.countered ?? {}
      const names = entry.settings.map(each => each.entry)
      change.countered = {
        count: count + entry.count,
        last: entry.at,
        entries: [...new Set([...entries, ...names])].sort(),
      }
      // It is written again now: what was issued while it was undone lives as long from here.
      change.writtenAt = entry.at
      return
    }
    case 'change.contested':
      change.contested = entry.since
      return
    case 'change.already':
    case 'change.gone':
      change.phase = entry.type === 'change.gone' ? 'gone' : 'already'
      delete change.postponed
      return
    case 'change.refused':
      change.phase = 'refused'
      change.because = entry.because
      delete change.postponed
      return
    case 'change.failed':
      change.phase = 'failed'
      change.fault = entry.fault
      delete change.postponed
      return
    case 'change.verified':
      change.set = entry.set
      change.denied = entry.denied
      change.drift = entry.drift
      change.undone = entry.undone ?? []
      change.verifiedAt = entry.at
      if (entry.unprovable) change.unprovable = true
      else delete change.unprovable
      if (entry.because === undefined) delete change.because
      else change.because = entry.because
      if (entry.set) delete change.contested
      return
  }
}
