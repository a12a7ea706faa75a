import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Program, program } from '../commands/program.ts'

const page = await readFile('docs/mapping.md', 'utf8')
const files = [...page.matchAll(/<!-- file: (\S+) -->\n```\w+\n([\s\S]*?)```/g)]
const [command = ''] = [...page.matchAll(/```console\ninterdict (.*)\n```/g)].map(([, words = '']) => words)
let interdict: Program

beforeAll(async () => {
  interdict = program()
  for (const [, name = '', text = ''] of files) await writeFile(join(interdict.folder, name), text)
})
afterAll(() => interdict.close())

test('the page of mappings shows a file that reads its record', async () => {
  expect(files).toHaveLength(2)
  const { exit, data } = await interdict.json(...command.split(' '))
  expect(exit).toBe(0)
  expect(data.events).toMatchObject([
    {
      event: {
        id: 'vl-1',
        format: 'vendor-log',
        account: 'acme-prod',
        action: 'api.call',
        outcome: 'denied',
        country: 'NG',
        identity: { id: 'gcp:acme-prod:service-account/etl@acme-prod.iam.gserviceaccount.com', uid: 'svc-7' },
        details: { raw: 'DENY' },
      },
      triggers: expect.arrayContaining([expect.objectContaining({ matches: false })]),
    },
  ])
})

test('the page of mappings names every key of the format', async () => {
  const source = await readFile('src/signals/formats/mapping.ts', 'utf8')
  const keys = [...source.matchAll(/^ +(\w+): (?:field|path|words)/gm)].map(([, key = '']) => key)
  expect(keys.length).toBeGreaterThan(12)
  for (const key of keys) expect(page, key).toMatch(new RegExp(`\`(?:fields\\.)?(?:identity\\.)?${key}\``))
})
