import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from 'vitest'
import { program } from './program.ts'

const interdict = program()
afterAll(() => interdict.close())

const record = fileURLToPath(new URL('../../playbooks/records/key-usual.json', import.meta.url))

test('watch --learn ends with the number of identities of which the usual is known', async () => {
  const words = ['watch', 'leaked-access-key', '--learn', '--once', '--source', `file:${record}`]
  const { exit, stderr } = await interdict.run(...words)
  expect(exit, stderr).toBe(0)
  expect(stderr).toContain('1 record, 1 event, learned; the usual of 1 identity is known')
})
