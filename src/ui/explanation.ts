import type { Part } from '../model/expression/explanation.ts'
import type { Signal } from '../model/signal.ts'
import type { ExplainedEvent, ExplainedTrigger, Explanation } from '../toolkit/explanation.ts'
import type { Page } from './page.ts'
import { count, plain, wrap } from './text.ts'

/** For people: each event as expressions see it, then each trigger with the conditions that are false. */
export function explanationText({ events, setAside }: Explanation, page: Page): string {
  const lines: string[] = []
  if (setAside !== undefined) lines.push(`${page.paint.open('✖')} set aside: ${plain(setAside)}`)
  if (events.length === 0 && setAside === undefined) lines.push('the record says nothing that is an event')
  for (const each of events) lines.push(...explainedLines(each, page), '')
  return `${lines.join('\n').trimEnd()}\n`
}

/** One event as expressions see it, and each trigger with the conditions that are false. */
export function explainedLines({ event, triggers }: ExplainedEvent, page: Page): string[] {
  return [...eventLines(event, page), ...triggers.flatMap(trigger => triggerLines(trigger, page))]
}

function eventLines(event: Signal, { paint, columns }: Page): string[] {
  const flat = pathsOf(event, 'event')
  const widest = Math.min(32, Math.max(...flat.map(([path]) => path.length)))
  return [
    paint.strong('event'),
    ...flat.flatMap(([path, value]) => {
      const [first = '', ...rest] = wrap(plain(JSON.stringify(value)), Math.max(20, columns - widest - 4))
      return [`  ${path.padEnd(widest)}  ${first}`, ...rest.map(each => `  ${' '.repeat(widest)}  ${each}`)]
    }),
  ]
}

function* membersOf(value: object): Generator<readonly [string, unknown]> {
  for (const [name, member] of Object.entries(value)) yield [name, member]
}

/** `event.identity.id` and its like, with the value there. */
function pathsOf(value: unknown, path: string): [string, unknown][] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [[path, value]]
  return [...membersOf(value)].flatMap(([name, member]) =>
    pathsOf(member, /^[A-Za-z_]\w*$/.test(name) ? `${path}.${name}` : `${path}[${JSON.stringify(name)}]`),
  )
}

function triggerLines(explained: ExplainedTrigger, page: Page): string[] {
  const { paint, columns } = page
  const { playbook, trigger, matches, conditions, needs, inputs } = explained
  const sign = matches ? paint.proven('✔') : paint.open('✖')
  const end = matches ? 'matches' : `does not match: ${count(failing(conditions), 'condition')} false`
  const lines = [`${sign} ${plain(playbook)}, trigger ${plain(trigger)}: ${end}`]
  for (const part of conditions) lines.push(...partLines(part, '    ', page))
  if (matches) {
    for (const need of needs) lines.push(...indented(`it also takes ${need}`, '    ', columns))
    const filled = Object.entries(inputs).map(
      ([name, value]) => `${name}=${value === null ? '(missing)' : JSON.stringify(value)}`,
    )
    if (filled.length > 0) lines.push(...indented(`inputs: ${plain(filled.join(', '))}`, '    ', columns))
  }
  return lines
}

function failing(conditions: readonly Part[]): number {
  return conditions.filter(({ holds }) => !holds).length
}

function partLines({ text, holds, flaw, saw, of = [] }: Part, indent: string, page: Page): string[] {
  const { paint, columns } = page
  const sign = holds ? paint.proven('✔') : paint.open('✖')
  const [first = '', ...rest] = wrap(
    plain(text.replaceAll(/\s+/g, ' ')),
    Math.max(20, columns - indent.length - 2),
  )
  const lines = [`${indent}${sign} ${first}`, ...rest.map(each => `${indent}  ${each}`)]
  if (holds) return lines
  if (flaw !== undefined) lines.push(`${indent}  cannot be decided: ${plain(flaw)}`)
  if (of.length > 0) return [...lines, ...of.flatMap(each => partLines(each, `${indent}  `, page))]
  for (const [path, value] of Object.entries(saw)) {
    const shown = value === null ? 'missing' : plain(JSON.stringify(value))
    lines.push(...indented(`${path} is ${shown}`, `${indent}  `, columns))
  }
  return lines
}

function indented(text: string, indent: string, columns: number): string[] {
  return wrap(text, Math.max(20, columns - indent.length)).map(line => `${indent}${line}`)
}
