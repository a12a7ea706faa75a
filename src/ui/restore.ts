import type { Decision, RestoredEntry } from '../model/entry.ts'
import type { FaultRecord } from '../model/fault.ts'
import type { Identity } from '../model/identity.ts'
import type { Json } from '../model/json.ts'
import { isOpen, manualSteps, openManual, type RunState } from '../model/replay.ts'
import { entryName, sideBySide } from './entry.ts'
import { identityText, type Names } from './identity.ts'
import { namesInRun } from './names.ts'
import { noteLines } from './notes.ts'
import { numbersOf, wordOf } from './numbers.ts'
import { clockTime, folded, type Page, type Paint } from './page.ts'
import { clip, count, pad, plain, width, wrap, wrapNames } from './text.ts'
import { changeText, valueText } from './value.ts'

export interface PreviewedChange {
  key: string
  identity: Identity
  interruption: string
  entries: readonly RestoredEntry[]
  horizonEnds?: string
  blocked?: string
  fault?: FaultRecord
}

/** What a restore is about to do, entry by entry; drift with all three images. */
export function previewText(state: RunState, changes: readonly PreviewedChange[], page: Page): string {
  const { run, plan, actor, ticket } = state
  const names = namesInRun(state)
  const head = `${run} · ${plain(plan.playbook.name)} · by ${plain(actor.user)}${ticket ? `, ticket ${plain(ticket)}` : ''}`
  const { shown, more } = folded(changes, 20, page)
  const lines = [
    clip(head, page.columns),
    '',
    ...shown.flatMap(change => changeLines(change, state, names, page)),
  ]
  if (more > 0) lines.push(`  … and ${more} more (interdict restore ${run} --dry-run --all)`)
  const kept = [...state.changes.values()].filter(({ phase }) => phase === 'already')
  for (const { identity, planned } of kept.slice(0, 10)) {
    lines.push(
      page.paint.faint(
        clip(`  ${identityText(identity, names)}  ${planned.verb}: was so before; stays`, page.columns),
      ),
    )
  }
  if (changes.length === 0) lines.push('  nothing is held any more')
  // What cannot step down is refused all the same, and says so itself.
  const stuck = changes.filter(({ blocked }) => blocked?.startsWith('it cannot step down') === true)
  const ends = changes
    .flatMap(({ blocked, horizonEnds }) => (blocked === undefined ? [] : [horizonEnds ?? '']))
    .sort()
    .at(-1)
  if (ends) {
    const hint =
      stuck.length === 0
        ? 'unless with --step-down or --accept-live-tokens'
        : `also with --step-down, of which ${listed(stuck.map(({ identity }) => identityText(identity, names)))} has none: leave it to later with --only, or --accept-live-tokens`
    const text = `what was issued before the cut lives until ${clockTime(ends, page.now)}: a restore is refused until then, ${hint}`
    lines.push(
      '',
      ...wrap(text, page.columns - 4).map((line, at) =>
        page.paint.person(`  ${at === 0 ? '!' : ' '} ${line}`),
      ),
    )
  }
  return `${lines.join('\n')}\n`
}

/** A few of many, in a sentence. */
export function listed(texts: readonly string[]): string {
  const each = [...new Set(texts)]
  return each.length > 3 ? `${each.slice(0, 2).join(', ')} and ${each.length - 2} more` : each.join(', ')
}

function changeLines(
  { key, identity, interruption, entries, fault }: PreviewedChange,
  state: RunState,
  names: Names,
  page: Page,
): string[] {
  const verb = interruption.slice(interruption.lastIndexOf('.') + 1)
  const seen = state.changes.get(key)?.planned.seen
  return [
    ...wrapNames(`${identityText(identity, names)}  ${verb}`, page.columns - 4).map(
      (line, at) => `${at === 0 ? '  ' : '    '}${line}`,
    ),
    ...entries.flatMap(entry => entryLines(entry, seen, page)),
    ...(fault
      ? wrapNames(`stays as it is: ${plain(fault.message)}`, page.columns - 6).map((line, at) =>
          page.paint.open(`    ${at === 0 ? '✖' : ' '} ${line}`),
        )
      : []),
  ]
}

