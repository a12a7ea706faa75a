import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { LEAKED_KEY, seedEstate } from '../../src/lab/aws/seed/index.ts'
import type { Trouble } from '../../src/lab/index.ts'
import { type LabOfAws, signedInTo, startAwsLab } from '../aws-lab.ts'
import { type Program, program } from '../commands/program.ts'

let lab: LabOfAws
let interdict: Program

beforeEach(async () => {
  lab = await startAwsLab({ estate: () => seedEstate(new Date().toISOString()), propagationMs: 0 })
  interdict = program(signedInTo(lab))
})
afterEach(async () => {
  await interdict.close()
  await lab.close()
})

const CONTAIN = ['contain', 'leaked-access-key', '--input', `key=${LEAKED_KEY}`, '--yes'] as const

/** The endpoint answers so to each question about an identity's rights. */
const answering = (trouble: Trouble) =>
  lab.faults.add({ trouble, operation: 'SimulatePrincipalPolicy', times: 0 })

const UNKNOWN: Trouble = {
  kind: 'error',
  code: 'InternalFailure',
  status: 501,
  message: 'not yet implemented',
}
const FORBIDDEN: Trouble = { kind: 'error', code: 'AccessDenied', status: 403, message: 'you may not ask' }
describe('an emulator that does not implement the policy simulator', () => {
  it('ends a containment with 0, and each screen says what it cannot prove', async () => {
    answering(UNKNOWN)
    const { exit, stdout } = await interdict.run(...CONTAIN)
    expect(exit, stdout).toBe(0)
    expect(stdout).toContain(
      'complete    1 of 3 changes holds and is proven; 2 are set, and this emulator cannot prove them',
    )
    expect(stdout).toContain(
      'this emulator cannot prove that the calls are denied: iam:SimulatePrincipalPolicy',
    )
    expect(stdout).not.toContain('✖')

    const { data } = await interdict.json('status')
    const [{ run, status, proven, unprovable, changes }] = data.runs
    expect({ status, proven, unprovable, changes }).toEqual({
      ...{ status: 'complete', proven: 1, unprovable: 2, changes: 3 },
    })
    const looked = await interdict.run('verify', run)
    expect(looked.exit, looked.stdout).toBe(0)
    expect(looked.stdout).toContain('1 proven, 2 not provable on this emulator, 0 drifted')
    expect((await interdict.json('status', run)).data.changes).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          denied: 'unknown',
          unprovable: true,
          because: expect.stringContaining('not yet implemented'),
        }),
      ]),
    )
  })

  it('ends a look with 6 when a setting was undone meanwhile', async () => {
    answering(UNKNOWN)
    await interdict.run(...CONTAIN)
    const { data } = await interdict.json('status')
    const user = lab
      .estate()
      .accounts[0]?.users.find(each => each.accessKeys.some(({ id }) => id === LEAKED_KEY))
    for (const key of user?.accessKeys ?? []) if (key.id === LEAKED_KEY) key.status = 'Active'
    expect((await interdict.run('verify', data.runs[0].run)).exit).toBe(6)
  })

  it('proves the rest once the simulator is there', async () => {
    answering(UNKNOWN)
    await interdict.run(...CONTAIN)
    lab.faults.clear()
    const { data } = await interdict.json('status')
    const looked = await interdict.json('verify', data.runs[0].run)
    expect(looked.exit).toBe(0)
    expect(looked.data).toMatchObject({ proven: 3 })
    expect(looked.data).not.toHaveProperty('unprovable')
  })
})

describe('an endpoint that implements the policy simulator', () => {
  it('ends a containment with 4 when it refuses the question', async () => {
    answering(FORBIDDEN)
    const { exit, stdout } = await interdict.run(...CONTAIN)
    expect(exit, stdout).toBe(4)
    expect(stdout).toContain('incomplete  1 of 3 changes holds and is proven')
    expect(stdout).not.toContain('emulator cannot')
  })
})
