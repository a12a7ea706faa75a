import { identityText, type Names } from '../model/identity-text.ts'
import { holdersOf, type Plan } from '../model/plan.ts'
import { spareText } from '../model/spare.ts'
import { isLoopback } from '../model/target-word.ts'
import { accountCount, alikeOf, unreachedTexts, warningTexts } from './grouped-accounts.ts'
import { holdersText } from './held-text.ts'
import { namesInPlan } from './names.ts'
import { noteLines } from './notes.ts'
import { folded, type Page } from './page.ts'
import { accountLines } from './plan-changes.ts'
import { footLines } from './plan-foot.ts'
import { sumText } from './plan-sum.ts'
import { clip, count, pad, plain, width, wrap, wrapNames } from './text.ts'
import { valueText } from './value.ts'

const FOLD = 8

/** Returns a plan in full: details that matter for a yes are folded, and never left out. */
export function planText(plan: Plan, page: Page): string {
  const { counts, playbook } = plan
  const { paint } = page
  const of = `${count(counts.listed, 'identity', 'identities')}${counts.narrow ? ' looked up' : ''}`
  const touched = `would touch ${counts.touched} of ${of} (limit ${counts.limit})`
  const names = namesInPlan(plan)
  const lines = [
    ...titleLines(`${plain(playbook.name)} · severity ${playbook.severity} · ${touched}`, page),
    ...callerLines(plan, page),
    ...inputLines(plan, page),
    ...planWarnings(plan, page).flatMap(warning => marked(page, '!', warning, paint.person)),
    ...(plan.missing ?? []).flatMap(({ name, text }) =>
      marked(page, '✖', plain(text ?? `nothing here is called ${name}`), paint.open),
    ),
    '',
    ...accountLines(plan, names, page),
    ...unreachedLines(plan, page),
    ...overruledLines(plan, names, page),
    ...sparedLines(plan, names, page),
    ...noteLines(paint.strong('by hand'), plan.manual ?? [], '--all shows them', names, page),
    ...noteLines(
      paint.strong('left alive'),
      [...(plan.advice ?? []), ...(plan.reachable ?? [])],
      '--all shows them',
      names,
      page,
    ),
    ...footLines(plan, names, page),
    ...holderLines(plan, page),
    '',
    ...wrap(sumText(plan), page.columns).map(paint.strong),
  ]
  return `${lines.join('\n').trimEnd()}\n`
}

/** The line before the sum, where carrying the plan out would write nothing. */
function holderLines(plan: Plan, { columns, paint }: Page): string[] {
  const holders = holdersOf(plan)
  if (!holders) return []
  return ['', ...wrap(`nothing to do: ${holdersText(holders)} all of this`, columns).map(paint.strong)]
}

function titleLines(text: string, { columns, paint }: Page): string[] {
  const [first = '', ...rest] = wrap(text, columns)
  const [name = ''] = first.split(' ')
  return [`${paint.strong(name)}${first.slice(name.length)}`, ...rest.map(line => `  ${line}`)]
}

/** As whom and where, each once: a cloud has many accounts, and they are often entered as one. */
function callerLines(plan: Plan, page: Page): string[] {
  const callers = alikeOf(
    plan.callers.map(({ cloud, account, name }) => ({ cloud, account, text: plain(name) })),
  )
  const whole = new Set(plan.callers.map(({ name }) => plain(name)))
  const lines = [
    ...callers.flatMap(({ text, accounts }) =>
      whole.has(text)
        ? [cut(page, `as ${text}`)]
        : wrapNames(`as ${text} in ${accountCount(accounts)}`, page.columns - 3).map((line, at) =>
            at === 0 ? line : `   ${line}`,
          ),
    ),
    ...plan.callers.flatMap(({ guard, endpoint }) => [
      ...(guard === undefined ? [] : [cut(page, `guard policy as ${plain(guard)}`)]),
      ...(plan.target.kind === 'lab' ? [] : endpointLine(endpoint, page)),
    ]),
  ]
  const lab = plan.target.kind === 'lab' ? [cut(page, `in the lab ${plain(plan.target.at)}`)] : []
  return [...new Set([...lines, ...lab])]
}

/**
 * The warnings, those that several accounts share once. Warnings of no account that say the same of several identities are
 * repeated in the plan, and counted here.
 */
