import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { IAMClient, UpdateAssumeRolePolicyCommand } from '@aws-sdk/client-iam'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Estate } from '../../src/lab/aws/index.ts'
import { ACCOUNT, MEMBER_ROLE, memberId } from '../../src/lab/aws/seed/index.ts'
import { memberCase, VENDOR_PLAYBOOK } from '../cases/aws-members.ts'
import { program } from '../commands/program.ts'
import { Desk } from '../hostile/program.ts'

const ACCOUNTS = 8
/** The role there trusts nobody until somebody mends it. */
const LOCKED = memberId(7)
const RESPONDER = `arn:aws:iam::${ACCOUNT}:role/security/incident-responder`
const ROLE = `security/${MEMBER_ROLE}`
const FLAGS = ['--account', 'organization', '--role', ROLE, '--external-id', 'ir-2291']
const EVERYTHING = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }],
})
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
  await interdict.close()
})

function rolesNamed({ accounts }: Estate, name: string) {
  return accounts.flatMap(({ id, roles }) =>
    roles.filter(role => role.name === name).map(role => ({ account: id, role })),
  )
}

/** The organization as the printed policies have it, with one account that lets nobody in. */
function members() {
  const { contain, restore, trust } = policies.member
  return memberCase({ accounts: ACCOUNTS, others: 4, trust, policies: { contain, restore } }, estate => {
    for (const { role } of rolesNamed(estate, 'incident-responder')) {
      role.attached = []
      role.inline = { contain: JSON.stringify(policies.contain), restore: JSON.stringify(policies.restore) }
    }
    for (const { account, role } of rolesNamed(estate, MEMBER_ROLE))
      if (account === LOCKED) role.trust = NOBODY
    for (const user of usersOf(estate, LOCKED)) user.inline = { all: EVERYTHING }
  })
}

function usersOf({ accounts }: Estate, account: string) {
  return accounts.find(({ id }) => id === account)?.users ?? []
}

/** Somebody of the account lets the responder in. */
async function mend({ lab, case: given }: Desk): Promise<void> {
  const [user] = usersOf((given as ReturnType<typeof members>).estate(), LOCKED)
  const [key] = user?.accessKeys ?? []
  const iam = new IAMClient({
    endpoint: lab.endpoint,
    region: 'eu-west-1',
    credentials: { accessKeyId: key?.id ?? '', secretAccessKey: key?.secret ?? '' },
  })
  const PolicyDocument = JSON.stringify(policies.member.trust)
  await iam.send(new UpdateAssumeRolePolicyCommand({ RoleName: MEMBER_ROLE, PolicyDocument }))
  iam.destroy()
}

/** Accounts in which the vendor's role has a deny of ours. */
function deniedIn(desk: Desk): string[] {
  const { estate } = desk.case as ReturnType<typeof members>
  return rolesNamed(estate(), 'vendor-sync')
    .filter(({ role }) => Object.keys(role.inline).some(name => name.startsWith('interdict')))
    .map(({ account }) => account)
    .sort()
}

const ALL = [ACCOUNT, ...Array.from({ length: ACCOUNTS }, (_, index) => memberId(index + 1))]
const REACHED = ALL.filter(id => id !== LOCKED)

let desk: Desk
afterEach(() => desk.close())

async function json(args: readonly string[]) {
  const { code, stdout, stderr } = await desk.interdict([...args, '--json'])
  return { code, data: JSON.parse(stdout), stderr }
}

describe('an organization, by flags alone', () => {
  it('is listed, planned, contained and restored but for an account that cannot be entered, which is named', async () => {
    desk = await Desk.open(members())
    const before = desk.snapshot()

    const listed = await json(['inventory', ...FLAGS, '--kind', 'access-key'])
    expect(listed.code, listed.stderr).toBe(4)
    const keys: { account: string }[] = listed.data.identities
    expect(new Set(keys.map(({ account }) => account))).toEqual(new Set(REACHED))
    expect(listed.stderr).toContain(`AWS ${LOCKED} was not reached`)

    const planned = await desk.interdict(['plan', desk.playbook, ...FLAGS])
    expect(planned.code, planned.stderr).toBe(4)
    const screen = planned.stdout.split('\n').slice(0, 24).join('\n')
    expect(screen).toContain(`would touch ${ACCOUNTS} of`)
    expect(screen).toMatch(/role vendor-sync[\s\S]*quarantine +\+ inline\/interdict-\S+ +‒ → Deny \*/)
    expect(screen.replace(/\s+/g, ' ')).toContain(`in ${ACCOUNTS} AWS accounts`)
    expect(screen).toContain(`${ACCOUNTS - 1} AWS accounts: ${memberId(1)}, `)
    expect(planned.stdout).toContain(`AWS ${LOCKED} was not reached`)

    const contained = await json(['contain', desk.playbook, ...FLAGS, '--yes', '--no-wait'])
    expect(contained.code, contained.stderr).toBe(4)
    const { run, unreached } = contained.data
    expect(unreached).toMatchObject([{ account: LOCKED, fault: { code: 'not-authenticated' } }])
    expect(deniedIn(desk)).toEqual(REACHED.toSorted())

    const restored = await json(['restore', run, '--step-down', '--yes'])
    expect(restored.code, restored.stderr).toBe(0)
    expect(restored.data.counts).toMatchObject({ failed: 0, drift: 0, unread: 0, steppedDown: ACCOUNTS })
    const done = await json(['restore', run, '--accept-live-tokens', '--reason', 'rehearsed', '--yes'])
    expect(done.code, done.stderr).toBe(0)
    expect(desk.snapshot()).toEqual(before)
  })

  it('is contained by a saved plan without flags, and resume enters the account once its role lets us in', async () => {
    const given = members()
    desk = await Desk.open(given)
    const planned = await desk.interdict(['plan', desk.playbook, ...FLAGS, '--out', 'plan.json'])
    expect(planned.code, planned.stderr).toBe(4)
    const refused = await desk.interdict(['contain', 'plan.json', ...FLAGS, '--yes'])
    expect(refused.code).toBe(2)
    expect(refused.stderr).toContain('a saved plan has its accounts already')

    const contained = await json(['contain', 'plan.json', '--yes', '--no-wait'])
    expect(contained.code, contained.stderr).toBe(4)
    const { run } = contained.data
    const [entry] = (await readFile(desk.journal(run), 'utf8')).split('\n')
    expect(JSON.parse(entry ?? '').plan.scope).toEqual({
      aws: { accounts: ['organization'], role: ROLE, externalId: 'ir-2291' },
    })
    const verified = await desk.interdict(['verify', run])
    expect(verified.code, verified.stderr).toBe(0)

    await mend(desk)
    const resumed = await json(['resume', run, '--no-wait'])
    expect(resumed.code, resumed.stderr).toBe(0)
    expect(deniedIn(desk)).toEqual(ALL.toSorted())
    const guarded = await json(['guard', run, '--for', '1s'])
    expect(guarded.code, guarded.stderr).toBe(0)
  })
})
