import { formatDuration } from '../model/duration.ts'
import type { Difference } from '../model/facet.ts'
import type { Identity } from '../model/identity.ts'
import { identityText, identityWhole, type Names } from '../model/identity-text.ts'
import { VERBS } from '../model/interruption.ts'
import type { Json } from '../model/json.ts'
import { isObject } from '../model/json-object.ts'
import type { Plan, PlannedChange } from '../model/plan.ts'
import { accountWhole } from './account.ts'
import { entryLines, entryName, sideBySide } from './entry.ts'
import { fallbackText } from './fallback.ts'
import { type AccountName, accountCount, accountNames } from './grouped-accounts.ts'
import { folded, type Page, relative } from './page.ts'
import { count, pad, plain, width, wrap, wrapNames } from './text.ts'
import { isNamedByEntry, valueText } from './value.ts'

/** `accounts`: groups of accounts that are drawn. `same`: accounts from which on the same changes are drawn once. */
const FOLD = { accounts: 12, same: 3, blocks: 12, alike: 6, entries: 6 }

/** An account with the identities that are changed there, each with its changes. */
interface AccountChanges extends AccountName {
  alias?: string | undefined
  identities: PlannedChange[][]
}

/**
 * The changes of a plan, account by account. Identities to which the very same happens are listed together, and so are
 * accounts in which the very same happens to identities of the same names.
 */
export function accountLines(plan: Plan, names: Names, page: Page): string[] {
  const { shown, more } = folded(accountGroups(plan, names, page), FOLD.accounts, page)
  const printed = new Set<string>()
  const lines = shown.flatMap(group => {
    const [first] = group
    if (!first) return []
    const drawn = changesOf(first, plan.at, printed, names, page)
    const isOne = group.length === 1
    const title = isOne
      ? accountWhole(first)
      : `${accountCount(group)}: ${accountNames(group, FOLD.alike, page)}`
    return [
      ...wrap(title, page.columns - 4).map(
        (line, at) => `  ${page.paint.strong(`${at === 0 ? '' : '  '}${line}`)}`,
      ),
      ...(isOne ? drawn : drawn.map(line => line.replaceAll(first.account, '*'))),
    ]
  })
  if (more === 0) return lines
  const hidden = shown.reduce((left, group) => left - group.length, accountsIn(plan))
  return [...lines, foldLine(`  … and ${count(hidden, 'more account', 'more accounts')}`, page), '']
}

function accountsIn({ changes }: Plan): number {
  return new Set(changes.map(({ identity }) => `${identity.cloud}:${identity.account}`)).size
}

/** Accounts in the order of the plan, those together in which the same happens. */
function accountGroups(plan: Plan, names: Names, page: Page): AccountChanges[][] {
  const aliases = new Map(plan.callers.map(({ cloud, account, alias }) => [`${cloud}:${account}`, alias]))
  const byAccount = Map.groupBy(plan.changes, ({ identity }) => `${identity.cloud}:${identity.account}`)
  const accounts = [...byAccount].flatMap(([key, changes]): AccountChanges[] => {
    const [first] = changes
    if (!first) return []
    const { cloud, account } = first.identity
    const identities = [...Map.groupBy(changes, ({ identity }) => identity.id).values()].map(inOrder)
    return [{ cloud, account, alias: aliases.get(key), identities }]
  })
  if (accounts.length < FOLD.same || page.all) return accounts.map(each => [each])
  const groups = Map.groupBy(accounts, each => {
    const lines = changesOf(each, plan.at, new Set(), names, { ...page, all: true })
    return `${each.cloud} ${lines.join('\n').replaceAll(each.account, '*')}`
  })
  return [...groups.values()].flatMap(group =>
    group.length < FOLD.same ? group.map(each => [each]) : [group],
  )
}

function changesOf(
  { identities }: AccountChanges,
  now: string,
  printed: Set<string>,
  names: Names,
  page: Page,
): string[] {
  const alike = Map.groupBy(identities, group =>
    group.map(change => blockLines(change, page).join('\n')).join('\n'),
  )
  const { shown: blocks, more: others } = folded([...alike.values()], FOLD.blocks, page)
  const lines = blocks.flatMap(same => {
    const { shown, more } = folded(same, FOLD.alike, page)
    return [
      ...shown.flatMap(([change]) => (change ? headLines(change.identity, now, names, page) : [])),
      ...(more > 0 ? [foldLine(`  … and ${more} more of the same`, page)] : []),
      ...(shown[0] ?? []).flatMap(change => changeLines(change, printed, page)),
      '',
    ]
  })
  const hidden = [...alike.values()].slice(-others).reduce((sum, { length }) => sum + length, 0)
  const fold = others > 0 ? [foldLine(`  … and ${hidden} more`, page), ''] : []
  return [...lines, ...fold]
}

function foldLine(text: string, { paint }: Page): string {
  return paint.faint(`${text} (--all shows them)`)
}

/** As they will be carried out. */
function inOrder(changes: readonly PlannedChange[]): PlannedChange[] {
  return [...changes].sort((a, b) => VERBS.indexOf(a.verb) - VERBS.indexOf(b.verb))
}

