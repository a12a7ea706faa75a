import type { RestoredEntry, RestoreOptions } from '../model/entry.ts'
import { differences, entryOf, type Facet, withEntries } from '../model/facet.ts'
import type { Held } from '../model/held.ts'
import { type Holds, valueAfterRelease } from '../model/holds.ts'
import type { Context, Interruption, Reading } from '../model/interruption.ts'
import { same } from '../model/json.ts'
import type { ChangeState } from '../model/replay.ts'
import { expected } from './verify.ts'
import { holderOf } from './world.ts'

export type Choice = 'skip' | 'use-live' | 'force'

/** Resolves drift of one entry: what the operator chose for it, else what they chose for all. */
export type Chooser = (key: string, entry: string) => Choice

/** What a restore would do with one change. */
export interface Decided {
  entries: RestoredEntry[]
  from: Facet
  to: Facet
  /** When something issued before the cut stops being honoured; undefined: nothing is lifted, or it has passed. */
  horizonEnds?: string
  /** Why it must not be done now. */
  blocked?: string
  /** When a step-down may be removed. */
  until?: string
}

interface Question {
  interruption: Interruption
  change: ChangeState
  reading: Reading | undefined
  context: Context
  holds: Holds
  options: RestoreOptions
  choose: Chooser
}

/** Our delta, nothing else, entry by entry; pure. */
export function decide(question: Question): Decided {
  const { change, reading, context, holds, options, choose } = question
  if (!reading) {
    const entries = change.held.map(held => entryFor(held, undefined, 'gone'))
    return { entries, from: {}, to: {} }
  }
  const { facet } = reading
  const entries = change.held.map(held => {
    const live = entryOf(facet, held.entry)
    const others = holds.others(context.identity.id, held.entry, holderOf(context), change.key)
    const target = valueAfterRelease(held, others)
    if (same(live, target)) return entryFor(held, live, others.length > 0 ? 'released' : 'already')
    const ours = [expected(held, holds, context, change), held.after, ...(held.earlier ?? [])]
    if (ours.some(value => same(live, value))) return entryFor(held, live, 'put-back', target)
    const choice = choose(change.key, held.entry)
    if (choice === 'use-live') return entryFor(held, live, 'use-live')
    return choice === 'force' ? entryFor(held, live, 'force', target) : entryFor(held, live, 'drift')
  })
  const to = withEntries(
    facet,
    entries
      .filter(({ decision }) => decision === 'put-back' || decision === 'force')
      .map(each => [each.entry, each.to]),
  )
  const decided: Decided = { entries, from: facet, to }
  const lifts = entries.some(({ decision }) => decision === 'put-back' || decision === 'force')
  const ends = lifts ? horizonEnds(change, context.now) : undefined
  if (ends === undefined || options.acceptLiveTokens) return decided
  decided.horizonEnds = ends
  if (!options.stepDown) {
    decided.blocked = `what was issued before the cut would work again until ${ends}`
    return decided
  }
  return steppedDown(question, decided)
}

/** When the last thing issued before the cut dies, if that is still to come. */
function horizonEnds(change: ChangeState, now: string): string | undefined {
  const stepped = change.held.map(({ until }) => until ?? '').sort()
  const latest = stepped.at(-1)
  const since = change.writtenAt ?? change.held[0]?.at
  const ends =
    latest ||
    (since === undefined ? '' : new Date(Date.parse(since) + change.planned.horizon * 1000).toISOString())
  return change.planned.horizon > 0 && ends > now ? ends : undefined
}

/** Puts everything back except one thing: "deny what was issued before now", ours until the horizon. */
function steppedDown({ interruption, change, context }: Question, decided: Decided): Decided {
  const stepped = interruption.stepDown?.(decided.to, context)
  const residue = stepped ? differences(decided.to, stepped) : []
  if (!stepped || residue.length === 0) {
    return {
      ...decided,
      blocked: `it cannot step down; what was issued before the cut would work again until ${decided.horizonEnds}`,
    }
  }
  const byEntry = new Map(residue.map(each => [each.entry, each]))
  const entries = decided.entries.map((each): RestoredEntry => {
    const step = byEntry.get(each.entry)
    if (!step) return each
    byEntry.delete(each.entry)
    return { ...each, decision: 'step-down', to: step.to }
  })
  for (const step of byEntry.values()) {
    const before = entryOf(decided.from, step.entry)
    entries.push({
      entry: step.entry,
      before,
      ours: undefined,
      live: before,
      decision: 'step-down',
      to: step.to,
    })
  }
  const until = new Date(Date.parse(context.now) + change.planned.horizon * 1000).toISOString()
  return { ...decided, entries, to: stepped, until }
}

function entryFor(
  held: Held,
  live: RestoredEntry['live'],
  decision: RestoredEntry['decision'],
  to?: RestoredEntry['to'],
): RestoredEntry {
  const writes = decision === 'put-back' || decision === 'force'
  return {
    entry: held.entry,
    before: held.before,
    ours: held.after,
    live,
    decision,
    ...(writes ? { to } : {}),
  }
}
