import type { Added, Decision, RestoredEntry, RestoreOptions } from '../model/entry.ts'
import { differences, entryOf, type Facet, withEntries } from '../model/facet.ts'
import type { Context, Interruption, Reading } from '../model/interruption.ts'
import { type Json, same } from '../model/json.ts'
import { recentlyAdded } from '../model/recent-grants.ts'
import type { Held } from '../model/run/held-settings.ts'
import { type Holds, valueAfterRelease } from '../model/run/holds.ts'
import { horizonOf } from '../model/run/horizon.ts'
import type { ChangeState } from '../model/run/state.ts'
import { expected } from './setting-check.ts'
import { holderOf } from './world.ts'

/** How drift of one entry is resolved: leave it and hold it, end the hold and leave it, or write the value from before. */
export type Choice = 'skip' | 'use-live' | 'force'

/** Resolves drift of one entry: what the operator chose for it, else what they chose for all. */
export type Chooser = (key: string, entry: string) => Choice

/** A restore's decisions about one change. */
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

/** A change, the reading on which its restore is decided, and the operator's choices. */
export interface Question {
  interruption: Pick<Interruption, 'stepDown' | 'noStepDown'>
  change: ChangeState
  /** `undefined` when the identity is gone, or another one has its name. */
  reading: Reading | undefined
  /** Another identity has the name now. */
  replaced?: boolean
  context: Context
  holds: Holds
  options: RestoreOptions
  choose: Chooser
  /** The entries that are restored; all that the change holds by default. */
  entries?: ReadonlySet<string>
  /** Entries whose hold the operator ends without writing. */
  leave?: ReadonlySet<string>
}

/** Decides how our changes of an identity are restored, entry by entry, and nothing else of it. Pure. */
export function decide(question: Question): Decided {
  const { change, reading, context, options } = question
  const wanted = change.held.filter(({ entry }) => question.entries?.has(entry) ?? true)
  if (!reading) {
    const over = question.replaced ? 'replaced' : 'gone'
    return { entries: wanted.map(held => entryFor(held, undefined, over)), from: {}, to: {} }
  }
  const { facet } = reading
  const entries = wanted.map(held => decideOne(question, held, entryOf(facet, held.entry)))
  const lifted = entries.filter(({ decision }) => decision === 'put-back' || decision === 'force')
  const to = withEntries(
    facet,
    lifted.map(each => [each.entry, each.to]),
  )
  const decided: Decided = { entries, from: facet, to }
  const ends = lifted.length > 0 ? openHorizon(change, context.now) : undefined
  if (ends === undefined || options.acceptLiveTokens) return decided
  decided.horizonEnds = ends
  if (!options.stepDown) {
    decided.blocked = `sessions and tokens issued before the containment would work again until ${ends}`
    return decided
  }
  return isCovered(change, to, context.now) ? decided : steppedDown(question, decided)
}

function decideOne(question: Question, held: Held, live: Json | undefined): RestoredEntry {
  const { change, context, holds, options, choose, leave } = question
  const others = holds.others(context.identity.id, held.entry, holderOf(context), change.key)
  const target = valueAfterRelease(held, others)
  if (same(live, target)) {
    if (others.length === 0 && isSwitchedBack(question, held, target)) {
      const isLeft = leave?.has(held.entry) || choose(change.key, held.entry) === 'use-live'
      return entryFor(held, live, isLeft ? 'use-live' : 'drift')
    }
    if (others.length === 0) return entryFor(held, live, 'already')
    const here = others.every(({ run }) => run === holderOf(context))
    return { ...entryFor(held, live, 'released'), ...(here ? { within: true } : {}) }
  }
  if (leave?.has(held.entry)) return entryFor(held, live, 'use-live')
  const ours = [expected(held, holds, context, change), held.after, ...(held.earlier ?? [])]
  if (ours.some(value => same(live, value))) {
    const added = recentlyAdded(change, held, options)
    const off = offBecause(question, held, added)
    if (off) return entryFor(held, live, off, undefined, added)
    if (isWaiting(held, live, context.now) && options.stepDown && !options.acceptLiveTokens) {
      return entryFor(held, live, 'stepped-down')
    }
    return entryFor(held, live, 'put-back', target, added)
  }
  const choice = choose(change.key, held.entry)
  if (choice === 'use-live') return entryFor(held, live, 'use-live')
  return choice === 'force' ? entryFor(held, live, 'force', target) : entryFor(held, live, 'drift')
}

/** A setting that a restore leaves off on purpose is as it was before, and nobody asked for that: somebody else put it back. */
function isSwitchedBack(question: Question, held: Held, target: Json | undefined): boolean {
  const { change, options } = question
  const off = offBecause(question, held, recentlyAdded(change, held, options))
  return off !== undefined && !same(held.after, target)
}

/** Whether a restore leaves an entry off on purpose. */
function offBecause(
  { change, context, options }: Question,
  held: Held,
  added: Added | undefined,
): 'kept-off' | 'recent' | undefined {
  const given = options.giveBack?.includes(context.identity.id) === true
  if (change.planned.after === 'keep-off' && !given) return 'kept-off'
  return added !== undefined && held.after === undefined ? 'recent' : undefined
}

/** The residue of a step-down whose time has not come. */
function isWaiting({ until, after }: Held, live: Json | undefined, now: string): boolean {
  return until !== undefined && until > now && same(live, after)
}

/** Returns the horizon of a change, off-held settings included, while it is still to come (RFC 3339). */
function openHorizon(change: ChangeState, now: string): string | undefined {
  const end = horizonOf(change)
  return end !== undefined && end > now ? end : undefined
}

/** An earlier step-down of the change still denies what was issued before it, also after this restore. */
function isCovered(change: ChangeState, to: Facet, now: string): boolean {
  return change.held.some(held => isWaiting(held, entryOf(to, held.entry), now))
}

/** Puts everything back except one thing: "deny what was issued before now", ours until the horizon. */
function steppedDown({ interruption, change, context }: Question, decided: Decided): Decided {
  const stepped = interruption.stepDown?.(decided.to, context)
  const residue = stepped ? differences(decided.to, stepped) : []
  if (!stepped || residue.length === 0) {
    const why = interruption.noStepDown?.(decided.to, context)
    const because = why === undefined ? '' : ` (${why})`
    return {
      ...decided,
      blocked: `it cannot step down${because}; sessions and tokens issued before the containment would work again until ${decided.horizonEnds}`,
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
  decision: Decision,
  to?: RestoredEntry['to'],
  added?: Added,
): RestoredEntry {
  const writes = decision === 'put-back' || decision === 'force'
  return {
    entry: held.entry,
    before: held.before,
    ours: held.after,
    live,
    decision,
    ...(writes ? { to } : {}),
    ...(added === undefined ? {} : { added }),
  }
}