function entryLines(restored: RestoredEntry, seen: Json | undefined, page: Page): string[] {
  const { entry, before, ours, live, decision } = restored
  const name = entryName(entry, seen)
  const room = page.columns - 4
  const lines = sideBySide(pad(name, Math.max(12, width(name))), decisionText(restored), room).map(line =>
    paintOf(decision, page)(`    ${line}`),
  )
  if (decision !== 'drift' && decision !== 'force' && decision !== 'use-live') return lines
  const image = (word: string, value: RestoredEntry['before']) =>
    wrapNames(valueText(value), room - 12).map(
      (line, at) => `        ${(at === 0 ? word : '').padEnd(7)} ${line}`,
    )
  return [...lines, ...image('before', before), ...image('ours', ours), ...image('now', live)]
}

function decisionText({ decision, live, to }: RestoredEntry): string {
  switch (decision) {
    case 'put-back':
      return live === undefined ? 'put back' : to === undefined ? 'taken away' : changeText(live, to)
    case 'already':
      return 'is back already'
    case 'released':
      return 'stays: another run still holds it'
    case 'step-down':
      return 'until the horizon: deny what was issued before now'
    case 'drift':
      return 'drift: left alone, still held'
    case 'use-live':
      return 'drift: now is taken as the truth'
    case 'force':
      return `drift: forced back, ${changeText(live, to)}`
    case 'gone':
      return 'no longer exists'
  }
}

function paintOf(decision: Decision, { paint }: Page): Paint {
  if (decision === 'drift' || decision === 'force' || decision === 'use-live') return paint.person
  return decision === 'already' || decision === 'released' || decision === 'gone' ? paint.faint : text => text
}

function stillHeld({ changes }: RunState, identity: string): boolean {
  return [...changes.values()].some(change => change.identity.id === identity && change.held.length > 0)
}

/** What a restore came to. */
export function restoredText(state: RunState, page: Page): string {
  const { paint } = page
  const names = namesInRun(state)
  const changes = [...state.changes.values()].filter(({ restored }) => restored.length > 0)
  const entries = changes.flatMap(({ restored }) => restored)
  const by = (...decisions: Decision[]) =>
    entries.filter(({ decision }) => decisions.includes(decision)).length
  const lines: string[] = []
  for (const { identity, planned, fault, restored } of changes) {
    for (const entry of restored.filter(({ decision }) => decision === 'drift')) {
      lines.push(
        clip(`  ${identityText(identity, names)}  ${planned.verb}`, page.columns),
        ...entryLines(entry, planned.seen, page),
      )
    }
    if (fault) {
      const text = `${identityText(identity, names)} ${planned.verb}: ${plain(fault.message)}`
      lines.push(
        ...wrap(text, page.columns - 4).map((line, at) => paint.open(`  ${at === 0 ? '✖' : ' '} ${line}`)),
      )
    }
  }
  if (lines.length > 0) lines.push('')
  const numbers = numbersOf(state, page.now)
  const parts = [`${by('put-back', 'force')} put back`]
  const others: [number, string][] = [
    [by('already'), 'back already'],
    [by('released'), 'released to another run'],
    [by('step-down'), 'stepped down until the horizon'],
    [by('use-live'), 'taken as they are now'],
    [by('gone'), 'gone'],
    [by('drift'), 'left alone: drift'],
  ]
  for (const [number, text] of others) if (number > 0) parts.push(`${number} ${text}`)
  const touched = new Set(changes.map(({ identity }) => identity.id))
  const manual = manualSteps(state).filter(({ identity }) => touched.has(identity))
  const back = manual.filter(({ identity }) => !stillHeld(state, identity))
  const status = `interdict status ${state.run}`
  lines.push(
    ...noteLines('by hand: what was done of this is to be taken back', back, status, names, page),
    ...noteLines('by hand, as long as it is held', openManual(state), status, names, page),
  )
  const word = isOpen(state) ? paint.person(wordOf(state)) : paint.proven(wordOf(state))
  lines.push(`${word}  ${parts.join(', ')}`)
  if (isOpen(state))
    lines.push(`still held: ${count(numbers.holds, 'change')} · interdict status ${state.run}`)
  return `${lines.join('\n')}\n`
}
