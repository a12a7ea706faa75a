import { placeOfRun, runCommand } from '../model/command-text.ts'
import type { Decision, PreviewedChange, RestoredEntry } from '../model/entry.ts'
import { identityText, type Names } from '../model/identity-text.ts'
import { type Json, same } from '../model/json.ts'
import { listed } from '../model/listed.ts'
import type { RunState } from '../model/run/state.ts'
import { entryName, sideBySide } from './entry.ts'
import { namesInRun } from './names.ts'
import { clockTime, folded, type Page, type Paint, relative } from './page.ts'
import { clip, hanging, pad, plain, width, wrapNames } from './text.ts'
import { changeText, valueText } from './value.ts'

/** Returns the steps of a restore, entry by entry; drift with all three images. */
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
  if (more > 0)
    lines.push(`  … and ${more} more (${runCommand('restore', placeOfRun(state), '--dry-run', '--all')})`)
  const kept = [...state.changes.values()].filter(({ phase }) => phase === 'already')
  for (const { identity, planned } of kept.slice(0, 10)) {
    lines.push(
      page.paint.faint(
        clip(`  ${identityText(identity, names)}  ${planned.verb}: was so before; stays`, page.columns),
      ),
    )
  }
  if (changes.length === 0) lines.push('  nothing is held any more')
  lines.push(...blockedLines(changes, runCommand('restore', placeOfRun(state)), page))
  return `${lines.join('\n')}\n`
}

/** Returns the changes that are refused until a moment, the reason, and the alternatives. */
function blockedLines(changes: readonly PreviewedChange[], command: string, page: Page): string[] {
  const blocked = changes.filter(change => change.blocked !== undefined)
  const ends = blocked
    .map(({ horizonEnds }) => horizonEnds ?? '')
    .sort()
    .at(-1)
  if (!ends) return []
  // A change that cannot step down says so itself.
  const stuck = blocked.filter(({ blocked: why }) => why?.startsWith('it cannot step down') === true)
  const hint =
    stuck.length === 0
      ? 'without --no-step-down, what was issued before now is denied instead'
      : `there is no step-down for ${listed(stuck.map(({ identity, blocked: why }) => `${identityText(identity)}${/^it cannot step down( \(.*?\));/s.exec(why ?? '')?.[1] ?? ''}`))}: leave it to later (${command} --only NAME), or --accept-live-tokens`
  const text = `sessions and tokens issued before the containment expire at ${clockTime(ends, page.now)}: a restore is refused until then; ${hint}`
  return ['', ...hanging('  ! ', text, page.columns, page.paint.person)]
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
    ...entries.flatMap(entry => restoredEntryLines(entry, seen, page)),
    ...(fault
      ? wrapNames(`stays as it is: ${plain(fault.message)}`, page.columns - 6).map((line, at) =>
          page.paint.open(`    ${at === 0 ? '✖' : ' '} ${line}`),
        )
      : []),
  ]
}

/** One entry of a restore: what becomes of it, and for drift all three images. */
export function restoredEntryLines(restored: RestoredEntry, seen: Json | undefined, page: Page): string[] {
  const { entry, before, ours, live, decision } = restored
  const name = entryName(entry, seen)
  const room = page.columns - 4
  const lines = sideBySide(pad(name, Math.max(12, width(name))), decisionText(restored, page), room).map(
    line => paintOf(decision, page)(`    ${line}`),
  )
  if (decision !== 'drift' && decision !== 'force' && decision !== 'use-live') return lines
  const image = (word: string, value: RestoredEntry['before']) =>
    wrapNames(valueText(value), room - 12).map(
      (line, at) => `        ${(at === 0 ? word : '').padEnd(7)} ${line}`,
    )
  return [...lines, ...image('before', before), ...image('ours', ours), ...image('now', live)]
}

function decisionText(restored: RestoredEntry, page: Page): string {
  const { decision, live, to } = restored
  const made = addedText(restored, page)
  switch (decision) {
    case 'put-back':
      return `${live === undefined ? 'added again' : to === undefined ? 'taken away' : changeText(live, to)}${made}`
    case 'already':
      return 'is back already'
    case 'released':
      return restored.within === true
        ? 'restored with another change of this run, which holds it too'
        : 'stays: another run still holds it'
    case 'step-down':
      return 'narrowed: denies only what was issued before now'
    case 'stepped-down':
      return 'stays until a second restore: denies what was issued before the first'
    case 'kept-off':
      return 'stays off: it leaked (--give-back switches it on)'
    case 'recent':
      return `left out${made}; --include-recent puts it back`
    case 'drift':
      return same(live, restored.before)
        ? 'drift: somebody set it back to the value of before; left alone, still held'
        : 'drift: left alone, still held'
    case 'use-live':
      return same(live, restored.ours)
        ? 'stays as it is now; its hold ends'
        : 'drift: the value of now is kept, and its hold ends'
    case 'force':
      return `drift: the value of before is written over it, ${changeText(live, to)}`
    case 'gone':
      return 'no longer exists'
    case 'replaced':
      return 'another identity has its name now: not touched'
    case 'missing':
      return 'cannot be restored: it refers to something that no longer exists'
    case 'failed':
      return 'failed, still held'
  }
}

/** `, added 4m ago by terraform`, for what was made shortly before the run. */
function addedText({ added }: RestoredEntry, { now }: Page): string {
  if (added === undefined) return ''
  return `, added ${relative(added.at, now)}${added.by === undefined ? '' : ` by ${plain(added.by)}`}`
}

const QUIET: ReadonlySet<Decision> = new Set(['already', 'released', 'gone', 'stepped-down'])
const FOR_A_PERSON: ReadonlySet<Decision> = new Set([
  'drift',
  'force',
  'use-live',
  'kept-off',
  'recent',
  'replaced',
])

function paintOf(decision: Decision, { paint }: Page): Paint {
  if (decision === 'failed' || decision === 'missing') return paint.open
  if (FOR_A_PERSON.has(decision)) return paint.person
  return QUIET.has(decision) ? paint.faint : text => text
}
