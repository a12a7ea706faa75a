import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { seedEstate } from '../../src/lab/aws/seed/index.ts'
import { Desk } from '../hostile/program.ts'

const LEAKED = fileURLToPath(new URL('../../playbooks/leaked-access-key.yaml', import.meta.url))
const UNKNOWN = 'AKIAIOSFODNN7UNKNOWN'

let desk: Desk
beforeEach(async () => {
  desk = await Desk.open()
})
afterEach(() => desk.close())

/** A key of an account that is not in scope. */
function foreignKey(): { key: string; account: string } {
  for (const { id: account, users } of seedEstate(new Date().toISOString()).accounts) {
    const [key] = users.flatMap(({ accessKeys }) => accessKeys)
    if (account !== '111122223333' && key) return { key: key.id, account }
  }
  throw new Error('no other account has a key')
}

const plan = (key: string, ...flags: string[]) =>
  desk.interdict(['plan', LEAKED, '--input', `key=${key}`, ...flags])

describe('a key that the account does not have', () => {
  it('is said to be of its account by plan, which exits as contain does', async () => {
    const { key, account } = foreignKey()
    const shown = await plan(key)
    expect(shown.stdout.replace(/\s+/g, ' ')).toContain(
      `key ${key} belongs to account ${account}, which is not in scope: add --account ${account} --role NAME`,
    )
    expect(shown.code).toBe(3)
    const { stdout, code } = await plan(key, '--json')
    expect(JSON.parse(stdout).missing).toEqual([{ name: key, text: expect.stringContaining(account) }])
    expect(code).toBe(3)
  })

  it('is said to be of its account by contain, which changes nothing', async () => {
    const { key, account } = foreignKey()
    const args = ['contain', LEAKED, '--input', `key=${key}`, '--yes', '--json']
    const { stdout, code } = await desk.interdict(args)
    expect(JSON.parse(stdout).error.message).toContain(`key ${key} belongs to account ${account}`)
    expect(code).toBe(3)
  })

  it('is said to be unknown when AWS does not know it', async () => {
    const { stdout, code } = await plan(UNKNOWN, '--json')
    expect(JSON.parse(stdout).missing).toEqual([
      { name: UNKNOWN, text: `AWS does not know the key ${UNKNOWN}` },
    ])
    expect(code).toBe(3)
  })

  it('is said not to be known where the permission is lacking', async () => {
    desk.lab.faults.add({
      operation: 'GetAccessKeyInfo',
      trouble: { kind: 'error', code: 'AccessDenied', status: 403 },
      times: 0,
    })
    const { stdout, code } = await plan(UNKNOWN, '--json')
    expect(JSON.parse(stdout).missing[0].text).toContain('is not known: sts:GetAccessKeyInfo')
    expect(code).toBe(3)
  })

  it('is asked about by the policy that permissions prints', async () => {
    const { stdout } = await desk.interdict(['permissions', LEAKED, '--json'])
    expect(stdout).toContain('"sts:GetAccessKeyInfo"')
  })
})
