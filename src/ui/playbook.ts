import { type Problem, placeOf } from '../model/document/problems.ts'
import type { Playbook } from '../model/playbook/playbook.ts'
import type { Page } from './page.ts'
import { table } from './table.ts'
import { count, plain, plainLines, wrap } from './text.ts'

export function playbooksText(playbooks: readonly Playbook[], page: Page): string {
  const rows = table<Playbook>(
    [
      { title: 'PLAYBOOK', value: ({ name }) => name },
      { title: 'SEVERITY', value: ({ severity }) => severity },
      { title: 'STOPS', value: ({ title }) => title, least: 40 },
      { title: 'STATUS', value: ({ status }) => status, optional: 2 },
      { title: 'ASKS FOR', value: ({ inputs }) => Object.keys(inputs).join(', '), optional: 1, least: 10 },
    ],
    playbooks,
    page,
  )
  return `${rows.join('\n')}\n`
}

/** Every problem with its place, as editors and `grep` know it. */
export function problemsText(
  checked: readonly { file: string; ok: boolean; problems: readonly Problem[] }[],
  page: Page,
): string {
  const { paint } = page
  const lines: string[] = []
  for (const { file, ok, problems } of checked) {
    for (const problem of problems) {
      const [first = '', ...rest] = plainLines(problem.message)
      const word = problem.severity === 'error' ? paint.open('error') : paint.person('warning')
      lines.push(`${plain(placeOf(problem))}: ${word}: ${first}`, ...rest.map(line => `  ${line}`))
      if (problem.suggestion)
        lines.push(...wrap(plain(problem.suggestion), page.columns - 2).map(line => `  ${line}`))
    }
    const errors = problems.filter(({ severity }) => severity === 'error').length
    const warnings = problems.length - errors
    const also = warnings > 0 ? `, ${count(warnings, 'warning')}` : ''
    lines.push(
      ok
        ? `${paint.proven('✔')} ${plain(file)}: valid${also}`
        : `${paint.open('✖')} ${plain(file)}: ${count(errors, 'error')}${also}`,
    )
  }
  return `${lines.join('\n')}\n`
}
