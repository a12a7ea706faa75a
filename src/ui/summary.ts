import { placeOfRun, runCommand } from '../model/command-text.ts'
import { calledOf, identityText, idText } from '../model/identity-text.ts'
import { accountsOf } from '../model/run/accounts.ts'
import { isSettling, settlingChanges } from '../model/run/enforcement.ts'
import { numbersOf } from '../model/run/numbers.ts'
import { openManual } from '../model/run/replay.ts'
import type { RunState } from '../model/run/state.ts'
import { accountText } from './account.ts'
import { takenText } from './fallback.ts'
import { unreachedGroups } from './grouped-accounts.ts'
import { laneMark, laneWord } from './lane.ts'
import { namesInRun } from './names.ts'
import { newcomerLines } from './newcomers.ts'
import { noteLines } from './notes.ts'
import type { Page, Paint } from './page.ts'
import { folded } from './page.ts'
import { changeProblem, fightText } from './problem.ts'
import { reviewText } from './review.ts'
import { settleText } from './settling.ts'
import { count, hanging, joined, plain, wrap } from './text.ts'
import { unprovableCount, unprovableLines } from './unprovable.ts'

const FOLD = 10
/** Problems of one kind that are listed one by one. */
const ALIKE = 3

/** Returns the result of a containment: the last lines on the screen, and the first that are read. */
export function summaryText(state: RunState, journal: string, page: Page): string {
  const { paint } = page
  const numbers = numbersOf(state, page.now)
  const status = state.finished ?? 'interrupted'
  const waiting = settlingChanges(state, page.now)
  const done = waiting.length > 0 ? paint.strong : paint.proven
  const word =
    status === 'complete'
      ? done('complete  ')
      : status === 'settling'
        ? paint.person('settling  ')
        : paint.open(status.padEnd(10))
  const already = [...state.changes.values()].filter(({ phase }) => phase === 'already').length
  const parts = [
    `${numbers.proven} of ${count(numbers.changes, 'change')} ${numbers.proven === 1 ? 'holds and is' : 'hold and are'} proven`,
  ]
  if (waiting.length > 0) {
    parts.push(
      `${waiting.length} ${waiting.length === 1 ? 'is' : 'are'} set and read back, ${settleText(waiting, page.now)} (documented delay)`,
    )
  }
  const unprovable = unprovableCount(numbers.unprovable)
  if (unprovable !== undefined) parts.push(unprovable)
  if (already > 0) parts.push(`${already} ${already === 1 ? 'was' : 'were'} so before`)
  if (numbers.unreached > 0) parts.push(`${count(numbers.unreached, 'account')} not reached`)
  const lines = [
    ...accountLines(state, page),
    ...problemLines(state, page),
    ...spaced(unprovableLines(state, namesInRun(state), page)),
    ...cautionLines(state, page),
    ...fightLines(state, page),
    ...foundLines(state, page),
    ...unsweptLines(state, page),
    ...newcomerLines(state, page),
    ...noteLines(
      'left alive',
      state.plan.reachable ?? [],
      runCommand('status', placeOfRun(state), '--all'),
      namesInRun(state),
      page,
    ),
    ...noteLines(
      'by hand',
      openManual(state),
      runCommand('status', placeOfRun(state), '--all'),
      namesInRun(state),
      page,
    ),
    row(word, parts.join('; '), page),
    row('journal', plain(journal), page),
    ...reviewRows(state, page),
  ]
  const place = placeOfRun(state)
  const first =
    status === 'complete'
      ? []
      : status === 'settling' || status === 'contested'
        ? [runCommand('guard', place)]
        : [runCommand('resume', place)]
  const next = [...first, runCommand('status', place), runCommand('restore', place, '--dry-run')]
  lines.push(next.map((command, at) => `${(at === 0 ? 'next' : '').padEnd(10)}  ${command}`))
  return `${lines.flat().join('\n')}\n`
}

function spaced(lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : [...lines, '']
}

/** The review and the earliest restore, side by side. */
function reviewRows(state: RunState, page: Page): string[][] {
  const text = reviewText(state, page)
  return text === undefined ? [] : [row('then', text, page)]
}

function row(word: string, text: string, page: Page): string[] {
  // A word in colour has more characters than columns; the longest, `interrupted`, has 11.
  return wrap(text, page.columns - 13).map((line, at) =>
    at === 0 ? `${word.padEnd(10)}  ${line}` : `${' '.repeat(12)}${line}`,
  )
}

