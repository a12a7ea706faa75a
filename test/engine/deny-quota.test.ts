import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { gcp } from '../../src/clouds/gcp/provider.ts'
import type { World } from '../../src/engine/index.ts'
import { type GcpLab, gcpLab } from '../../src/lab/gcp/index.ts'
import { seedGcp } from '../../src/lab/gcp/seed/index.ts'
import { type Lab, startLab } from '../../src/lab/index.ts'
import type { Playbook } from '../../src/model/playbook/playbook.ts'
import type { Provider, Session } from '../../src/model/provider.ts'
import { REAL } from '../../src/model/timing.ts'
import { Town } from './town.ts'
import { playbook } from './toy-cloud.ts'

const PROJECT = 'acme-prod'
const ACCOUNT = `reports-export@${PROJECT}.iam.gserviceaccount.com`
const KEY = `gcp:${PROJECT}:service-account/${ACCOUNT}`

let town: Town
let lab: Lab
let cloud: GcpLab
beforeEach(async () => {
  town = await Town.open()
  cloud = gcpLab(() => seedGcp(new Date().toISOString()))
  lab = await startLab({ clouds: [cloud], propagationMs: 0 })
})
afterEach(async () => {
  await lab.close()
  await town.close()
})

/** The responder, whose calls are counted against a project. */
async function world(quotaProject?: string, signal?: AbortSignal): Promise<World & { session: Session }> {
  const { sessions, unreached } = await gcp.connect({
    timing: REAL,
    scope: { projects: [PROJECT], ...(quotaProject ? { quotaProject } : {}) },
    lab: { endpoint: lab.endpoint, credentials: { ...cloud.responder } },
    ...(signal ? { signal } : {}),
  })
  const [session] = sessions
  if (!session) throw new Error(JSON.stringify(unreached))
  return {
    timing: REAL,
    providers: new Map([['gcp', gcp as Provider]]),
    sessions: [session as Session],
    unreached: [],
    target: { kind: 'lab', at: lab.endpoint },
    clock: () => lab.clock.now(),
    listen: () => undefined,
    patience: 0,
    session: session as Session,
    ...(signal ? { signal } : {}),
  }
}

/** Somebody who may look at deny policies and whose calls are counted against the same project as the responder's. */
async function useUp(side: 'reads' | 'writes', { session }: World & { session: Session }): Promise<void> {
  const { client } = session as Session<{ call(call: object): Promise<unknown> }>
  const path = `/v2/policies/${encodeURIComponent(`cloudresourcemanager.googleapis.com/projects/${PROJECT}`)}/denypolicies`
  for (let at = 0; at < 5; at++) {
    await client.call({
      operation: side === 'reads' ? 'iam.policies.listPolicies' : 'iam.policies.createPolicy',
      service: 'iam',
      method: side === 'reads' ? 'GET' : 'POST',
      path,
      ...(side === 'reads'
        ? {}
        : { query: { policyId: `noise-${at}` }, body: { displayName: 'noise', rules: [] } }),
    })
  }
}

const stop = (verbs: string[], permissions?: string[]): Playbook => ({
  ...playbook(verbs, `identity.kind == "service-account" && identity.name == "${ACCOUNT}"`, {
    protect: [],
    scope: { gcp: { projects: [PROJECT] } },
  }),
  steps: [
    {
      name: 'the account',
      select: `identity.kind == "service-account" && identity.name == "${ACCOUNT}"`,
      interrupt: verbs.map(use => ({
        use,
        params: permissions && use === 'quarantine' ? { permissions } : {},
      })),
    },
  ],
})
const order = async (run: string) =>
  (await town.store.read(run)).entries.flatMap(each =>
    each.type === 'change.written' || each.type === 'change.postponed'
      ? [`${each.type} ${each.key.replace(`${KEY} `, '')}`]
      : [],
  )

/** Resolves when the journal says that this was written. */
async function written(interruption: string): Promise<void> {
  for (;;) {
    const found = await order('aaaa').catch((): string[] => [])
    if (found.includes(`change.written ${interruption}`)) return
    await new Promise(resolve => setImmediate(resolve))
  }
}

describe('the deny quota, used up by somebody who polls', () => {
  it('reads: the deny policy is written all the same, without a look at it before', async () => {
    const stopping = new AbortController()
    const here = await world(undefined, stopping.signal)
    await useUp('reads', here)
    const contained = town.contain(here, 'aaaa', stop(['quarantine', 'gcp.service-account.disable']))
    await written('gcp.service-account.disable')
    // To read it back it would wait for a minute.
    stopping.abort()
    await contained
    expect(await order('aaaa')).toEqual([
      'change.written gcp.service-account.quarantine',
      'change.written gcp.service-account.disable',
    ])
    expect(cloud.estate().denyPolicies.map(({ id }) => id)).toContain('interdict-aaaa')
  })

  it('writes: the account is disabled first, and it is said why and until when', async () => {
    const here = await world()
    await useUp('writes', here)
    const contained = town.contain(here, 'aaaa', stop(['quarantine', 'gcp.service-account.disable']))
    // A minute of the lab's clock, as soon as the others are written.
    await written('gcp.service-account.disable')
    lab.clock.advance(61)
    await contained
    const [first, second, ...later] = await order('aaaa')
    expect(first).toBe('change.postponed gcp.service-account.quarantine')
    expect(second).toBe('change.written gcp.service-account.disable')
    expect(later.at(-1)).toBe('change.written gcp.service-account.quarantine')
    const { entries } = await town.store.read('aaaa')
    expect(entries.find(({ type }) => type === 'change.postponed')).toMatchObject({
      because: expect.stringMatching(/^the deny quota of project \d+ \(5 a minute\) is used up by others$/),
      until: expect.stringMatching(/Z$/),
    })
  })

  it('and nobody is held up who is charged to a project of his own', async () => {
    await useUp('writes', await world())
    const state = await town.contain(await world('acme-data'), 'aaaa', stop(['quarantine']))
    expect(await order('aaaa')).toEqual(['change.written gcp.service-account.quarantine'])
    expect(state.finished).toBe('complete')
  })
})

describe('a permission that cannot be denied', () => {
  it('does not fail the deny of the others, and the journal says that it is left out', async () => {
    const permissions = [
      'iam.googleapis.com/serviceAccountKeys.create',
      'iam.googleapis.com/serviceAccountKeys.enable',
    ]
    const state = await town.contain(await world(), 'aaaa', stop(['quarantine'], permissions))
    expect(state.finished).toBe('complete')
    const own = cloud.estate().denyPolicies.find(({ id }) => id === 'interdict-aaaa')
    expect(own?.rules[0]?.denyRule.deniedPermissions).toEqual([permissions[0]])
    expect((await town.store.read('aaaa')).entries).toContainEqual(
      expect.objectContaining({ type: 'change.reduced', without: [permissions[1]] }),
    )
  })
})
