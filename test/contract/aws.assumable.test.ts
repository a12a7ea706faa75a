import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { aws } from '../../src/clouds/aws/provider.ts'
import { makePlan } from '../../src/engine/index.ts'
import { allow, policy, trustsAws } from '../../src/lab/aws/seed/documents.ts'
import { ACCOUNT } from '../../src/lab/aws/seed/ids.ts'
import type { Estate } from '../../src/lab/aws/store.ts'
import { parsePlaybook } from '../../src/model/playbook/parse.ts'
import type { Provider } from '../../src/model/provider.ts'
import { Holds } from '../../src/model/run/holds.ts'
import { REAL } from '../../src/model/timing.ts'
import { type AwsRange, openAws } from './aws-range.ts'

const USER = 'billing-export'

/** Three roles: one names the user, one trusts the account and the user may assume it, one trusts the account alone. */
function prepare(estate: Estate): void {
  const [account] = estate.accounts
  const user = account?.users.find(({ name }) => name === USER)
  const template = account?.roles.find(({ name }) => name === 'vendor-sync')
  if (!account || !user || !template) throw new Error('not the seed')
  const role = (name: string, principal: string) => {
    const id = `AROA${name.toUpperCase().replace(/-/g, '').padEnd(16, 'X')}`
    account.roles.push({ ...template, name, id, path: '/', trust: JSON.stringify(trustsAws(principal)) })
  }
  role('by-name', `arn:aws:iam::${ACCOUNT}:user${user.path}${USER}`)
  role('by-permission', `arn:aws:iam::${ACCOUNT}:root`)
  role('of-others', ACCOUNT)
  user.inline = {
    assume: JSON.stringify(policy(allow('sts:AssumeRole', [`arn:aws:iam::${ACCOUNT}:role/by-permission`]))),
  }
}

let range: AwsRange
beforeAll(async () => {
  range = await openAws(prepare)
})
afterAll(() => range.close())

async function planned(more = '') {
  const provider = aws as Provider
  const { kinds, interruptions } = provider
  const source = `version: 1
name: stop-it
title: Stop it
status: test
severity: high
scope:
  aws: { accounts: [self] }
limit: { identities: 5, share: 1 }
steps:
  - name: the user
    select: identity.kind == "user" && identity.name == "${USER}"
    interrupt: [quarantine, revoke-sessions]
${more}`
  const playbook = parsePlaybook(source, 'test.yaml', { clouds: ['aws'], kinds, interruptions })
  const world = {
    providers: new Map([['aws', provider]]),
    sessions: [range.session],
    unreached: [],
    target: { kind: 'lab', at: 'lab' } as const,
    clock: () => range.now(),
    listen: () => undefined,
    timing: REAL,
  }
  return await makePlan(world, { run: 'c0de', playbook, inputs: {}, holds: new Holds([]) })
}

describe('AWS roles that a contained user may assume', () => {
  it('are named in the plan with a command that revokes their sessions', async () => {
    const plan = await planned()
    const texts = (plan.reachable ?? []).map(({ text }) => text)
    expect(texts).toEqual([
      expect.stringMatching(
        /sessions of role by-name \(its trust policy names it\).*put-role-policy --role-name by-name /,
      ),
      expect.stringMatching(
        /sessions of role by-permission \(it trusts the account, and its policies allow it\)/,
      ),
    ])
    expect(plan.changes.map(({ identity }) => identity.name)).not.toContain('by-name')
    const document = /--policy-document "(.*)"$/.exec(texts[0] ?? '')?.[1] ?? ''
    const sent = document.replaceAll('\\"', '"').replace(/\$\(date [^)]*\)/, '2026-01-01T00:00:00Z')
    expect(JSON.parse(sent)).toMatchObject({ Statement: [{ Effect: 'Deny' }] })
  })

  it('are stopped with the user when the step includes them', async () => {
    const plan = await planned('    include: [assumable-roles]\n')
    const touched = [...new Set(plan.changes.map(({ identity }) => identity.name))].sort()
    expect(touched).toEqual([USER, 'by-name', 'by-permission'].sort())
    expect(plan.reachable).toBeUndefined()
    expect(plan.counts.touched).toBe(3)
  })

  it('are said to be unknown, and the run is incomplete if they were to be included, when roles may not be listed', async () => {
    const denied = { kind: 'error', code: 'AccessDenied', status: 403, message: 'no' } as const
    range.lab.faults.add({ operation: 'SimulatePrincipalPolicy', trouble: denied, times: 0 })
    const [named, included] = [await planned(), await planned('    include: [assumable-roles]\n')]
    range.lab.faults.clear()
    expect(named.reachable?.[0]?.text).toMatch(/which roles it may assume is not known: .*no/)
    expect(named.unlisted).toBeUndefined()
    expect(included.unlisted?.[0]?.because).toMatch(/are not included: .*no/)
  })
})
