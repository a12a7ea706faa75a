import type { Json } from '../model/json.ts'
import type { Page } from './page.ts'
import { count, plain, wrap } from './text.ts'

/** One test of a playbook, run. */
export interface TestResult {
  name: string
  ok: boolean
  /** Why not. */
  why?: string
  fired: { trigger: string; why: string; inputs: { [name: string]: Json } }[]
}

export interface TestedPlaybook {
  name: string
  file: string
  tests: readonly TestResult[]
}

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