function planWarnings({ warnings, warned = [] }: Plan, page: Page): string[] {
  const own = new Set(warned.map(({ message }) => message))
  const others = Map.groupBy(
    warnings.filter(message => !own.has(message)),
    message => plain(message),
  )
  return [
    ...warningTexts(warned, page),
    ...[...others].map(([text, { length }]) => (length === 1 ? text : `${text} (${length} times)`)),
  ]
}

/** Returns the inputs; an empty input selects nobody, which is easily overlooked. */
function inputLines({ inputs }: Plan, { columns }: Page): string[] {
  const given = Object.entries(inputs).map(([name, value]) => {
    const texts = [value].flat().map(each => valueText(each))
    return `${plain(name)} ${texts.length === 0 ? 'none' : texts.join(' ')}`
  })
  if (given.length === 0) return []
  return wrapNames(`with ${given.join('; ')}`, columns - 2).map((line, at) => (at === 0 ? line : `  ${line}`))
}

/** Where the calls go, when it is not where one would think. */
function endpointLine(endpoint: string | undefined, page: Page): string[] {
  if (endpoint === undefined) return []
  const what = isLoopback(endpoint) ? 'the emulator at ' : 'at '
  return [page.paint.person(cut(page, `${what}${plain(endpoint)}, not the cloud itself`))]
}

function unreachedLines(plan: Plan, page: Page): string[] {
  if (plan.unreached.length === 0) return []
  return [
    ...unreachedTexts(plan.unreached, page).flatMap(text => marked(page, '✖', text, page.paint.open)),
    '',
  ]
}

function sparedLines(plan: Plan, names: Names, page: Page): string[] {
  const rows = [
    ...plan.spared.map(each => ({
      name: identityText(each.identity, names),
      because: spareText(each),
      refused: false,
    })),
    ...plan.refused.map(({ identity, interruption, because }) => ({
      name: `${identityText(identity, names)} ${interruption}`,
      because,
      refused: true,
    })),
  ]
  if (rows.length === 0) return []
  const section = (title: string, refused: boolean) => {
    const chosen = rows.filter(row => row.refused === refused)
    if (chosen.length === 0) return []
    const { shown, more } = folded(chosen, FOLD, page)
    const wide = Math.min(Math.max(...shown.map(({ name }) => width(name))), Math.floor(page.columns / 2) - 4)
    return [
      `  ${refused ? page.paint.person(title) : page.paint.strong(title)}`,
      ...shown.flatMap(({ name, because }) => reasonLines(name, plain(because), wide, page.columns - 4)),
      ...foldLine(more, page),
      '',
    ]
  }
  return [...section('spared', false), ...section('cannot be done', true)]
}

/** Returns the protected identities that the plan contains in spite of that. */
export function overruledLines({ overruled = [] }: Plan, names: Names, page: Page): string[] {
  if (overruled.length === 0) return []
  const { shown, more } = folded(overruled, FOLD, page)
  const rows = shown.map(({ identity, because, by }) => ({
    name: identityText(identity, names),
    because: `${plain(because)}; ${by === 'asked' ? 'included by --include-protected' : 'the playbook names this credential'}`,
  }))
  const wide = Math.min(Math.max(...rows.map(({ name }) => width(name))), Math.floor(page.columns / 2) - 4)
  return [
    `  ${page.paint.person('protected, and touched')}`,
    ...rows.flatMap(({ name, because }) => reasonLines(name, because, wide, page.columns - 4)),
    ...foldLine(more, page),
    '',
  ]
}

/** On one line where it fits, else the reason below: it is what one wants to read. */
function reasonLines(name: string, because: string, wide: number, room: number): string[] {
  const line = `${width(name) <= wide ? pad(name, wide) : name}  ${because}`
  if (width(line) <= room) return [`    ${line}`]
  return [
    ...wrapNames(name, room).map(each => `    ${each}`),
    ...wrapNames(because, room - 2).map(each => `      ${each}`),
  ]
}

function foldLine(more: number, page: Page): string[] {
  return more > 0 ? [page.paint.faint(`    … and ${more} more (--all shows them)`), ''] : []
}

function marked(page: Page, mark: string, text: string, paint: (text: string) => string): string[] {
  return wrap(text, page.columns - 4).map((line, at) => paint(`${at === 0 ? mark : ' '} ${line}`))
}

/** A line that is not coloured inside, or only at its start, cut to the page. */
function cut(page: Page, line: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: our own colours take no columns
  return width(line.replace(/\u001b\[\d+m/g, '')) <= page.columns ? line : clip(plain(line), page.columns)
}
