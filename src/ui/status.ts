import { placeOfRun, runCommand } from '../model/command-text.ts'
import type { FaultRecord } from '../model/fault.ts'
import { identityText, idText, type Names } from '../model/identity-text.ts'
import { isSettling, settlingChanges } from '../model/run/enforcement.ts'
import { numbersOf, type RunNumbers } from '../model/run/numbers.ts'
import { wordAt } from '../model/run/progress.ts'
import { isOpen, openManual } from '../model/run/replay.ts'
import { restoreCounts } from '../model/run/restore-fold.ts'
import type { ChangeState, RunState } from '../model/run/state.ts'
import { targetWord } from '../model/target-word.ts'
import type { Cause } from '../model/watch.ts'
import { approvalLines } from './approvals.ts'
import { unreachedTexts } from './grouped-accounts.ts'
import { momentText } from './moment.ts'
import { namesInRun } from './names.ts'
import { newcomerLines } from './newcomers.ts'
import { nextCommands } from './next-commands.ts'
import { NO_RUNS } from './no-runs.ts'
import { noteLines } from './notes.ts'
import { clockTime, folded, type Page, type Paint, relative, tableOf, untilText } from './page.ts'
import { changeProblem, changeWord } from './problem.ts'
import { countsText } from './restored.ts'
import { accessText, lapseText } from './review.ts'
import { settleText } from './settling.ts'
import { type Column, table } from './table.ts'
import { clip, count, hanging, plain, wrap, wrapNames } from './text.ts'
import { unprovableLines, unprovablePart } from './unprovable.ts'

export type ListedRun = { run: string; state: RunState } | { run: string; fault: FaultRecord }

type Row = { run: string; state: RunState; numbers: RunNumbers }

/** All runs, the newest first; those that cannot be believed are named below. */
export function statusText(listed: readonly ListedRun[], page: Page): string {
  if (listed.length === 0) return NO_RUNS
  const { paint, now } = page
  const rows: Row[] = listed
    .flatMap(each =>
      'state' in each ? [{ run: each.run, state: each.state, numbers: numbersOf(each.state, now) }] : [],
    )
    .sort((a, b) => (a.state.startedAt < b.state.startedAt ? 1 : -1))
  const columns: Column<Row>[] = [
    {
      title: 'RUN',
      value: ({ run }) => run,
      paint: ({ state }) =>
        state.approvals?.some(each => each.bypassed !== undefined) ? paint.open : undefined,
    },
    {
      title: 'STATE',
      value: ({ state, numbers }) => (numbers.settling > 0 ? 'settling' : wordAt(state, now)),
    },
    { title: 'WHERE', value: ({ state }) => targetWord(state.plan.target) },
    { title: 'PLAYBOOK', value: ({ state }) => state.plan.playbook.name, least: 5 },
    { title: 'SINCE', value: ({ state }) => relative(state.startedAt, now), optional: 1 },
    { title: 'HOLDS', value: ({ numbers }) => String(numbers.holds), side: 'right', expendable: 2 },
    {
      title: 'PROVEN',
      value: ({ numbers }) => String(numbers.proven),
      side: 'right',
      expendable: 3,
      paint: ({ numbers }) => provenPaint(numbers, page),
    },
    {
      title: 'DRIFT',
      value: ({ numbers }) => String(numbers.drift),
      side: 'right',
      expendable: 1,
      paint: ({ numbers }) => (numbers.drift > 0 ? paint.person : undefined),
    },
    {
      title: 'REVIEW',
      value: ({ state }) => reviewWord(state, now),
      expendable: 4,
      paint: ({ numbers }) => (numbers.overdue ? paint.person : undefined),
    },
    { title: 'RESTORE', value: ({ state, numbers }) => fromText(state, numbers, now), optional: 2 },
  ]
  const { shown, more } = folded(rows, 40, tableOf(page))
  const lines = rows.length === 0 ? [] : table(columns, shown, page)
  if (more > 0) lines.push(`… and ${more} more (--all shows them)`)
  for (const each of listed) {
    if ('fault' in each)
      lines.push(paint.open(clip(`${plain(each.run)}  ${plain(each.fault.message)}`, page.columns)))
  }
  return `${lines.join('\n')}\n`
}

