import type { Entry, LeftSetting, RestoredEntry } from '../entry.ts'
import type { FaultRecord } from '../fault.ts'
import { type Held, stepDown } from './held-settings.ts'
import type { ChangeState, RunState } from './state.ts'

const TYPES = ['restore.intended', 'restore.written', 'restore.verified', 'restore.failed'] as const

/** The entries of a journal about the restore of one change. */
export type RestoreEntry = Extract<Entry, { type: (typeof TYPES)[number] }>

const NAMES: ReadonlySet<string> = new Set(TYPES)

/** Whether an entry is about the restore of one change. */
export function isRestoreEntry(entry: Entry): entry is RestoreEntry {
  return NAMES.has(entry.type)
}

/** Carries a change forward by one entry of a restore, in place. */
export function stepRestore(change: ChangeState, entry: RestoreEntry): void {
  switch (entry.type) {
    case 'restore.intended': {
      const named = new Set(entry.entries.map(each => each.entry))
      change.phase = 'restoring'
      // A change that found no room is tried again in the same restore: what was put back before still counts.
      change.restored = [...change.restored.filter(each => !named.has(each.entry)), ...entry.entries]
      change.held = stepDown(change.held, entry).map(held =>
        named.has(held.entry) ? withoutOff(held) : held,
      )
      delete change.ended
      delete change.fault
      return
    }
    case 'restore.written':
      written(change, entry.left ?? [], entry.missing ?? [])
      return
    case 'restore.verified':
      verified(change, entry.set, entry.notBack ?? [])
      return
    case 'restore.failed':
      change.fault = entry.fault
      return
  }
}

const ENDING: ReadonlySet<RestoredEntry['decision']> = new Set([
  'put-back',
  'already',
  'released',
  'use-live',
  'force',
  'gone',
  'replaced',
  'missing',
] as const)

function written(change: ChangeState, left: readonly LeftSetting[], missing: readonly LeftSetting[]): void {
  const stepped = new Set(change.restored.filter(isStep).map(({ entry }) => entry))
  change.restored = became(became(change.restored, left, 'failed'), missing, 'missing')
  const decisionOf = new Map(change.restored.map(each => [each.entry, each.decision]))
  const ends = ({ entry }: Held) => ENDING.has(decisionOf.get(entry) ?? 'drift')
  change.ended = change.held.filter(ends)
  change.held = change.held
    .filter(held => !ends(held))
    .map(held => {
      const decision = decisionOf.get(held.entry)
      if (decision === 'kept-off' || decision === 'recent') return { ...held, off: decision }
      return decision === 'failed' && stepped.has(held.entry) ? asBeforeStepDown(held) : held
    })
  change.drift = change.restored.filter(({ decision }) => decision === 'drift').map(({ entry }) => entry)
  // The restore answers the findings of a verify before it; the next verify looks again.
  change.undone = change.undone.filter(entry => change.held.some(held => held.entry === entry))
  change.phase = change.held.length === 0 ? 'restored' : 'written'
  const [first] = left
  if (first) change.fault = first.fault
}

/** A setting that was not seen to take effect is not restored: its hold comes back. */
function verified(change: ChangeState, set: boolean, notBack: readonly string[]): void {
  const open = new Set(notBack)
  if (open.size > 0) {
    const stepped = new Set(change.restored.filter(isStep).map(({ entry }) => entry))
    const fault: FaultRecord = {
      code: 'unavailable',
      message: 'was written, and does not read back as written',
      where: change.identity.id,
    }
    change.restored = became(
      change.restored,
      notBack.map(entry => ({ entry, fault })),
      'failed',
    )
    change.held = [
      ...change.held.map(held =>
        open.has(held.entry) && stepped.has(held.entry) ? asBeforeStepDown(held) : held,
      ),
      ...(change.ended ?? []).filter(({ entry }) => open.has(entry)),
    ]
    change.phase = 'written'
    change.fault = fault
  }
  if (!set && open.size === 0) return
  change.restored = change.restored.map(each => (isWritten(each) ? { ...each, back: true } : each))
}

/** Whether a decision is one that writes. */
export function isWritten({ decision }: Pick<RestoredEntry, 'decision'>): boolean {
  return decision === 'put-back' || decision === 'force' || decision === 'step-down'
}

const isStep = ({ decision }: RestoredEntry) => decision === 'step-down'

function became(
  entries: readonly RestoredEntry[],
  settings: readonly LeftSetting[],
  decision: 'failed' | 'missing',
): RestoredEntry[] {
  const faults = new Map(settings.map(({ entry, fault }) => [entry, fault]))
  return entries.map(each => {
    const fault = faults.get(each.entry)
    return fault === undefined ? each : { ...each, decision, fault }
  })
}

function withoutOff({ off: _, ...held }: Held): Held {
  return held
}

/** A residue that could not be written: what stood there before is what we hold. */
function asBeforeStepDown({ until: _, ...held }: Held): Held {
  const earlier = held.earlier ?? []
  return { ...held, after: earlier.at(-1), earlier: [...earlier.slice(0, -1), held.after] }
}

/** The results of the last restore of a run, in settings. */
export interface RestoreCounts {
  /** Read back as they were before the run. */
  putBack: number
  already: number
  /** Held by another run. A setting of another change of the same run is restored by that change. */
  released: number
  steppedDown: number
  keptOff: number
  recent: number
  useLive: number
  gone: number
  replaced: number
  missing: number
  failed: number
  /** Written, and not read back: a crash came between, or an older version restored it. */
  unread: number
  drift: number
}

/** Counts what the last restore came to: what was read back, never what was decided. */
export function restoreCounts({ changes }: Pick<RunState, 'changes'>): RestoreCounts {
  const all = [...changes.values()]
  const entries = all.flatMap(({ restored }) => restored)
  const by = (...decisions: RestoredEntry['decision'][]) =>
    entries.filter(({ decision }) => decisions.includes(decision)).length
  const back = (...decisions: RestoredEntry['decision'][]) =>
    entries.filter(each => each.back === true && decisions.includes(each.decision)).length
  const open = (restoring: boolean) =>
    all
      .filter(({ phase }) => (phase === 'restoring') === restoring)
      .flatMap(({ restored }) => restored.filter(each => isWritten(each) && each.back !== true)).length
  return {
    putBack: back('put-back', 'force'),
    already: by('already'),
    released: entries.filter(({ decision, within }) => decision === 'released' && within !== true).length,
    steppedDown: back('step-down') + by('stepped-down'),
    keptOff: by('kept-off'),
    recent: by('recent'),
    useLive: by('use-live'),
    gone: by('gone'),
    replaced: by('replaced'),
    missing: by('missing'),
    failed: by('failed') + open(true),
    unread: open(false),
    drift: by('drift'),
  }
}
