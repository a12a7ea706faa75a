import { describe, expect, it } from 'vitest'
import { interruptions } from '../../../src/clouds/gcp/interruptions/index.ts'
import type { GcpEstate } from '../../../src/lab/gcp/index.ts'
import { ORGANIZATION } from '../../../src/lab/gcp/seed/ids.ts'
import { RESPONDER_ROLE } from '../../../src/lab/gcp/seed/policies.ts'
import { capabilitiesOf } from '../../../src/model/capability.ts'
import { type GcpRange, openGcp } from '../../contract/gcp-range.ts'
import { interruption, prod } from '../../contract/gcp-subjects.ts'

const RESPONDER = `serviceAccount:${prod('incident-response')}`

/** The responder has its role on the project alone, where the organization says nothing of it. */
function onProjectAlone(estate: GcpEstate): void {
  const organization = estate.policies[`organizations/${ORGANIZATION}`]
  const project = estate.policies['projects/acme-prod']
  if (!organization || !project) throw new Error('no policies in the seed')
  organization.bindings = organization.bindings.map(binding => ({
    ...binding,
    members: binding.members.filter(member => member !== RESPONDER),
  }))
  // The folders and the organization above may be read.
  organization.bindings.push({ role: 'roles/browser', members: [RESPONDER] })
  project.bindings = [...project.bindings, { role: RESPONDER_ROLE, members: [RESPONDER] }]
}

async function inRange<Answer>(
  prepare: (estate: GcpEstate) => void,
  ask: (range: GcpRange) => Promise<Answer>,
): Promise<Answer> {
  const range = await openGcp(prepare)
  try {
    return await ask(range)
  } finally {
    await range.close()
  }
}

async function told(range: GcpRange, id: string) {
  const { read, cut, restore } = interruption(id).permissions
  const rights = await range.session.rights?.([...read, ...cut, ...restore])
  if (rights === undefined) throw new Error('nothing is told')
  return capabilitiesOf(interruption(id), rights)
}

describe('rights in Google Cloud', () => {
  it('on the project alone are enough for the project, and name what is missing above it', async () => {
    await inRange(onProjectAlone, async range => {
      expect(await told(range, 'gcp.service-account.disable')).toMatchObject({
        contain: { answer: 'can' },
        restore: { answer: 'partly' },
      })
      expect((await told(range, 'gcp.service-account.detach')).contain).toMatchObject({
        answer: 'partly',
        missing: expect.arrayContaining([
          {
            permission: 'resourcemanager.organizations.setIamPolicy',
            when: 'where the account has roles on the organization',
            where: `on organizations/${ORGANIZATION}`,
          },
        ]),
      })
    })
  })

  it('name roles/iam.denyAdmin where deny policies cannot be written', async () => {
    await inRange(onProjectAlone, async range => {
      const { contain } = await told(range, 'gcp.service-account.quarantine')
      expect(contain.answer).toBe('cannot')
      expect(contain.missing).toContainEqual({
        permission: 'iam.denypolicies.create',
        where: 'it comes with roles/iam.denyAdmin on the organization',
      })
    })
  })

  it('say of a project without an organization that nobody can deny there', async () => {
    const alone = (estate: GcpEstate) => {
      onProjectAlone(estate)
      estate.projects = estate.projects.map(each =>
        each.id === 'acme-prod' ? { ...each, parent: '' } : each,
      )
    }
    await inRange(alone, async range => {
      const { contain } = await told(range, 'gcp.service-account.quarantine')
      expect(contain.answer).toBe('cannot')
      expect(contain.why).toEqual([expect.stringContaining('in no organization')])
      // There is no organization on which anything could be missing.
      expect((await told(range, 'gcp.service-account.gate')).contain.answer).toBe('can')
    })
  })

  it('name the service accounts on which a permission is missing', async () => {
    const one = (estate: GcpEstate) => {
      onProjectAlone(estate)
      const role = estate.customRoles.find(({ name }) => name === RESPONDER_ROLE)
      if (!role) throw new Error('no role of the responder')
      role.permissions = role.permissions.filter(each => each !== 'iam.serviceAccounts.disable')
      estate.customRoles.push({ name: `${RESPONDER_ROLE}One`, permissions: ['iam.serviceAccounts.disable'] })
      const first = estate.serviceAccounts
        .filter(({ project }) => project === 'acme-prod')
        .map(({ email }) => email)
        .sort()[0]
      const key = `serviceAccounts/${first}`
      estate.policies[key] = {
        revision: 1,
        bindings: [
          ...(estate.policies[key]?.bindings ?? []),
          { role: `${RESPONDER_ROLE}One`, members: [RESPONDER] },
        ],
      }
    }
    await inRange(one, async range => {
      const { contain } = await told(range, 'gcp.service-account.disable')
      expect(contain).toMatchObject({
        answer: 'partly',
        missing: [
          {
            permission: 'iam.serviceAccounts.disable',
            where: expect.stringMatching(/^not on projects\/acme-prod\//),
          },
        ],
      })
    })
  })

  it('are asked about with reads alone, each permission on a resource that it is valid on', async () => {
    await inRange(
      () => undefined,
      async range => {
        range.operations()
        const all = interruptions.flatMap(({ permissions: { read, cut, restore } }) => [
          ...read,
          ...cut,
          ...restore,
        ])
        const rights = await range.session.rights?.([...new Set(all)])
        expect(range.writes()).toEqual([])
        expect([...(rights?.held ?? [])].filter(([, right]) => right.held !== 'yes')).toEqual([])
      },
    )
  })
})
