import { afterEach, expect, it } from 'vitest'
import type { Identity } from '../../../src/model/identity.ts'
import type { Session } from '../../../src/model/provider.ts'
import { openGcp } from '../../contract/gcp-range.ts'
import type { Range } from '../../contract/suite.ts'

let range: Range | undefined
afterEach(async () => {
  await range?.close()
  range = undefined
})

const email = (name: string) => `${name}@acme-prod.iam.gserviceaccount.com`

async function found(session: Session, kind: string, which: (each: Identity) => boolean): Promise<Identity> {
  for await (const each of session.inventory({ kinds: [kind] })) if (which(each)) return each
  throw new Error(`no such ${kind}`)
}

const account = (session: Session, name: string) =>
  found(session, 'service-account', each => each.name === email(name))

function bound(role: string, name: string): Parameters<typeof openGcp>[0] {
  return estate => {
    estate.policies['projects/acme-prod']?.bindings.push({
      role,
      members: [`serviceAccount:${email(name)}`],
    })
  }
}

it('names a predefined role of the account with what it is on, without a call', async () => {
  range = await openGcp(bound('roles/owner', 'orders'))
  const { session } = range
  const owner = await account(session, 'orders')
  const before = session.calls()['policytroubleshooter.iam.troubleshoot'] ?? 0
  expect(await session.undoes?.(owner)).toEqual(['roles/owner on projects/acme-prod'])
  expect(session.calls()['policytroubleshooter.iam.troubleshoot'] ?? 0).toBe(before)
})

it('names permissions by Policy Troubleshooter for a credential of the account', async () => {
  range = await openGcp(bound('roles/iam.serviceAccountKeyAdmin', 'orders'))
  const { session } = range
  const { id, account: project } = await account(session, 'orders')
  const key: Identity = {
    id: `${id}/key`,
    uid: 'key',
    cloud: 'gcp',
    account: project,
    kind: 'service-account-key',
    name: 'key',
    owner: id,
    facts: { serviceAccount: email('orders') },
  }
  expect(await session.undoes?.(key)).toContain('iam.serviceAccountKeys.enable')
})

it('is nothing for an account without such a role where no group has one', async () => {
  range = await openGcp(estate => {
    for (const { bindings } of Object.values(estate.policies)) {
      for (const binding of bindings) {
        binding.members = binding.members.filter(each => !each.startsWith('group:'))
      }
    }
  })
  expect(await range.session.undoes?.(await account(range.session, 'metrics-writer'))).toEqual([])
})

it('is unknown where a group has such a role, of which the account may be a member', async () => {
  range = await openGcp()
  const { session } = range
  const writer = await account(session, 'metrics-writer')
  await expect(session.undoes?.(writer)).rejects.toMatchObject({ code: 'unsupported' })
})
