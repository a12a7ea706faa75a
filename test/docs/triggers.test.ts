import { cp, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { EVENT } from '../../src/model/expression/event.ts'
import { parsePlaybook } from '../../src/model/playbook/parse.ts'
import { catalogOf, providersOf } from '../../src/toolkit/clouds.ts'
import { runPlaybookTests } from '../../src/toolkit/playbook-tests.ts'
import { type Program, program } from '../commands/program.ts'
import { reader } from '../signals/reader.ts'

/** Every example of the page for those who write triggers, run as it stands there. */
const page = await readFile('docs/triggers.md', 'utf8')
const blocks = [...page.matchAll(/```(?<language>\w+)\n(?<text>[\s\S]*?)```/g)].map(({ groups }) => ({
  language: groups?.['language'],
  text: groups?.['text'] ?? '',
}))
const fragments = blocks.filter(({ language }) => language === 'yaml')

/** The playbook around the page's shorter examples. */
const AROUND = `version: 1
name: around
title: Around the examples
status: test
severity: low
inputs:
  who: { type: string, description: name of the identity }
scope: { aws: { accounts: [self] }, gcp: { projects: [self] } }
steps:
  - name: whoever it is
    select: identity.name == inputs.who
    interrupt: [quarantine]
`

const catalog = catalogOf(await providersOf())
let interdict: Program

beforeAll(async () => {
  interdict = program()
  await cp('playbooks/records', join(interdict.folder, 'records'), { recursive: true })
})

afterAll(() => interdict.close())

test('there is nothing on the page that is not run', () => {
  expect(fragments.length).toBeGreaterThanOrEqual(5)
  expect(fragments.length).toBe(blocks.length)
})

test.each(fragments.map(({ text }) => ({ text, name: /- name: (\S+)/.exec(text)?.[1] ?? '' })))(
  'the example $name holds, and not without its triggers',
  async ({ text }) => {
    const playbook = parsePlaybook(AROUND + text, join(interdict.folder, 'around.yaml'), catalog)
    const results = await runPlaybookTests(playbook, { reader })
    expect(results.length).toBeGreaterThan(1)
    expect(results.filter(({ ok }) => !ok)).toEqual([])
    const without = await runPlaybookTests({ ...playbook, triggers: [] }, { reader })
    expect(without.map(({ ok }) => ok)).toEqual(playbook.tests?.map(({ fires }) => !fires))
  },
)

test('the table names every member of an event', () => {
  const table = page.slice(page.indexOf('## An event'), page.indexOf('## A trigger'))
  for (const [member, inside] of Object.entries(EVENT)) {
    const names = typeof inside === 'object' ? Object.keys(inside).map(name => `.${name}`) : [`\`${member}`]
    for (const name of names) expect(table).toContain(`${name}\``)
  }
})