function reviewWord(state: RunState, now: string): string {
  return isOpen(state) ? untilText(state.due, now) : '‒'
}

function fromText(state: RunState, { restoreFrom }: RunNumbers, now: string): string {
  if (!isOpen(state)) return '‒'
  return restoreFrom === undefined ? 'now' : `from ${clockTime(restoreFrom, now)}`
}

/** A change that only waits for the cloud is neither proven nor open. */
function provenPaint(
  { holds, proven, settling, changes, unprovable = 0 }: RunNumbers,
  { paint }: Page,
): Paint | undefined {
  if (holds === 0) return undefined
  if (proven === changes) return paint.proven
  return proven + settling + unprovable === changes ? undefined : paint.open
}

/** Returns the cause of a run that no person started. */
function causeLines({ trigger, why, count: events, signals }: Cause, { columns }: Page): string[] {
  return [
    clip(`  by itself: ${plain(trigger)}, ${plain(why)}`, columns),
    ...signals.map(({ time, action, outcome, identity, resource, sourceIp, country }) => {
      const from = [sourceIp, country].filter(each => each !== undefined).map(plain)
      const of = resource === undefined ? '' : ` of ${plain(resource)}`
      const where = from.length === 0 ? '' : ` from ${from.join(', ')}`
      return clip(`    ${plain(time)} ${plain(identity)} ${plain(action)}${of}${where}: ${outcome}`, columns)
    }),
    ...(events > signals.length ? [`    ${count(events, 'event')} in all`] : []),
  ]
}

/** Which protected identities the run touches all the same. */
function includedLines({ overruled = [] }: RunState['plan'], page: Page): string[] {
  return overruled.flatMap(({ identity, because, by }) =>
    bulleted(
      `${identityText(identity)} was touched although protected (${plain(because)}): ${by === 'asked' ? '--include-protected' : 'the playbook names this credential'}`,
      '!',
      page,
    ).map(page.paint.person),
  )
}

/** One run in full. */
export function runText(state: RunState, journal: string, page: Page): string {
  const { paint, now } = page
  const numbers = numbersOf(state, now)
  const { plan, actor, reason, ticket } = state
  const names = namesInRun(state)
  const lines = [
    clip(
      `${state.run} · ${plain(plan.playbook.name)} · ${wordAt(state, now)} · by ${plain(actor.user)}${ticket ? `, ticket ${plain(ticket)}` : ''}`,
      page.columns,
    ),
    ...(reason === '' ? [] : wrap(plain(reason), page.columns - 2).map(line => `  ${line}`)),
    ...(state.cause ? causeLines(state.cause, page) : []),
    ...includedLines(plan, page),
    ...approvalLines(state, page),
    '',
    ...changeLines(state, names, page),
    ...unreachedTexts(state.unreached, page).flatMap(text => bulleted(text, '✖', page).map(paint.open)),
    ...(plan.unlisted ?? []).flatMap(({ cloud, account, kinds, because }) =>
      bulleted(
        `${cloud} ${account}: not every ${kinds.join(', ')} could be listed: ${plain(because)}`,
        '✖',
        page,
      ).map(paint.open),
    ),
    ...state.found.flatMap(({ identity, owner, contained }) => {
      const of = identity.owner === owner ? '' : ` on ${idText(owner, names)}`
      const text = `${identityText(identity, names)} appeared later${of}: ${contained ? 'stopped too' : 'NOT stopped'}`
      const lines = bulleted(text, ' ', page)
      return contained ? lines : lines.map(paint.open)
    }),
    '',
    ...newcomerLines(state, page),
    ...noteLines('by hand', openManual(state), runCommand('status', placeOfRun(state), '--all'), names, page),
    `holds    ${numbers.holds} of ${count(numbers.changes, 'change')}; ${numbers.proven} proven${unprovablePart(numbers.unprovable)}, ${numbers.drift} drifted${numbers.undone > 0 ? `, ${numbers.undone} undone` : ''}`,
    ...verifiedLine(state, now),
    ...settleLines(state, page),
    `since    ${momentText(state.startedAt)} (${relative(state.startedAt, now)})`,
    `review   ${reviewLine(state, now)}`,
    ...lapseLines(state, page),
    ...hanging(
      'restore  ',
      isOpen(state) ? accessText(state, now) : 'nothing is left to restore',
      page.columns,
    ),
    ...restoredLines(state, page),
    `where    ${whereText(plan.target)}`,
    `journal  ${plain(journal)}`,
    ...nextCommands(state).map((command, at) => `${(at === 0 ? 'next' : '').padEnd(9)}${command}`),
  ]
  return `${lines.join('\n')}\n`
}

