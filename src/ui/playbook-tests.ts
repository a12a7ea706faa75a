import type { ExplainedEvent } from '../toolkit/explanation.ts'
import type { TestedPlaybook } from '../toolkit/playbook-tests.ts'
import { explainedLines } from './explanation.ts'
import type { Page } from './page.ts'
import { count, plain, wrap } from './text.ts'

/** Events of a failed test that are shown; `--json` has more. */
const MOST_EVENTS = 2
const INDENT = '      '

/** For people: each test, and under one that failed its events as expressions see them, with the conditions that are false. */
export function playbookTestsText(playbooks: readonly TestedPlaybook[], page: Page): string {
  const { paint } = page
  const lines: string[] = []
  for (const { file, tests } of playbooks) {
    lines.push(plain(file))
    if (tests.length === 0) lines.push(`  ${paint.person('no tests')}`)
    for (const { name, ok, why = '', explained = [] } of tests) {
      const sign = ok ? paint.proven('✔') : paint.open('✖')
      const words = wrap(plain(ok ? name : `${name}: ${why}`), page.columns - 4)
      lines.push(...words.map((line, at) => `  ${at === 0 ? sign : ' '} ${line}`))
      lines.push(...reasonLines(explained, page))
    }
  }
  const all = playbooks.flatMap(({ tests }) => tests)
  const failed = all.filter(({ ok }) => !ok).length
  lines.push(
    failed === 0 ? `${count(all.length, 'test')} passed` : `${failed} of ${count(all.length, 'test')} failed`,
  )
  return `${lines.join('\n')}\n`
}

/** Events that a trigger does not match come first: they are the reason more often. */
function reasonLines(explained: readonly ExplainedEvent[], page: Page): string[] {
  const isMatch = ({ triggers }: ExplainedEvent) => triggers.some(({ matches }) => matches)
  const ordered = [...explained.filter(each => !isMatch(each)), ...explained.filter(isMatch)]
  const shown = page.all ? ordered : ordered.slice(0, MOST_EVENTS)
  const narrower = { ...page, columns: page.columns - INDENT.length }
  const lines = shown.flatMap(each => explainedLines(each, narrower))
  const more = ordered.length - shown.length
  if (more > 0) lines.push(`… and ${count(more, 'more event')}: --json prints them`)
  return lines.map(line => `${INDENT}${line}`)
}
