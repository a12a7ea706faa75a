import type { TestedPlaybook } from '../toolkit/playbook-tests.ts'
import type { Page } from './page.ts'
import { count, plain, wrap } from './text.ts'

export function playbookTestsText(playbooks: readonly TestedPlaybook[], page: Page): string {
  const { paint } = page
  const lines: string[] = []
  for (const { file, tests } of playbooks) {
    lines.push(plain(file))
    if (tests.length === 0) lines.push(`  ${paint.person('no tests')}`)
    for (const { name, ok, why = '' } of tests) {
      const sign = ok ? paint.proven('✔') : paint.open('✖')
      const words = wrap(plain(ok ? name : `${name}: ${why}`), page.columns - 4)
      lines.push(...words.map((line, at) => `  ${at === 0 ? sign : ' '} ${line}`))
    }
  }
  const all = playbooks.flatMap(({ tests }) => tests)
  const failed = all.filter(({ ok }) => !ok).length
  lines.push(
    failed === 0 ? `${count(all.length, 'test')} passed` : `${failed} of ${count(all.length, 'test')} failed`,
  )
  return `${lines.join('\n')}\n`
}
