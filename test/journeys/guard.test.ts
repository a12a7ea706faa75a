import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { awsGuardCase } from '../cases/aws-guard.ts'
import { programInLab } from '../commands/program.ts'

const interdict = await programInLab()
const playbook = join(interdict.folder, 'guard.yaml')
writeFileSync(playbook, awsGuardCase().playbook)
afterAll(() => interdict.close())

const guardOf = async () =>
  (await interdict.json('doctor', '--lab', '--cloud', 'aws', '--playbook', playbook)).data.accounts[0].guard

test('doctor reports the guard policy, prepares one when asked to, and an incident leaves it in place', async () => {
  const doctor = ['doctor', '--lab', '--cloud', 'aws']
  // No role is named that could write one.
  expect((await interdict.json(...doctor)).data.accounts[0].guard).toMatchObject({
    ready: false,
    possible: false,
    text: expect.stringContaining('scope.aws.guard'),
  })
  expect(await guardOf()).toMatchObject({ ready: false, as: expect.stringContaining('organization-guard/') })
  const { stdout } = await interdict.run(...doctor, '--playbook', playbook)
  expect(stdout).toContain(`interdict doctor --playbook ${playbook} --prepare-guard --lab`)

  const asked = await interdict.json(...doctor, '--playbook', playbook, '--prepare-guard')
  expect(asked).toMatchObject({
    exit: 2,
    data: { error: { next: expect.stringMatching(/--prepare-guard --lab --yes$/) } },
  })
  expect(await guardOf()).toMatchObject({ ready: false })
  const prepared = await interdict.json(...doctor, '--playbook', playbook, '--prepare-guard', '--yes')
  expect(prepared.exit).toBe(0)
  const ready = { ready: true, text: expect.stringContaining('denies nobody') }
  expect(prepared.data.accounts[0].guard).toMatchObject(ready)

  const contained = await interdict.json('contain', playbook, '--lab', '--yes', '--reason', 'test')
  expect(contained).toMatchObject({ exit: 0, data: { status: 'complete' } })
  expect(await guardOf()).toMatchObject({ text: expect.stringContaining('denies 1 principal') })
  const { run } = contained.data
  expect(await interdict.json('verify', run, '--lab')).toMatchObject({ exit: 0 })
  // At once, with old sessions still denied. Before the second, the lab's clock is moved past their end, and with it the
  // session of the guard's role.
  const restore = ['restore', run, '--lab', '--yes', '--reason', 'test']
  expect(await interdict.json(...restore)).toMatchObject({ exit: 0 })
  expect(await guardOf()).toMatchObject({ text: expect.stringContaining('denies 1 principal') })
  expect(await interdict.json(...restore)).toMatchObject({ exit: 0 })
  expect(await guardOf()).toMatchObject(ready)
})

test('plan and permissions name who writes the guard, and what that takes', async () => {
  const plan = await interdict.run('plan', playbook, '--lab')
  expect(plan.stdout).toContain('guard policy as arn:aws:sts::100000000001:assumed-role/organization-guard/')
  const { data } = await interdict.json('permissions', playbook, '--for', 'contain')
  const actionsOf = (policy: { Statement: { Action: string[] }[] }) =>
    policy.Statement.flatMap(each => each.Action)
  expect(actionsOf(data.clouds.aws.guard)).toContain('organizations:UpdatePolicy')
  expect(actionsOf(data.clouds.aws.contain).filter(each => each.startsWith('organizations:'))).toEqual([])
})
