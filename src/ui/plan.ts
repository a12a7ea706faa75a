import { formatDuration } from '../model/duration.ts'
import type { Identity } from '../model/identity.ts'
import type { Plan, PlannedChange } from '../model/plan.ts'
import { identityText } from './identity.ts'
import { noteLines } from './notes.ts'
import { folded, type Page, relative } from './page.ts'
import { footLines } from './plan-foot.ts'
import { clip, count, pad, plain, width, wrap } from './text.ts'
import { changeText } from './value.ts'

const FOLD = { identities: 12, entries: 6, spared: 8 }

/** What a plan would do, in full; nothing that matters for a yes is left out, only folded. */
export function planText(plan: Plan, page: Page): string {
  const { counts, playbook } = plan
  const { paint } = page
  const touched = `would touch ${counts.touched} of ${count(counts.listed, 'identity', 'identities')} (limit ${counts.limit})`
  const lines = [
    cut(page, `${paint.strong(plain(playbook.name))} · severity ${playbook.severity} · ${touched}`),
    ...plan.callers.flatMap(({ name, endpoint }) => [
      cut(page, `as ${plain(name)}`),
      ...endpointLine(plan, endpoint, page),
    ]),
    ...plan.warnings.flatMap(warning => marked(page, '!', plain(warning), paint.person)),
    '',
    ...accounts(plan).flatMap(account => accountLines(account, plan, page)),
    ...unreachedLines(plan, page),
    ...sparedLines(plan, page),
    ...noteLines(paint.strong('by hand'), plan.manual ?? [], 'interdict plan', page),
    ...noteLines(paint.strong('left alive'), plan.advice ?? [], 'interdict plan', page),
    ...footLines(plan, page),
  ]
  return `${lines.join('\n').trimEnd()}\n`
}

/** Where the calls go, when it is not where one would think. */
function endpointLine({ target }: Plan, endpoint: string | undefined, page: Page): string[] {
  if (target.kind === 'lab') return [cut(page, `in the lab ${plain(target.at)}`)]
  if (endpoint === undefined) return []
  return [page.paint.person(cut(page, `at ${plain(endpoint)}, not the cloud itself`))]
}

function accounts(plan: Plan): { title: string; changes: PlannedChange[] }[] {
  const byAccount = new Map<string, PlannedChange[]>()
  for (const change of plan.changes) {
    const title = accountTitle(plan, change.identity)
    byAccount.set(title, [...(byAccount.get(title) ?? []), change])
  }
  return [...byAccount].map(([title, changes]) => ({ title, changes }))
}

function accountTitle(plan: Plan, { cloud, account }: Identity): string {
  const caller = plan.callers.find(each => each.cloud === cloud && each.account === account)
  return `${cloudTitle(cloud)} ${plain(account)}${caller?.alias ? ` (${plain(caller.alias)})` : ''}`
}

const TITLES: Readonly<Record<string, string>> = { aws: 'AWS', gcp: 'Google Cloud', azure: 'Azure' }

export function cloudTitle(cloud: string): string {
  return TITLES[cloud] ?? plain(cloud)
}

function accountLines(
  { title, changes }: ReturnType<typeof accounts>[number],
  plan: Plan,
  page: Page,
): string[] {
  const byIdentity = new Map<string, PlannedChange[]>()
  for (const change of changes) {
    byIdentity.set(change.identity.id, [...(byIdentity.get(change.identity.id) ?? []), change])
  }
  const { shown, more } = folded([...byIdentity.values()], FOLD.identities, page)
  return [
    `  ${page.paint.strong(title)}`,
    ...shown.flatMap(group => identityLines(group, plan, page)),
    ...foldLine(more, page),
  ]
}

function identityLines(changes: readonly PlannedChange[], plan: Plan, page: Page): string[] {
  const [first] = changes
  if (!first) return []
  const { identity } = first
  const notes = identityNotes(identity, plan.at)
  const name = identityText(identity)
  const room = page.columns - 4 - width(notes)
  const head =
    room >= Math.min(width(name), 24)
      ? `  ${pad(name, Math.max(22, Math.min(room, width(name))))}  ${notes}`
      : `  ${name}`
  return [cut(page, head.trimEnd()), ...changes.flatMap(change => changeLines(change, page)), '']
}

