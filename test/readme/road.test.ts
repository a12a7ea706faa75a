import { afterAll, beforeAll, expect, test } from 'vitest'
import { LEAKED_KEY, seedEstate } from '../../src/lab/aws/seed/index.ts'
import { type LabOfAws, signedInTo, startAwsLab } from '../aws-lab.ts'
import { type Program, program } from '../commands/program.ts'
import { missing, road, walk } from './road.ts'

let lab: LabOfAws
let interdict: Program

beforeAll(async () => {
  lab = await startAwsLab({ estate: () => seedEstate(new Date().toISOString()), propagationMs: 0 })
  interdict = program(signedInTo(lab))
})
afterAll(async () => {
  await interdict.close()
  await lab.close()
})

test('the README shows a part of the output of each command of the road', () => {
  expect(road().length).toBeGreaterThan(7)
  expect(road().filter(({ shown }) => shown.length === 0)).toEqual([])
})

test('each command of the road ends with 0 and prints what the README shows', async () => {
  for await (const { step, ran } of walk(interdict.run, LEAKED_KEY)) {
    const all = `${step.command}\n${ran.stdout}${ran.stderr}`
    expect(ran.exit, all).toBe(0)
    expect(missing(step.shown, ran.stdout), all).toEqual([])
  }
})

test('the leaked key is off after the road, and nothing else of the estate is missing', async () => {
  const [account] = lab.estate().accounts
  const keys = account?.users.flatMap(({ accessKeys }) => accessKeys).filter(({ id }) => id === LEAKED_KEY)
  expect(keys).toEqual([expect.objectContaining({ status: 'Inactive' })])
})
