import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { type Program, programInLab } from '../commands/program.ts'

const homes: Program[] = []
const home = async () => {
  const made = await programInLab()
  homes.push(made)
  return made
}
afterAll(async () => {
  for (const each of homes) await each.close()
})

const CONTAIN = ['contain', 'leaked-access-key', '--lab', '--yes', '--reason', 'test']

test('contain says "nothing to do" when an open run holds all of it, and makes no run', async () => {
  const interdict = await home()
  const first = await interdict.json(...CONTAIN)
  expect(first).toMatchObject({ exit: 0, data: { status: 'complete' } })
  const { run } = first.data

  const again = await interdict.json(...CONTAIN)
  expect(again).toMatchObject({ exit: 0, data: { run: null, status: 'held', heldBy: [run] } })
  expect(again.data.changes.map((each: { heldBy: string[] }) => each.heldBy)).toEqual(
    first.data.changes.map(() => [run]),
  )
  const text = await interdict.run(...CONTAIN)
  expect(text.exit).toBe(0)
  expect(text.stdout).toContain(`nothing to do: run ${run} holds all of this`)
  expect(text.stdout).toContain(`interdict status ${run}`)
  expect(text.stderr).toContain(`false, held by run ${run}`)
  expect(text.stderr).not.toContain('true → false')
  expect((await interdict.json('status')).data.runs).toHaveLength(1)

  const plan = await interdict.run('plan', 'leaked-access-key', '--lab')
  expect(plan.stdout.trimEnd()).toMatch(
    new RegExp(`nothing to do: run ${run} holds all of this\n\nPlan: 0 to contain, 1 to skip, 0 spared$`),
  )
}, 120_000)

test('a run made with --stack writes nothing, and stays contained until it is restored, too', async () => {
  const interdict = await home()
  const { run } = (await interdict.json(...CONTAIN)).data
  const stacked = await interdict.json(...CONTAIN, '--stack')
  expect(stacked).toMatchObject({ exit: 0, data: { status: 'complete' } })
  const own = stacked.data.run
  const restore = (which: string) => interdict.json('restore', which, '--lab', '--yes')
  const decisions = (ended: Awaited<ReturnType<typeof restore>>) =>
    ended.data.changes.flatMap((each: { entries: { decision: string }[] }) =>
      each.entries.map(({ decision }) => decision),
    )
  expect(new Set(decisions(await restore(run)))).toEqual(new Set(['released']))
  expect(await interdict.json('verify', own, '--lab')).toMatchObject({ exit: 0, data: { drift: 0 } })
  // The leaked key stays off, and old sessions stay denied until they are over.
  expect(new Set(decisions(await restore(own)))).toEqual(new Set(['kept-off', 'step-down']))
}, 120_000)

const HALF = `version: 1
name: half
title: Stop a key, and ask for what no key has
status: experimental
severity: high
scope:
  aws: { accounts: [self] }
limit: { identities: 2, share: 1 }
ttl: 4h
steps:
  - name: the key
    select: identity.name == "AKIAIOSFODNN7EXAMPLE"
    interrupt: [disable, gate]
`

test('contain exits with 4 when the run that holds all of it did not end complete', async () => {
  const interdict = await home()
  writeFileSync(join(interdict.folder, 'half.yaml'), HALF)
  const contain = ['contain', 'half.yaml', '--lab', '--yes']
  const first = await interdict.json(...contain)
  expect(first).toMatchObject({ exit: 4, data: { status: 'incomplete' } })
  const { run } = first.data
  expect(await interdict.json(...contain)).toMatchObject({
    exit: 4,
    data: { run: null, status: 'held', heldBy: [run], unproven: [run], refused: [{ interruption: 'gate' }] },
  })
  const text = await interdict.run(...contain)
  expect(text.exit).toBe(4)
  expect(text.stdout).toContain(`not complete yet: ${run}`)
  expect(text.stdout).toContain(`interdict resume ${run} --lab`)
}, 120_000)

test('a plan that was carried out already is refused with the name of its run', async () => {
  const interdict = await home()
  expect((await interdict.run('plan', 'leaked-access-key', '--lab', '--out', 'plan.json')).exit).toBe(0)
  const { run } = (await interdict.json('contain', 'plan.json', '--lab', '--yes')).data
  expect(await interdict.json('contain', 'plan.json', '--lab', '--yes')).toMatchObject({
    exit: 3,
    data: {
      error: { code: 'refused', message: expect.stringContaining(run), next: `interdict status ${run}` },
    },
  })
}, 120_000)
