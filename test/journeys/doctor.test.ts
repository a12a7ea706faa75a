import { describe, expect, it } from 'vitest'
import { managedArn } from '../../src/lab/aws/seed/managed-policies.ts'
import type { Estate } from '../../src/lab/aws/store.ts'
import { type Answer, type Capabilities, STAGES } from '../../src/model/capability.ts'
import { awsCase } from '../cases/aws.ts'
import { azureCase } from '../cases/azure.ts'
import type { Case } from '../cases/case.ts'
import { gcpCase } from '../cases/gcp.ts'
import { Desk } from '../hostile/program.ts'

const LONG = 120_000

async function atDesk(given: Case, work: (desk: Desk) => Promise<void>): Promise<void> {
  const desk = await Desk.open(given)
  try {
    await work(desk)
  } finally {
    await desk.close()
  }
}

function readOnly(estate: Estate): void {
  for (const role of estate.accounts.flatMap(({ roles }) => roles)) {
    if (role.name === 'incident-responder') role.attached = [managedArn('ReadOnlyAccess')]
  }
}

const answers = (all: readonly Capabilities[]) =>
  new Set(all.flatMap(each => STAGES.map((stage): Answer => each[stage].answer)))

describe('doctor', () => {
  it.each([awsCase(), gcpCase(), azureCase()])(
    'tells what the credentials of $provider.cloud could do, and writes nothing',
    async given => {
      await atDesk(given, async desk => {
        const before = desk.snapshot()
        const { cloud, interruptions } = given.provider
        const { code, stdout, stderr } = await desk.interdict(['doctor', '--cloud', cloud, '--json'])
        expect([code, stderr]).toEqual([0, ''])
        expect(desk.operations().filter(each => given.operations.isWrite(each))).toEqual([])
        expect(desk.snapshot()).toEqual(before)
        const [account] = JSON.parse(stdout).accounts
        expect(account.capabilities.map((each: Capabilities) => each.interruption)).toEqual(
          interruptions.map(({ id }) => id),
        )
        const asked = account.capabilities.filter((each: Capabilities) => !/\.guard$/.test(each.interruption))
        expect([...answers(asked)]).toEqual(['can'])
        expect(account.basis).toMatch(/^by /)
      })
    },
    LONG,
  )

  it(
    'marks nothing as possible, and exits with 4, for credentials that only read',
    async () => {
      await atDesk(awsCase(readOnly), async desk => {
        const { code, stdout } = await desk.interdict(['doctor', '--cloud', 'aws'])
        expect(code).toBe(4)
        const table = stdout.split('\n').filter(line => /contain/.test(line))
        expect(table.filter(line => line.includes('✔'))).toEqual([])
        expect(stdout.replace(/\s+/g, ' ')).toContain(
          '✖ constrain, gate: can prove; contain needs iam:PutRolePolicy, iam:PutUserPolicy; restore needs iam:DeleteRolePolicy, iam:DeleteUserPolicy',
        )
      })
    },
    LONG,
  )

  it(
    'asks about the interruptions of a playbook alone',
    async () => {
      await atDesk(awsCase(), async desk => {
        const { code, stdout } = await desk.interdict(['doctor', '--playbook', desk.playbook, '--json'])
        expect(code).toBe(0)
        const [account] = JSON.parse(stdout).accounts
        const verbs = account.capabilities.map((each: Capabilities) => each.interruption).sort()
        expect(verbs).toContain('aws.user.quarantine')
        expect(verbs.filter((id: string) => /detach|guard|gate|constrain/.test(id))).toEqual([])
      })
    },
    LONG,
  )
})
