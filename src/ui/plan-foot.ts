import { formatDuration } from '../model/duration.ts'
import { idText, type Names } from '../model/identity-text.ts'
import type { Plan } from '../model/plan.ts'
import { clockTime, folded, type Page } from './page.ts'
import { count, pad, plain, wrapNames } from './text.ts'

const DEPENDENTS = 5

/** Who would notice, how it is undone, how long it takes. */
export function footLines(plan: Plan, names: Names, page: Page): string[] {
  const { blast, calls } = plan
  const rows: [string, string, string?][] = [['Blast radius', blastText(blast)]]
  const { shown, more } = folded(blast.dependents, DEPENDENTS, page)
  for (const [identity, notes] of Map.groupBy(shown, each => each.identity)) {
    rows.push(['', `${idText(identity, names)}:`])
    for (const { text } of notes) rows.push(['', plain(text), '  '])
  }
  if (more > 0) rows.push(['', `… and ${more} more (--all shows them)`])
  for (const [reason, notes] of Map.groupBy(blast.unlisted ?? [], ({ text }) => text)) {
    const whose = notes.slice(0, DEPENDENTS).map(({ identity }) => idText(identity, names))
    const others = notes.length > DEPENDENTS ? ', …' : ''
    rows.push(['', `what uses ${whose.join(', ')}${others} could not be listed: ${plain(reason)}`])
  }
  const ends = plan.changes.find(change => change.ends !== undefined)?.ends
  if (ends !== undefined) {
    rows.push([
      'Ends',
      `by itself at ${clockTime(ends, plan.at)}, in the cloud, with interdict off too; sessions from before then stay denied`,
    ])
  }
  rows.push(['Undo', undoText(plan)])
  rows.push([
    'Calls',
    `${count(calls.reads, 'read')} made, ${count(calls.writes, 'write')} to make, ${paceText(calls)}`,
  ])
  return rows.flatMap(([name, text, indent = '']) =>
    wrapNames(text, page.columns - 16 - indent.length).map(
      (line, at) => `  ${page.paint.strong(pad(at === 0 ? name : '', 12))}  ${indent}${line}`,
    ),
  )
}

/** How long, and why when somebody will wonder. */
function paceText({ seconds, slowest }: Plan['calls']): string {
  const time = formatDuration(seconds)
  if (seconds <= 10) return `about ${time}`
  return slowest === undefined
    ? `about ${time}, at five writes a second`
    : `about ${time}, which a quota of the cloud makes of ${plain(slowest)}`
}

function blastText({ dependents, unlisted = [], active }: Plan['blast']): string {
  const uses =
    dependents.length > 0
      ? `${count(dependents.length, 'thing')} would notice`
      : unlisted.length > 0
        ? 'it is not known what else uses them'
        : 'nothing else is known to use them'
  return `${uses}; ${active.length === 0 ? 'none was' : `${active.length} ${active.length === 1 ? 'was' : 'were'}`} active in the last hour.`
}

function undoText({ changes, at }: Plan): string {
  const inexact = changes.find(({ reversal }) => reversal.kind === 'equivalent')
  const exact =
    inexact?.reversal.kind === 'equivalent' ? `equivalent: ${plain(inexact.reversal.differs)}.` : 'exact.'
  const horizon = Math.max(0, ...changes.map(each => each.horizon))
  if (horizon === 0) return exact
  const end = new Date(Date.parse(at) + horizon * 1000).toISOString()
  const lives = `Sessions issued before the run live up to ${formatDuration(horizon)}`
  return `${exact} ${lives}: a restore before ${clockTime(end, at)} keeps them denied, and a second one finishes; where that cannot be, the first is refused.`
}
