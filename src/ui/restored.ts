import { placeOfRun, runCommand } from '../model/command-text.ts'
import type { RestoredEntry } from '../model/entry.ts'
import { identityText, type Names } from '../model/identity-text.ts'
import { numbersOf } from '../model/run/numbers.ts'
import { wordOf } from '../model/run/progress.ts'
import { isOpen, manualSteps, openManual } from '../model/run/replay.ts'
import { type RestoreCounts, restoreCounts } from '../model/run/restore-fold.ts'
import type { ChangeState, RunState } from '../model/run/state.ts'
import { entryName } from './entry.ts'
import { namesInRun } from './names.ts'
import { noteLines } from './notes.ts'
import { clockTime, type Page, type Paint } from './page.ts'
import { restoredEntryLines } from './restore.ts'
import { secondRestore } from './second-restore.ts'
import { clip, count, hanging, plain, wrap, wrapNames } from './text.ts'

/** Returns the result of a restore. */
export function restoredText(state: RunState, page: Page): string {
  const { paint } = page
  const names = namesInRun(state)
  const command = runCommand('restore', placeOfRun(state))
  const changes = [...state.changes.values()].filter(({ restored }) => restored.length > 0)
  const lines = changes.flatMap(change => changeLines(change, names, page))
  if (lines.length > 0) lines.push('')
  const touched = new Set(changes.map(({ identity }) => identity.id))
  const manual = manualSteps(state).filter(({ identity }) => touched.has(identity))
  const back = manual.filter(({ identity }) => !stillHeld(state, identity))
  const status = runCommand('status', placeOfRun(state))
  const all = runCommand('status', placeOfRun(state), '--all')
  lines.push(
    ...noteLines('by hand: what was done of this is to be taken back', back, all, names, page),
    ...noteLines('by hand, as long as it is held', openManual(state), all, names, page),
    ...offLines(changes, command, names, page),
  )
  const paintOfState = isOpen(state) ? paint.person : paint.proven
  const [first = '', ...more] = hanging(`${wordOf(state)}  `, countsText(restoreCounts(state)), page.columns)
  lines.push(first.replace(wordOf(state), paintOfState), ...more)
  const second = secondRestore(state)
  if (second) {
    const when = `second restore from ${clockTime(second.from, page.now)}: until then what was issued before the restore is denied`
    lines.push(...wrap(when, page.columns), `  ${command}`)
  }
  if (isOpen(state)) {
    lines.push(`still held: ${count(numbersOf(state, page.now).holds, 'change')} · ${status}`)
  }
  return `${lines.join('\n')}\n`
}

/** A restore that has nothing to do now: what is held only waits for its time, or stays off on purpose. */
export function idleText(state: RunState, page: Page): string {
  const command = runCommand('restore', placeOfRun(state))
  const held = [...state.changes.values()].filter(each => each.held.length > 0)
  if (held.length === 0) return `run ${state.run} holds nothing any more\n`
  const names = namesInRun(state)
  const second = secondRestore(state)
  const lines = [
    second === undefined
      ? `nothing is left to restore in run ${state.run}`
      : `nothing to restore yet: second restore from ${clockTime(second.from, page.now)} · ${command}`,
    ...offLines(held, command, names, page),
  ]
  return `${lines.join('\n').trimEnd()}\n`
}

/** In settings: what was read back, and what became of the rest. */
export function countsText(counts: RestoreCounts): string {
  const others: [number, string][] = [
    [counts.already, 'back already'],
    [counts.released, 'released to another run'],
    [counts.steppedDown, 'stepped down'],
    [counts.keptOff, 'kept off'],
    [counts.recent, 'left out: recent'],
    [counts.useLive, 'taken as they are now'],
    [counts.gone, 'gone'],
    [counts.replaced, 'of another identity now'],
    [counts.missing, 'missing'],
    [counts.failed, 'failed'],
    [counts.unread, 'not read back'],
    [counts.drift, 'left alone: drift'],
  ]
  const parts = others.filter(([number]) => number > 0).map(([number, text]) => `${number} ${text}`)
  return [`${counts.putBack} put back`, ...parts].join(', ')
}

function changeLines(
  { identity, planned, fault, restored }: ChangeState,
  names: Names,
  page: Page,
): string[] {
  const { paint } = page
  const title = `${identityText(identity, names)}  ${planned.verb}`
  const shown = restored.filter(({ decision }) => decision === 'drift' || decision === 'replaced')
  const failed = restored.filter(each => each.fault !== undefined)
  const lines = shown.length === 0 ? [] : [clip(`  ${title}`, page.columns)]
  lines.push(...shown.flatMap(entry => restoredEntryLines(entry, planned.seen, page)))
  for (const entry of failed)
    lines.push(...failedLines(entry, `${title}  ${entryName(entry.entry, planned.seen)}`, page))
  const printed = fault !== undefined && failed.some(each => each.fault?.message === fault.message)
  if (fault && !printed) {
    lines.push(
      ...marked(
        '✖',
        `${identityText(identity, names)} ${planned.verb}: ${plain(fault.message)}`,
        paint.open,
        page,
      ),
    )
    if (fault.next) lines.push(...indented(plain(fault.next), page))
  }
  return lines
}

/** A setting that stays as it is: which, of whom, why, and the way out. */
function failedLines({ decision, fault }: RestoredEntry, title: string, page: Page): string[] {
  if (fault === undefined) return []
  const word = decision === 'missing' ? 'missing' : 'failed'
  const paint = decision === 'missing' ? page.paint.person : page.paint.open
  return [
    ...marked(decision === 'missing' ? '!' : '✖', `${title}: ${word}: ${plain(fault.message)}`, paint, page),
    ...(fault.next === undefined ? [] : indented(plain(fault.next), page)),
  ]
}

function marked(mark: string, text: string, paint: Paint, page: Page): string[] {
  return wrapNames(text, page.columns - 4).map((line, at) => paint(`  ${at === 0 ? mark : ' '} ${line}`))
}

function indented(text: string, page: Page): string[] {
  return wrapNames(text, page.columns - 6).map(line => `      ${line}`)
}

/** Returns the settings that were left off on purpose, and the commands that follow. */
function offLines(changes: readonly ChangeState[], command: string, names: Names, page: Page): string[] {
  const lines = changes.flatMap(({ identity, planned, held, rotation }) => {
    const name = identityText(identity, names)
    return held.flatMap(({ off, entry }) => {
      if (off === 'kept-off') {
        const rotate = rotation?.done
          ? ''
          : `a new one: ${command.replace('restore', 'rotate')} --into DESTINATION; `
        const text = `${name} stays off, because it leaked. ${rotate}delete it once nothing misses it; to give it back: ${command} --give-back ${identity.id} --reason TEXT`
        return marked('!', text, page.paint.person, page)
      }
      if (off === 'recent') {
        const text = `${name}  ${entryName(entry, planned.seen)} was added shortly before the run, and was left out. To put it back: ${command} --include-recent --only ${identity.id}`
        return marked('!', text, page.paint.person, page)
      }
      return []
    })
  })
  return lines.length === 0 ? [] : [...lines, '']
}

function stillHeld({ changes }: RunState, identity: string): boolean {
  return [...changes.values()].some(change => change.identity.id === identity && change.held.length > 0)
}
