import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Program, program } from '../commands/program.ts'

/** The files and commands of the page, in its order. */
const page = await readFile('docs/first-playbook.md', 'utf8')
const blocks = [
  ...page.matchAll(/(?:<!-- file: (?<file>\S+) -->\n)?```(?<language>\w+)\n(?<text>[\s\S]*?)```/g),
].map(({ groups }) => ({
  file: groups?.['file'],
  language: groups?.['language'],
  text: groups?.['text'] ?? '',
}))

let interdict: Program
beforeAll(() => {
  interdict = program()
})
afterAll(() => interdict.close())

/** The plan that the watch proposed; the page calls it PLAN. */
let plan = ''

async function runs(line: string): Promise<void> {
  const [, ...words] = line.split(' ').map(word => (word === 'PLAN' ? plan : word))
  const asks = words[0] === 'contain' ? ['--yes', '--reason', 'as the page says'] : []
  const ended = await interdict.run(...words, ...asks, '--json')
  expect(ended, `${line}: ${ended.stdout}${ended.stderr}`).toMatchObject({ exit: 0 })
  if (words[0] !== 'watch' || words.includes('--learn')) return
  const notes = ended.stdout.trim().split('\n')
  const proposed = notes.map(each => JSON.parse(each)).find(({ event }) => event === 'proposed')
  expect(proposed).toMatchObject({ trigger: 'key-for-another', plan: expect.stringContaining('proposals') })
  plan = proposed.plan
}

test('the page leads from a record to a contained user, by its own files and commands', async () => {
  for (const { file, language, text } of blocks) {
    if (file !== undefined) {
      await mkdir(dirname(join(interdict.folder, file)), { recursive: true })
      await writeFile(join(interdict.folder, file), text)
    } else {
      expect(language).toBe('console')
      for (const line of text.trim().split('\n')) await runs(line)
    }
  }
  expect(plan).not.toBe('')
  const { data } = await interdict.json('status')
  expect(data.runs).toMatchObject([{ playbook: 'key-for-another', open: true }])
})
