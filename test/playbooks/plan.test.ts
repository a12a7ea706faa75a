import { readdirSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Program, programInLab } from '../commands/program.ts'

let interdict: Program
beforeAll(async () => {
  interdict = await programInLab()
})
afterAll(() => interdict.close())

/** Inputs of playbooks that have no rehearsal to take them from. */
const INPUTS: { readonly [name: string]: readonly string[] } = {
  'storage-key-leak': ['--input', 'account=stacmeledger'],
}

const names = readdirSync('playbooks').flatMap(file => (file.endsWith('.yaml') ? [file.slice(0, -5)] : []))

test.each(names)('the plan of %s in the lab stops identities, within its limit', async name => {
  const { exit, data, stderr } = await interdict.json('plan', name, ...(INPUTS[name] ?? []), '--lab')
  expect(exit, stderr).toBe(0)
  expect(data.counts.touched).toBeGreaterThan(0)
  expect(data.changes.length).toBeGreaterThan(0)
})