/** Whether and when the run ends by itself. */
function lapseLines(state: RunState, { now, columns }: Page): string[] {
  const text = isOpen(state) ? lapseText(state, now) : undefined
  return text === undefined ? [] : hanging('ends     ', text, columns)
}

function reviewLine(state: RunState, now: string): string {
  return isOpen(state) ? `by ${clockTime(state.due, now)} (${untilText(state.due, now)})` : '‒'
}

function whereText(target: RunState['plan']['target']): string {
  const word = targetWord(target)
  return word === 'live' ? 'live: the cloud itself' : `${word} ${plain(target.at)}`
}

/** When somebody last looked, and what was undone while it was guarded. */
function verifiedLine({ changes }: RunState, now: string): string[] {
  const looked = [...changes.values()].flatMap(({ verifiedAt }) => verifiedAt ?? []).sort()
  const last = looked.at(-1)
  const times = [...changes.values()].reduce((sum, { countered }) => sum + (countered?.count ?? 0), 0)
  return [
    ...(last === undefined ? [] : [`seen     ${momentText(last)} (${relative(last, now)})`]),
    ...(times === 0 ? [] : [`fought   undone ${count(times, 'time')} by somebody, and written again`]),
  ]
}

/** Returns the result of the last restore, and the command for the rest. */
function restoredLines(state: RunState, { columns }: Page): string[] {
  if (state.restore === undefined) return []
  return wrap(`last restore: ${countsText(restoreCounts(state))}`, columns - 9).map(
    line => `         ${line}`,
  )
}

function bulleted(text: string, mark: string, { columns }: Page): string[] {
  return wrapNames(text, columns - 4).map((line, at) => `  ${at === 0 ? mark : ' '} ${line}`)
}

function settleLines(state: RunState, { now, columns }: Page): string[] {
  const changes = settlingChanges(state, now)
  if (changes.length === 0) return []
  const text = `${count(changes.length, 'change')} set and read back; ${settleText(changes, now)} (documented delay)`
  return hanging('settles  ', text, columns)
}

function changeLines(state: RunState, names: Names, page: Page): string[] {
  const unprovable = unprovableLines(state, names, page)
  const { shown, more } = folded([...state.changes.values()], 20, tableOf(page))
  const rows = table<ChangeState>(
    [
      { title: '  IDENTITY', value: ({ identity }) => `  ${identityText(identity, names)}`, least: 24 },
      { title: 'STOPPED BY', value: ({ planned }) => planned.verb },
      { title: 'HOLDS', value: ({ held }) => String(held.length), side: 'right' },
      {
        title: 'STATE',
        value: change => changeWord(change, page.now),
        paint: change =>
          change.phase === 'restored' || change.phase === 'rotated' || isSettling(change, page.now)
            ? undefined
            : changeProblem(change) === undefined
              ? page.paint.proven
              : page.paint.open,
      },
    ],
    shown,
    page,
  )
  const problems = shown.flatMap(change => {
    const problem = changeProblem(change)
    return problem === undefined
      ? []
      : hanging(
          '  ✖ ',
          `${identityText(change.identity, names)} ${change.planned.verb}: ${problem}`,
          page.columns,
          page.paint.open,
        )
  })
  return [
    ...rows,
    ...(more > 0 ? [`  … and ${more} more (--all shows them)`] : []),
    ...(problems.length > 0 ? ['', ...problems] : []),
    ...(unprovable.length > 0 ? ['', ...unprovable] : []),
  ]
}
