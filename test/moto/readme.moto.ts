import { CreateAccessKeyCommand, CreateUserCommand, PutUserPolicyCommand } from '@aws-sdk/client-iam'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Program, program } from '../commands/program.ts'
import { missing, motoEnd, walk } from '../readme/road.ts'
import { seeded } from './estate.ts'

let interdict: Program
let leaked: string

beforeAll(async () => {
  const { environment, iam } = await seeded()
  // A user of its own: that of the estate has all that a user can have.
  await iam.send(new CreateUserCommand({ UserName: 'build' }))
  const Statement = [{ Effect: 'Allow', Action: 's3:*', Resource: '*' }]
  const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement })
  await iam.send(new PutUserPolicyCommand({ UserName: 'build', PolicyName: 'deploy', PolicyDocument }))
  const made = await iam.send(new CreateAccessKeyCommand({ UserName: 'build' }))
  leaked = made.AccessKey?.AccessKeyId ?? ''
  interdict = program(environment)
})
afterAll(() => interdict.close())

test('the road of the README runs against moto, and ends where the README says', async () => {
  const exits: { [command: string]: number | null } = {}
  for await (const { step, ran } of walk(interdict.run, leaked)) {
    const [, verb = ''] = step.command.split(' ')
    exits[step.command.includes('--dry-run') ? 'dry run' : verb] = ran.exit
    if (verb !== 'contain') continue
    const shown = motoEnd().map(line => line.replace('ci-deploy', 'build'))
    expect(missing(shown, ran.stdout), ran.stdout).toEqual([])
  }
  // Without IAM's policy simulator nothing is proven, and interdict says so.
  expect(exits).toEqual({
    ...{ doctor: 4, inventory: 0, plan: 0, contain: 4 },
    ...{ status: 0, verify: 4, 'dry run': 0, restore: 0 },
  })
})