function headLines(identity: Identity, now: string, names: Names, { columns }: Page): string[] {
  const notes = notesOf(identity, now)
  const beside = (name: string) => `  ${pad(name, Math.max(22, width(name)))}  ${notes}`.trimEnd()
  const [whole, short] = [identityWhole(identity, names), identityText(identity, names)]
  const fitting = [beside(whole), beside(short)].find(line => width(line) <= columns)
  if (fitting !== undefined) return [fitting]
  return [
    ...wrapNames(short, columns - 4).map((line, at) => `${at === 0 ? '  ' : '    '}${line}`),
    ...(notes === '' ? [] : wrapNames(notes, columns - 4).map(line => `    ${line}`)),
  ]
}

function notesOf({ facts }: Identity, now: string): string {
  const notes: string[] = []
  const { trust, subject, expression, lastUsed, enabled } = facts
  if (isObject(trust)) {
    const accounts = trust['accounts']
    if (Array.isArray(accounts) && accounts.length > 0) {
      const few = accounts.slice(0, 2).map(each => plain(String(each)))
      notes.push(`trusts ${few.join(', ')}${accounts.length > 2 ? ', …' : ''}`)
    }
  }
  const trusted = [subject, expression].find(each => typeof each === 'string' && each !== '')
  if (typeof trusted === 'string') notes.push(`trusts ${plain(trusted)}`)
  if (enabled === false) notes.push('off')
  if (typeof lastUsed === 'string') notes.push(`last used ${relative(lastUsed, now)}`)
  else if (lastUsed === null) notes.push('never used')
  return notes.join('  ')
}

const VERB = 15
const INDENT = ' '.repeat(4 + VERB + 1)

/** Prints the accesses that an interruption leaves alive at its first change only. */
function changeLines(change: PlannedChange, printed: Set<string>, page: Page): string[] {
  const about = `${change.interruption} ${change.leaves} ${change.settles ?? 0}`
  const again = printed.has(about)
  printed.add(about)
  return blockLines(change, page, again)
}

function blockLines(change: PlannedChange, page: Page, again = false): string[] {
  const { verb, differences, seen, leaves, settles = 0, oneWay, mayUndo, heldBy = [], cautions = [] } = change
  const fallback = fallbackText(change)
  const room = page.columns - INDENT.length
  const { shown, more } = folded(differences, FOLD.entries, page)
  const entries =
    shown.length === 0
      ? wrap(alreadyText(change), room).map(page.paint.faint)
      : shown.flatMap(difference => {
          const holding = heldBy.find(({ entry }) => entry === difference.entry)
          const lines = holding
            ? heldLines(difference, seen, holding.runs, room - 2)
            : entryLines(difference, seen, room - 2)
          const sign = holding ? '=' : signOf(difference, page)
          return lines.map((line, at) => `${at === 0 ? sign : ' '} ${line}`)
        })
  const labelled = (label: string, text: string) =>
    wrap(text, room).map((line, at) =>
      at === 0 ? `    ${page.paint.faint(pad(label, VERB))} ${line}` : `${INDENT}${line}`,
    )
  const enforced = settles > 0 ? `within ${formatDuration(settles)} of the write (documented delay)` : ''
  return [
    ...entries.map((line, at) => (at === 0 ? `    ${pad(verb, VERB)} ${line}` : `${INDENT}${line}`)),
    ...(more > 0 ? [`${INDENT}… and ${more} more (--all shows them)`] : []),
    ...(fallback === undefined ? [] : labelled('fallback', fallback).map(page.paint.person)),
    ...cautions.flatMap(each => labelled('note', plain(each)).map(page.paint.person)),
    ...labelled('leaves', again ? 'as above' : plain(leaves)),
    ...(enforced === '' || again ? [] : labelled('enforced', enforced)),
    ...(mayUndo === undefined || again
      ? []
      : labelled('may undo this', mayUndo.map(plain).join(', ')).map(page.paint.person)),
    ...(oneWay === undefined
      ? []
      : labelled('one way', `these credentials could not put it back: ${plain(oneWay)}`).map(
          page.paint.person,
        )),
  ]
}

/** `+` for a setting that is added, `-` for one that is removed, `~` for one that changes; `=` stands before what stays as it is. */
function signOf({ from, to }: Difference, { paint }: Page): string {
  if (from === undefined) return paint.proven('+')
  return to === undefined ? paint.open('-') : paint.person('~')
}

/** A setting that is as wanted already, by the work of another run. */
function heldLines({ entry, to }: Difference, seen: Json | undefined, runs: readonly string[], room: number) {
  const value = to === undefined ? 'removed' : isNamedByEntry(to) ? 'in place' : valueText(to)
  const names = runs.map(plain).join(', ')
  return sideBySide(
    entryName(entry, seen),
    `${value}, held by ${runs.length === 1 ? 'run' : 'runs'} ${names}`,
    room,
  )
}

function alreadyText({ vouchedBy = [] }: PlannedChange): string {
  const who =
    vouchedBy.length > 0
      ? `as run ${vouchedBy.map(plain).join(', ')} found it too`
      : 'and another responder’s tool may own it'
  return `already so before this run, ${who}; stays as it is when restored`
}
