import { describe, expect, it } from 'vitest'
import { azure } from '../../src/clouds/azure/provider.ts'
import { azureLab } from '../../src/lab/azure/index.ts'
import { objectId, seedAzure } from '../../src/lab/azure/seed/index.ts'
import type { AzureEstate } from '../../src/lab/azure/store.ts'
import { startLab } from '../../src/lab/index.ts'
import type { Context } from '../../src/model/interruption.ts'
import type { Json } from '../../src/model/json.ts'
import { REAL } from '../../src/model/timing.ts'
import { interruption as azureInterruption } from './azure-subjects.ts'
import { openGcp } from './gcp-range.ts'
import { interruption as gcpInterruption, prod } from './gcp-subjects.ts'
import { look, rangeOfTest } from './reading.ts'
import { find } from './suite.ts'

const GROUP = '/providers/Microsoft.Management/managementGroups/acme'

/** The responder has its role at the group as well, with these actions taken out of it. */
const atGroup =
  (without: readonly string[] = []) =>
  (estate: AzureEstate): void => {
    const own = estate.roleAssignments.find(({ principalId }) => principalId === objectId('responder'))
    if (!own) throw new Error('no role of the responder in the seed')
    const above = { ...own, name: '00000000-0000-4000-8000-00000000abcd', scope: GROUP }
    estate.roleAssignments.push(above)
    // The seed's own are shared by all estates.
    estate.roleDefinitions = structuredClone(estate.roleDefinitions)
    for (const { type, permissions } of estate.roleDefinitions) {
      if (type !== 'CustomRole') continue
      for (const each of permissions) each.actions = each.actions.filter(action => !without.includes(action))
    }
  }

async function inAzure(
  scope: Json,
  prepare: (estate: AzureEstate) => void,
  work: (at: Looked) => Promise<void>,
) {
  const cloud = azureLab(() => {
    const estate = seedAzure(new Date().toISOString())
    prepare(estate)
    return estate
  })
  const lab = await startLab({ clouds: [cloud], propagationMs: 0 })
  try {
    const { sessions } = await azure.connect({
      timing: REAL,
      scope,
      lab: { endpoint: lab.endpoint, credentials: cloud.responder as Json },
    })
    const [session] = sessions
    if (!session) throw new Error('the lab does not let us in')
    const subject = azureInterruption('azure.service-principal.quarantine')
    const identity = await find(session, subject.on, objectId('billing-export'))
    const base: Context = {
      run: 'c0de',
      now: lab.clock.now(),
      identity,
      params: { at: 'management-group' },
      exhausted: [],
    }
    const reading = await subject.read(session.client, base)
    if (!reading) throw new Error('no billing-export in the seed')
    const context = { ...base, ...(reading.seen === undefined ? {} : { seen: reading.seen }) }
    const cut = subject.cut(reading.facet, context)
    await work({
      refusal: subject.refuse?.(reading.facet, context),
      oneWay: await subject.oneWay?.(session.client, context),
      write: forth =>
        forth
          ? subject.write(session.client, reading.facet, cut, context)
          : subject.write(session.client, cut, reading.facet, context),
      denied: () =>
        (cloud.estate() as AzureEstate).denyAssignments.flatMap(({ denyAssignmentName, scope: at }) =>
          denyAssignmentName.startsWith('interdict-') ? [at] : [],
        ),
    })
    await session.close()
  } finally {
    await lab.close()
  }
}

interface Looked {
  refusal: string | undefined
  oneWay: string | undefined
  write(forth: boolean): Promise<void>
  /** Scopes of our deny assignments. */
  denied(): string[]
}

describe('a deny one level above the subscription', () => {
  it('is one assignment at the management group, and is removed again', async () => {
    await inAzure({ managementGroups: ['acme'] }, atGroup(), async ({ refusal, oneWay, write, denied }) => {
      expect([refusal, oneWay]).toEqual([undefined, undefined])
      await write(true)
      expect(denied()).toEqual([GROUP])
      await write(false)
      expect(denied()).toEqual([])
    })
  })

  it('is refused without rights there, with what is missing', async () => {
    const write = 'Microsoft.Authorization/denyAssignments/write'
    await inAzure({ managementGroups: ['acme'] }, atGroup([write]), async ({ refusal }) => {
      expect(refusal).toBe(`these credentials lack ${write} at ${GROUP}, so nothing can be denied from there`)
    })
  })

  it('is refused when no management group is named', async () => {
    await inAzure({}, atGroup(), async ({ refusal }) => {
      expect(refusal).toMatch(/scope\.azure\.managementGroups names those/)
    })
  })
})

describe('a deny policy above the project', () => {
  const ofTest = rangeOfTest<Awaited<ReturnType<typeof openGcp>>>()

  it.each(['folder', 'organization'])('at the %s is refused without the role there', async at => {
    const range = await ofTest(
      await openGcp(estate => {
        for (const { bindings } of Object.values(estate.policies)) {
          for (const binding of bindings) if (binding.role === 'roles/iam.denyAdmin') binding.members = []
        }
      }),
    )
    const { refusal } = await look(range, gcpInterruption('gcp.service-account.quarantine'), prod('orders'), {
      at,
    })
    expect(refusal).toMatch(
      /nothing can be denied from there: we lack iam\.denypolicies\.create on (folders|organizations)\//,
    )
  })
})
