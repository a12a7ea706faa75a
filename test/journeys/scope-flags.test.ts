import { readFile } from 'node:fs/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { objectId, SUBSCRIPTIONS, TENANT } from '../../src/lab/azure/seed/index.ts'
import { FOLDERS, ORGANIZATION } from '../../src/lab/gcp/seed/ids.ts'
import { azureCase } from '../cases/azure.ts'
import type { Case } from '../cases/case.ts'
import { gcpCase } from '../cases/gcp.ts'
import { Desk } from '../hostile/program.ts'

let desk: Desk
afterEach(() => desk.close())

async function json(args: readonly string[]) {
  const { code, stdout, stderr } = await desk.interdict([...args, '--json'])
  return { code, data: JSON.parse(stdout), stderr }
}

const accountsOf = (identities: { account: string }[]) =>
  [...new Set(identities.map(({ account }) => account))].sort()

/** Contains by flags, then restores without any. */
async function thereAndBack(flags: readonly string[], scope: object) {
  const before = desk.snapshot()
  const contained = await json(['contain', desk.playbook, ...flags, '--yes', '--no-wait'])
  expect([0, 7], contained.stderr).toContain(contained.code)
  expect(desk.case.contained()).toBe(true)
  const { run } = contained.data
  const [entry = ''] = (await readFile(desk.journal(run), 'utf8')).split('\n')
  expect(JSON.parse(entry).plan.scope).toEqual(scope)
  const back = ['--accept-live-tokens', '--reason', 'rehearsed', '--yes']
  const restored = await json(['restore', run, ...back])
  expect(restored.code, restored.stderr).toBe(0)
  expect(desk.snapshot()).toEqual(before)
}

describe('Google Cloud by flags', () => {
  it('lists the projects of a folder, and those of the organization', async () => {
    desk = await Desk.open(gcpCase() as Case)
    const kinds = ['--kind', 'service-account']
    const folder = await json(['inventory', '--folder', FOLDERS.production, ...kinds])
    expect(folder.code, folder.stderr).toBe(0)
    expect(accountsOf(folder.data.identities)).toEqual(['acme-data', 'acme-prod'])
    const all = await json(['inventory', '--organization', ORGANIZATION, ...kinds])
    expect(accountsOf(all.data.identities)).toEqual(['acme-data', 'acme-prod', 'acme-shop'])
    const two = await json(['inventory', '--project', 'acme-shop,acme-data', ...kinds])
    expect(accountsOf(two.data.identities)).toEqual(['acme-data', 'acme-shop'])
  })

  it('contains in a folder in place of the playbook’s project, and restores without flags', async () => {
    desk = await Desk.open(gcpCase() as Case)
    await thereAndBack(['--folder', FOLDERS.production], { gcp: { folders: [FOLDERS.production] } })
  })
})

describe('Azure by flags', () => {
  const GROUP = 'acme-landing'
  /** The responder has its role at the management group as well. */
  const atGroup = () =>
    azureCase(estate => {
      const own = estate.roleAssignments.find(({ principalId }) => principalId === objectId('responder'))
      if (!own) throw new Error('no role of the responder in the seed')
      const scope = `/providers/Microsoft.Management/managementGroups/${GROUP}`
      estate.roleAssignments.push({ ...own, name: '00000000-0000-4000-8000-00000000abcd', scope })
    })

  it('lists the managed identities of a subscription, and of a management group', async () => {
    desk = await Desk.open(atGroup() as Case)
    const kinds = ['--kind', 'managed-identity']
    const found = async (...flags: string[]) => {
      const { code, data, stderr } = await json(['inventory', ...flags, ...kinds])
      expect(code, stderr).toBe(0)
      return data.identities.length
    }
    const [one, group] = [
      await found('--subscription', SUBSCRIPTIONS.staging),
      await found('--management-group', GROUP, '--tenant', TENANT),
    ]
    expect(group).toBeGreaterThanOrEqual(one)
    const strange = await desk.interdict(['inventory', '--management-group', 'none', ...kinds])
    expect(strange.code).toBe(4)
    expect(strange.stderr).toContain('management group none was not reached')
  })

  it('contains below a management group in place of the playbook’s subscription, and restores without flags', async () => {
    desk = await Desk.open(atGroup() as Case)
    await thereAndBack(['--management-group', GROUP], { azure: { managementGroups: [GROUP] } })
  })
})
