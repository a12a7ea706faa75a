import { afterEach, describe, expect, it } from 'vitest'
import { RECENT } from '../../src/model/recent-grants.ts'
import { isOpen } from '../../src/model/run/replay.ts'
import { restoreCounts } from '../../src/model/run/restore-fold.ts'
import type { RunState } from '../../src/model/run/state.ts'
import { awsCase } from '../cases/aws.ts'
import { azureCase } from '../cases/azure.ts'
import type { Case } from '../cases/case.ts'
import { Incident } from './incident.ts'

let incident: Incident
afterEach(async () => {
  await incident.close()
})

const MINUTES = 60_000
const ago = (minutes: number) => new Date(Date.now() - minutes * MINUTES).toISOString()

const left = (state: RunState) =>
  [...state.changes.values()].flatMap(({ restored }) =>
    restored.filter(({ decision }) => decision === 'recent'),
  )

/** Contains, restores without what is recent, and then with it. */
async function leavesOut(given: Case, entry: RegExp, added: object): Promise<void> {
  incident = await Incident.open(given)
  expect((await incident.contain()).finished).toBe('complete')
  const state = await incident.restore({ recent: RECENT })
  expect(left(state)).toMatchObject([{ entry: expect.stringMatching(entry), added }])
  expect(restoreCounts(state)).toMatchObject({ recent: 1, failed: 0 })
  // It is held and not owed: the run is closed, and nothing comes back by itself.
  expect(state.restore?.finished).toBe('complete')
  expect(isOpen(state)).toBe(false)
  expect(incident.snapshot()).not.toEqual(incident.seed)
  expect(left(await incident.restore({ recent: RECENT }))).toHaveLength(1)
  const back = await incident.restore()
  expect(restoreCounts(back)).toMatchObject({ putBack: 1, recent: 0 })
  expect([...back.changes.values()].flatMap(({ held }) => held)).toEqual([])
  expect(incident.snapshot()).toEqual(incident.seed)
}

describe('what was added shortly before the run is left out until it is asked for', () => {
  it('a role assignment in Azure, which says when and by whom', async () => {
    const AT = ago(4)
    const given = azureCase(estate => {
      const principal = estate.servicePrincipals.find(({ displayName }) => displayName === 'Mail Insights')
      const [role] = estate.roleAssignments.filter(({ principalId }) => principalId === principal?.id)
      if (role) Object.assign(role, { createdOn: AT, createdBy: 'mallory' })
    })
    await leavesOut(given, /^azure-role\//, { at: AT, by: 'mallory' })
  })

  it('an app role, of which Graph says when', async () => {
    const AT = ago(4)
    const given = azureCase(estate => {
      const principal = estate.servicePrincipals.find(({ displayName }) => displayName === 'Mail Insights')
      const [role] = estate.appRoleAssignments.filter(({ principalId }) => principalId === principal?.id)
      if (role) role.createdDateTime = AT
    })
    await leavesOut(given, /^app-role\//, { at: AT })
  })

  it('a policy of a user on AWS that was made minutes before', async () => {
    const arn = 'arn:aws:iam::111122223333:policy/backdoor'
    const usual = awsCase(estate => {
      const [account] = estate.accounts
      const [policy] = account?.policies ?? []
      if (!account || !policy) throw new Error('the seed has policies')
      const created = ago(4).replace(/\.\d+Z$/, 'Z')
      account.policies.push({ ...policy, arn, name: 'backdoor', created })
      account.users.find(({ name }) => name === 'ci-deploy')?.attached.push(arn)
    })
    const playbook = usual.playbook.replace('[quarantine, disable, revoke-sessions]', '[detach]')
    await leavesOut({ ...usual, playbook }, /backdoor$/, {})
  })
})