function accountLines(state: RunState, page: Page): string[] {
  const { paint } = page
  const accounts = accountsOf(state)
  const idle = accounts.filter(({ changes }) => changes.length === 0)
  const busy = accounts
    .filter(({ changes }) => changes.length > 0)
    .map(account => {
      const { changes } = account
      const set = changes.filter(each => each.set).length
      const denied = changes.filter(each => each.denied === 'denied').length
      const asked = changes.filter(each => each.denied !== null).length
      const word = laneWord(account, state, page.now)
      const unknown = changes.filter(each => each.set && each.denied === 'unknown').length
      const waiting = changes.filter(each => each.set && isSettling(each, page.now))
      const mark = laneMark(word, page)
      const parts = [
        accountText(account),
        `${set}/${changes.length} set`,
        ...(asked === 0 ? [] : [`${denied}/${asked} denied`]),
        ...(unknown === 0 ? [] : [`${unknown} unknown`]),
        ...(waiting.length === 0 ? [] : [`${waiting.length} ${settleText(waiting, page.now)}`]),
      ]
      const lines = joined(parts, '   ', page.columns - 4).map(
        (line, at) => `  ${at === 0 ? mark : ' '} ${line}`,
      )
      return { ok: word !== 'open', lines }
    })
  // Those that need a person are never folded away.
  const { shown, more } = folded(
    busy.filter(({ ok }) => ok),
    FOLD,
    page,
  )
  const named = new Set(shown)
  const lines = busy.filter(each => !each.ok || named.has(each)).flatMap(({ lines }) => lines)
  if (more > 0)
    lines.push(
      paint.faint(
        `    … and ${more} more accounts as wanted (${runCommand('status', placeOfRun(state), '--all')})`,
      ),
    )
  if (idle.length > 0) {
    const { shown: few, more: others } = folded(idle, FOLD, page)
    const rest = others > 0 ? `, and ${others} more` : ''
    const text = `nothing to stop in ${few.map(accountText).join(', ')}${rest}`
    lines.push(...wrap(text, page.columns - 4).map(line => paint.faint(`    ${line}`)))
  }
  for (const { name, reason } of unreachedGroups(state.unreached, page)) {
    lines.push(...hanging('  ✖ ', `${name}: ${reason}`, page.columns, page.paint.open))
    lines.push(`    nothing was changed there; fix it and run: ${runCommand('resume', placeOfRun(state))}`)
  }
  for (const each of state.plan.unlisted ?? []) lines.push(...unlistedLines(each, state, page))
  return [...lines, '']
}

/** Kinds of which an account may have more than the run knows of. */
function unlistedLines(
  { cloud, account, kinds, because }: NonNullable<RunState['plan']['unlisted']>[number],
  state: RunState,
  page: Page,
): string[] {
  const text = `${plain(`${cloud} ${account}`)}: not every ${kinds.join(', ')} could be listed: ${plain(because)}`
  return [
    ...hanging('  ✖ ', text, page.columns, page.paint.open),
    `    fix it and run: ${runCommand('resume', placeOfRun(state))}`,
  ]
}

function problemLines(state: RunState, page: Page): string[] {
  const names = namesInRun(state)
  const problems = new Map<string, string[]>()
  const add = (what: string, problem: string) =>
    problems.set(problem, [...(problems.get(problem) ?? []), what])
  for (const change of state.changes.values()) {
    const problem = changeProblem(change)
    if (problem !== undefined) add(`${identityText(change.identity, names)} ${change.planned.verb}`, problem)
  }
  for (const { identity, interruption, because } of state.plan.refused) {
    add(`${identityText(identity, names)} ${interruption}`, `cannot be done: ${plain(because)}`)
  }
  if (problems.size === 0) return []
  const texts = [...problems].flatMap(([problem, whats]) => {
    if (page.all || whats.length <= ALIKE) return whats.map(what => `${what}: ${problem}`)
    return [
      `${whats.length} changes: ${problem}: ${whats.slice(0, ALIKE).join(', ')}, … (${runCommand('status', placeOfRun(state))})`,
    ]
  })
  return listed('  ✖ ', texts, runCommand('status', placeOfRun(state), '--all'), page, page.paint.open)
}

/** Fallbacks that were carried out, and cautions about changes that hold. */
function cautionLines(state: RunState, page: Page): string[] {
  const names = namesInRun(state)
  const texts = [...state.changes.values()].flatMap(change => {
    if (change.held.length === 0) return []
    const taken = takenText(change)
    const all = [...(taken === undefined ? [] : [taken]), ...(change.planned.cautions ?? []).map(plain)]
    return all.map(text => `${identityText(change.identity, names)} ${change.planned.verb}: ${text}`)
  })
  return personLines(texts, state, page)
}

/** Returns the settings that somebody undid, and the outcome. */
function fightLines(state: RunState, page: Page): string[] {
  const names = namesInRun(state)
  const texts = [...state.changes.values()].flatMap(change => {
    const text = change.contested === undefined ? fightText(change, page.now) : undefined
    return text === undefined
      ? []
      : [`${identityText(change.identity, names)} ${change.planned.verb}: ${text}`]
  })
  return personLines(texts, state, page)
}

function personLines(texts: readonly string[], state: RunState, page: Page): string[] {
  return listed('  ! ', texts, runCommand('status', placeOfRun(state), '--all'), page, page.paint.person)
}

/** The texts, a mark before each, and how many more there are. */
function listed(mark: string, texts: readonly string[], command: string, page: Page, paint: Paint): string[] {
  if (texts.length === 0) return []
  const { shown, more } = folded(texts, FOLD, page)
  return [
    ...shown.flatMap(text => hanging(mark, text, page.columns, paint)),
    ...(more > 0 ? [`    … and ${more} more (${command})`] : []),
    '',
  ]
}

/** Principals that may have credentials nobody saw, since they could not be listed. */
function unsweptLines(state: RunState, page: Page): string[] {
  const names = namesInRun(state)
  const texts = state.unswept.map(
    ({ owner, fault }) =>
      `new credentials of ${idText(owner, names)} could not be looked for: ${plain(fault.message)}`,
  )
  return listed('  ✖ ', texts, runCommand('status', placeOfRun(state), '--json'), page, page.paint.open)
}

function foundLines({ found }: RunState, page: Page): string[] {
  if (found.length === 0) return []
  const stopped = found.filter(({ contained }) => contained).length
  const names = found.slice(0, 6).map(({ identity }) => calledOf(identity))
  const left = found.length - stopped
  const text = `${count(found.length, 'credential')} appeared during containment; ${stopped} stopped too${left > 0 ? `, ${left} still open` : ''}: ${names.join(' ')}${found.length > 6 ? ' …' : ''}`
  return [...wrap(text, page.columns - 2).map(line => `  ${left > 0 ? page.paint.open(line) : line}`), '']
}
