import { cp, mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { EVENT } from '../../src/model/expression/event.ts'
import { parsePlaybook } from '../../src/model/playbook/parse.ts'
import { catalogOf, providersOf } from '../../src/toolkit/clouds.ts'
import { runPlaybookTests } from '../../src/toolkit/playbook-tests.ts'
import { type Program, program } from '../commands/program.ts'
import { reader } from '../signals/reader.ts'

/** Every example of the page for those who write triggers, run as it stands there. */
const page = await readFile('docs/triggers.md', 'utf8')

const blocks = [
  ...page.matchAll(/(?:<!-- file: (?<file>\S+) -->\n)?```(?<language>\w+)\n(?<text>[\s\S]*?)```/g),
].map(({ groups }) => ({
  file: groups?.['file'],
  language: groups?.['language'],
  text: groups?.['text'] ?? '',
}))
const files = blocks.filter(({ file }) => file !== undefined)
const fragments = blocks.filter(({ file, language }) => file === undefined && language === 'yaml')
const commands = blocks
  .filter(({ language }) => language === 'console')
  .flatMap(({ text }) => text.trim().split('\n'))
  .map(line => line.split(' ').slice(1))

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
  for (const { file = '', text } of files) {
    await mkdir(dirname(join(interdict.folder, file)), { recursive: true })
    await writeFile(join(interdict.folder, file), text)
  }
})

afterAll(() => interdict.close())

test('there is nothing on the page that is not run', () => {
  expect(files.map(({ file }) => file)).toHaveLength(3)
  expect(fragments.length).toBeGreaterThanOrEqual(5)
  expect(commands.length).toBeGreaterThanOrEqual(5)
  expect(files.length + fragments.length).toBe(blocks.filter(each => each.language !== 'console').length)
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

test('the commands do what the page says, in its order', async () => {
  let plan = ''
  for (const words of commands) {
    const args = words.map(word => (word === 'PLAN' ? plan : word))
    if (words[0] === 'contain') args.push('--yes', '--reason', 'as the page says')
    const ended = await interdict.run(...args, '--json')
    expect(ended, `${words.join(' ')}: ${ended.stdout}${ended.stderr}`).toMatchObject({ exit: 0 })
    if (words[0] !== 'watch' || words.includes('--learn')) continue
    const notes = ended.stdout.trim().split('\n')
    const proposed = notes.map(line => JSON.parse(line)).find(({ event }) => event === 'proposed')
    expect(proposed).toMatchObject({ trigger: 'key-for-another', plan: expect.stringContaining('proposals') })
    plan = proposed.plan
  }
  const { data } = await interdict.json('status')
  expect(data.runs).toMatchObject([{ playbook: 'key-for-another', open: true }])
})

test('the table names every member of an event', () => {
  const table = page.slice(page.indexOf('## An event'), page.indexOf('## A trigger'))
  for (const [member, inside] of Object.entries(EVENT)) {
    const names = typeof inside === 'object' ? Object.keys(inside).map(name => `.${name}`) : [`\`${member}`]
    for (const name of names) expect(table).toContain(`${name}\``)
  }
})