function identityNotes({ facts }: Identity, now: string): string {
  const notes: string[] = []
  const { trust, lastUsed, enabled } = facts
  if (trust !== null && typeof trust === 'object' && !Array.isArray(trust)) {
    const accounts = trust['accounts']
    if (Array.isArray(accounts) && accounts.length > 0) {
      notes.push(
        `trusts ${accounts
          .slice(0, 2)
          .map(each => plain(String(each)))
          .join(', ')}${accounts.length > 2 ? ', …' : ''}`,
      )
    }
  }
  if (enabled === false) notes.push('off')
  if (typeof lastUsed === 'string') notes.push(`last used ${relative(lastUsed, now)}`)
  else if (lastUsed === null) notes.push('never used')
  return notes.join('  ')
}

const VERB = 15

function changeLines(change: PlannedChange, page: Page): string[] {
  const { verb, differences, leaves, settles = 0, oneWay } = change
  const indent = ' '.repeat(4 + VERB + 1)
  const room = page.columns - indent.length
  const { shown, more } = folded(differences, FOLD.entries, page)
  const entries =
    shown.length === 0
      ? [page.paint.faint('already so; stays as it is when restored')]
      : shown.map(({ entry, from, to }) => entryLine(plain(entry), changeText(from, to), room))
  const labelled = (label: string, text: string) =>
    wrap(text, room).map((line, at) =>
      at === 0 ? `    ${page.paint.faint(pad(label, VERB))} ${line}` : `${indent}${line}`,
    )
  return [
    ...entries.map((line, at) => (at === 0 ? `    ${pad(verb, VERB)} ${line}` : `${indent}${line}`)),
    ...(more > 0 ? [`${indent}… and ${more} more`] : []),
    ...labelled('leaves', plain(leaves)),
    ...(settles > 0
      ? labelled('enforced', `within ${formatDuration(settles)} of the write (documented delay)`)
      : []),
    ...(oneWay === undefined
      ? []
      : labelled('one way', `these credentials could not put it back: ${plain(oneWay)}`).map(
          page.paint.person,
        )),
  ]
}

/** An entry and its change on one line; the entry gives way first, since the change is what is approved. */
function entryLine(entry: string, change: string, room: number): string {
  const wanted = width(change)
  if (width(entry) + 2 + wanted <= room) return `${entry}  ${change}`
  const name = Math.max(Math.min(width(entry), 16), room - 2 - wanted)
  return `${clip(entry, name)}  ${clip(change, room - 2 - Math.min(name, width(entry)))}`
}

function unreachedLines(plan: Plan, page: Page): string[] {
  if (plan.unreached.length === 0) return []
  return [
    ...plan.unreached.flatMap(({ cloud, account, fault }) =>
      marked(
        page,
        '✖',
        `${cloudTitle(cloud)} ${plain(account)} was not reached: ${plain(fault.message)}`,
        page.paint.open,
      ),
    ),
    '',
  ]
}

function sparedLines(plan: Plan, page: Page): string[] {
  const rows = [
    ...plan.spared.map(({ identity, because }) => ({
      name: identityText(identity),
      because,
      refused: false,
    })),
    ...plan.refused.map(({ identity, interruption, because }) => ({
      name: `${identityText(identity)} ${interruption}`,
      because,
      refused: true,
    })),
  ]
  if (rows.length === 0) return []
  const section = (title: string, refused: boolean) => {
    const chosen = rows.filter(row => row.refused === refused)
    if (chosen.length === 0) return []
    const { shown, more } = folded(chosen, FOLD.spared, page)
    const names = Math.min(
      Math.max(...shown.map(({ name }) => width(name))),
      Math.floor(page.columns / 2) - 4,
    )
    return [
      `  ${refused ? page.paint.person(title) : page.paint.strong(title)}`,
      ...shown.map(({ name, because }) => cut(page, `    ${pad(name, names)}  ${plain(because)}`)),
      ...foldLine(more, page),
      '',
    ]
  }
  return [...section('spared', false), ...section('cannot be done', true)]
}

function foldLine(more: number, page: Page): string[] {
  return more > 0 ? [page.paint.faint(`    … and ${more} more (interdict plan --all)`), ''] : []
}

function marked(page: Page, mark: string, text: string, paint: (text: string) => string): string[] {
  return wrap(text, page.columns - 4).map((line, at) => paint(`${at === 0 ? mark : ' '} ${line}`))
}

/** A line that is not coloured inside, or only at its start, cut to the page. */
function cut(page: Page, line: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: our own colours take no columns
  return width(line.replace(/\u001b\[\d+m/g, '')) <= page.columns ? line : clip(plain(line), page.columns)
}
