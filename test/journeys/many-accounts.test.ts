import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Estate } from '../../src/lab/aws/index.ts'
import { ACCOUNT, MEMBER_ROLE, memberId } from '../../src/lab/aws/seed/index.ts'
import { memberCase, VENDOR_PLAYBOOK } from '../cases/aws-members.ts'
import { program } from '../commands/program.ts'
import { Desk } from '../hostile/program.ts'

const ACCOUNTS = 50
/** The role there trusts nobody until somebody mends it. */
const LOCKED = memberId(7)
const RESPONDER = `arn:aws:iam::${ACCOUNT}:role/security/incident-responder`
const FLAGS = ['--account', 'organization', '--role', `security/${MEMBER_ROLE}`, '--external-id', 'ir-2291']
const NOBODY = JSON.stringify({ Version: '2012-10-17', Statement: [] })

interface Policies {
  contain: object
  restore: object
  member: { role: string; contain: object; restore: object; trust: object }
}

/** As `permissions` prints them for the flags: nothing else is allowed to the responder and to the role in the members. */
let policies: Policies
beforeAll(async () => {
  const interdict = program()
  const playbook = join(interdict.folder, 'playbook.yaml')
  await writeFile(playbook, VENDOR_PLAYBOOK)
  const { data } = await interdict.json('permissions', playbook, ...FLAGS, '--principal', RESPONDER)
  policies = data.clouds.aws
  interdict.close()
})

function rolesNamed(estate: Estate, name: string) {
  return estate.accounts.flatMap(({ id, roles }) =>
    roles.filter(role => role.name === name).map(role => ({ id, role })),
  )
}

function members() {
  const { contain, restore, trust } = policies.member
  return memberCase({ accounts: ACCOUNTS, others: 4, trust, policies: { contain, restore } }, estate => {
    for (const { role } of rolesNamed(estate, 'incident-responder')) {
      role.attached = []
      role.inline = { contain: JSON.stringify(policies.contain), restore: JSON.stringify(policies.restore) }
    }
    for (const { id, role } of rolesNamed(estate, MEMBER_ROLE)) if (id === LOCKED) role.trust = NOBODY
  })
}

const DENY = /^interdict/

/** Accounts in which the vendor's role has a deny of ours. */
function deniedIn(desk: Desk): string[] {
  const { estate } = desk.case as ReturnType<typeof members>
  return rolesNamed(estate(), 'vendor-sync')
    .filter(({ role }) => Object.keys(role.inline).some(name => DENY.test(name)))
    .map(({ id }) => id)
    .sort()
}

let desk: Desk
afterEach(() => desk.close())

describe('an organization of fifty member accounts, by flags alone', () => {
  it('lists, plans, contains, resumes and restores them, and names the account that cannot be entered', async () => {
    desk = await Desk.open(members())
    const before = desk.snapshot()

    const listed = await desk.interdict(['inventory', ...FLAGS, '--kind', 'access-key', '--json'])
    expect(listed.code, listed.stderr).toBe(4)
    const keys: { account: string }[] = JSON.parse(listed.stdout).identities
    expect(new Set(keys.map(({ account }) => account)).size).toBe(ACCOUNTS)
    expect(listed.stderr).toContain(`AWS ${LOCKED} was not reached`)

    const planned = await desk.interdict(['plan', desk.playbook, ...FLAGS])
    expect(planned.code, planned.stderr).toBe(4)
    const screen = planned.stdout.split('\n').slice(0, 24).join('\n')
    expect(screen).toContain('would touch 50 of')
    expect(screen).toMatch(/role vendor-sync/)
    expect(screen).toMatch(/quarantine\s+\S/)
    expect(screen).toMatch(/in 49 AWS accounts/)
    for (const line of planned.stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(80)
    expect(planned.stdout).toContain(`AWS ${LOCKED} was not reached`)
    const { callers } = JSON.parse((await desk.interdict(['plan', desk.playbook, ...FLAGS, '--json'])).stdout)
    expect(callers.length).toBeGreaterThanOrEqual(ACCOUNTS)

    const contained = await desk.interdict(['contain', desk.playbook, ...FLAGS, '--yes', '--json'])
    expect(contained.code, contained.stderr).toBe(4)
    const { run, unreached } = JSON.parse(contained.stdout)
    expect(unreached).toMatchObject([{ account: LOCKED, fault: { code: 'not-authenticated' } }])
  })
})
