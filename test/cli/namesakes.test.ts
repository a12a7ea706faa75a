import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { aws } from '../../src/clouds/aws/provider.ts'
import { clouds } from '../../src/clouds/index.ts'
import { makePlan } from '../../src/engine/index.ts'
import { ACCOUNT, MEMBER_ROLE, MEMBER_VENDOR, memberId } from '../../src/lab/aws/seed/index.ts'
import { type Lab, startLab } from '../../src/lab/index.ts'
import type { Firing } from '../../src/model/firing.ts'
import { parsePlaybook } from '../../src/model/playbook/parse.ts'
import { Holds } from '../../src/model/run/holds.ts'
import { REAL } from '../../src/model/timing.ts'
import type { OpenLab } from '../../src/toolkit/open-lab.ts'
import { type Joined, join } from '../../src/toolkit/target.ts'
import { accountOf, OwnAccounts, strangerDoubt } from '../../src/toolkit/watch/own-accounts.ts'
import { memberCase } from '../cases/aws-members.ts'

/** The same role in every account of an organization. */
const PLAYBOOK = (select: string) => `version: 1
name: stop-role
title: Stop a role
status: test
severity: high
inputs:
  role: { type: string, description: role }
scope:
  aws: { accounts: [organization], role: security/${MEMBER_ROLE}, externalId: ir-2291 }
limit: { identities: 10, share: 1 }
ttl: 1h
steps:
  - name: the role
    select: ${select}
    interrupt: [quarantine]
`
const NAMED = 'identity.kind == "role" && identity.name == inputs.role'

let lab: Lab
let joined: Joined
beforeEach(async () => {
  const { lab: cloud } = memberCase({ accounts: 3 })
  lab = await startLab({ clouds: [cloud], propagationMs: 0 })
  const open = {
    id: lab.id,
    endpoint: lab.endpoint,
    credentials: lab.responders,
    propagation: {},
    now: () => lab.clock.now(),
  }
  joined = await join({
    timing: REAL,
    providers: new Map([['aws', aws]]),
    scope: parsed(NAMED).scope,
    lab: open as unknown as OpenLab,
    listen: () => undefined,
  })
})
afterEach(async () => {
  await joined.close()
  await lab.close()
})

function parsed(select: string) {
  const { kinds, interruptions } = aws
  return parsePlaybook(PLAYBOOK(select), 'stop.yaml', { clouds: ['aws'], kinds, interruptions })
}

async function planned(select: string, within?: { cloud: string; account: string }) {
  const inputs = { role: MEMBER_VENDOR }
  const plan = await makePlan(joined.world, {
    run: 'abcdef',
    playbook: parsed(select),
    inputs,
    holds: new Holds([]),
    narrow: true,
    within,
  })
  return {
    accounts: plan.changes.map(({ identity }) => identity.account).sort(),
    warnings: plan.warnings,
    plan,
  }
}

const ONE = { cloud: 'aws', account: memberId(2) }

describe('a role that an event names by its name', () => {
  test('is that of the account of the event, and of no other', async () => {
    expect((await planned(NAMED)).accounts).toEqual([ACCOUNT, memberId(1), memberId(2), memberId(3)])
    const { accounts, warnings, plan } = await planned(NAMED, ONE)
    expect(accounts).toEqual([memberId(2)])
    expect(plan.within).toEqual(ONE)
    expect(warnings.filter(text => text.includes('is left out'))).toHaveLength(3)
  })

  test('is nobody where the account has none of that name', async () => {
    expect((await planned(NAMED, { cloud: 'aws', account: memberId(9) })).accounts).toEqual([])
  })

  test('is not asked for where a step means whatever is alike', async () => {
    const alike = 'identity.kind == "role" && identity.name.startsWith(inputs.role)'
    expect((await planned(alike, ONE)).accounts).toHaveLength(4)
  })
})

const firing = (more: Partial<Firing>): Firing => ({
  id: 'f',
  playbook: 'p',
  trigger: 't',
  mode: 'act',
  group: {},
  events: ['e'],
  count: 1,
  time: '2026-11-30T12:00:00Z',
  why: 'one event',
  inputs: {},
  cloud: 'aws',
  identity: { name: 'ci' },
  ...more,
})
const [OURS, THEIRS] = ['111122223333', '998877665544']
const reached = [
  { cloud: 'aws', account: OURS },
  { cloud: 'azure', account: 'tenant-a' },
]

describe('a firing', () => {
  test('means the account of its identity, else that of the log', () => {
    expect(accountOf(firing({ account: OURS }), reached)).toEqual({ cloud: 'aws', account: OURS })
    const vendor = firing({ account: THEIRS, recordedIn: OURS })
    expect(accountOf(vendor, reached)).toEqual({ cloud: 'aws', account: OURS })
    const agent = firing({
      cloud: 'agent',
      identity: { id: 'azure:tenant-a:service-principal/x', name: 'x' },
    })
    expect(accountOf(agent, reached)).toEqual({ cloud: 'azure', account: 'tenant-a' })
  })

  test('acts only on the word of an account that is reached', () => {
    expect(strangerDoubt(firing({ account: THEIRS, recordedIn: OURS }), reached)).toBeUndefined()
    expect(strangerDoubt(firing({ account: OURS, recordedIn: THEIRS }), reached)).toMatch(/not reached/)
    expect(strangerDoubt(firing({ account: THEIRS }), reached)).toMatch(/AWS 998877665544/)
    expect(strangerDoubt(firing({}), reached)).toMatch(/of which account/)
    expect(strangerDoubt(firing({ cloud: 'other' }), reached)).toBeUndefined()
  })
})

describe('accounts of our own', () => {
  test('are those that are reached', () => {
    const own = new OwnAccounts(clouds)
    expect(own.isOurs('aws', OURS)).toBeUndefined()
    own.add('aws', OURS)
    own.add('gcp', 'acme-prod')
    expect([own.isOurs('aws', OURS), own.isOurs('aws', THEIRS)]).toEqual([true, false])
    expect([own.isOurs('gcp', 'evil-prod'), own.isOurs('gcp', '778899001122')]).toEqual([false, undefined])
    own.leaveOpen('aws')
    expect([own.isOurs('aws', OURS), own.isOurs('aws', THEIRS)]).toEqual([true, undefined])
  })
})
