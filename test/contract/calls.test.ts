import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { clouds } from '../../src/clouds/index.ts'
import { contain, makePlan, type World } from '../../src/engine/index.ts'
import { openStore } from '../../src/journal/store.ts'
import { objectId } from '../../src/lab/azure/seed/index.ts'
import { seededClouds } from '../../src/lab/clouds.ts'
import { type Lab, type RecordedExchange, startLab } from '../../src/lab/index.ts'
import type { Json } from '../../src/model/json.ts'
import { parsePlaybook } from '../../src/model/playbook/parse.ts'
import type { Provider, Session } from '../../src/model/provider.ts'
import type { Purpose } from '../../src/model/purpose.ts'
import { Holds } from '../../src/model/run/holds.ts'
import { REAL } from '../../src/model/timing.ts'

/** A containment of what is named exactly, and the calls that it makes, by what they are for. A batch is one call. */
interface Case {
  what: string
  cloud: string
  scope: Json
  select: string
  interrupt: string
  calls: Partial<Record<Purpose, number>>
}

const SERVICE_ACCOUNT =
  'identity.kind == "service-account" && identity.name == "etl-legacy@acme-prod.iam.gserviceaccount.com"'
const PRINCIPAL = `identity.kind == "service-principal" && identity.name == "${objectId('mail-insights')}"`

const CASES: Case[] = [
  {
    what: 'an access key of AWS, disabled',
    cloud: 'aws',
    scope: { accounts: ['self'] },
    select: 'identity.kind == "access-key" && identity.name == "AKIAIOSFODNN7EXAMPLE"',
    interrupt: 'aws.access-key.disable',
    calls: { plan: 4, snapshot: 1, write: 1, verify: 1, sweep: 3, newcomers: 23 },
  },
  {
    what: 'a user of AWS, quarantined',
    cloud: 'aws',
    scope: { accounts: ['self'] },
    select: 'identity.kind == "user" && identity.name == "ci-deploy"',
    interrupt: 'aws.user.quarantine',
    calls: { plan: 4, snapshot: 1, write: 1, verify: 3, sweep: 4, newcomers: 23 },
  },
  {
    what: 'a role of AWS, quarantined',
    cloud: 'aws',
    scope: { accounts: ['self'] },
    select: 'identity.kind == "role" && identity.name == "vendor-sync"',
    interrupt: 'aws.role.quarantine',
    calls: { plan: 4, snapshot: 1, write: 1, verify: 3, newcomers: 24 },
  },
  {
    what: 'a service account of Google, disabled',
    cloud: 'gcp',
    scope: { projects: ['acme-prod'] },
    select: SERVICE_ACCOUNT,
    interrupt: 'gcp.service-account.disable',
    calls: { plan: 13, other: 1, snapshot: 1, write: 1, verify: 1, sweep: 3, newcomers: 2 },
  },
  {
    what: 'a service account of Google, quarantined',
    cloud: 'gcp',
    scope: { projects: ['acme-prod'] },
    select: SERVICE_ACCOUNT,
    interrupt: 'quarantine',
    calls: { plan: 13, other: 1, snapshot: 1, write: 3, verify: 3, sweep: 3, newcomers: 2 },
  },
  {
    what: 'a service principal of Azure, disabled',
    cloud: 'azure',
    scope: {},
    select: PRINCIPAL,
    interrupt: 'disable',
    calls: { plan: 8, snapshot: 1, write: 1, verify: 1, sweep: 2, newcomers: 5 },
  },
  {
    what: 'a service principal of Azure, quarantined in three subscriptions',
    cloud: 'azure',
    scope: {},
    select: PRINCIPAL,
    interrupt: 'quarantine',
    calls: { plan: 22, snapshot: 7, write: 3, verify: 4, sweep: 2, newcomers: 5 },
  },
]

const loaded = await Promise.all(clouds.map(({ load }) => load()))
const providers = new Map(loaded.map(each => [each.cloud, each]))
const catalog = {
  clouds: clouds.map(({ cloud }) => cloud),
  kinds: loaded.flatMap(({ kinds }) => kinds),
  interruptions: loaded.flatMap(({ interruptions }) => interruptions),
}

describe.each(CASES)('$what', ({ cloud, scope, select, interrupt, calls }) => {
  const exchanges: RecordedExchange[] = []
  const folder = mkdtempSync(join(tmpdir(), 'interdict-calls-'))
  let lab: Lab
  let session: Session
  /** The exchanges of the plan, and of the containment after it. */
  let [planned, contained]: [RecordedExchange[], RecordedExchange[]] = [[], []]
  let made: Partial<Record<Purpose, number>> = {}

  beforeAll(async () => {
    lab = await startLab({
      clouds: await seededClouds(),
      propagationMs: 0,
      record: each => void exchanges.push(each),
    })
    const provider = providers.get(cloud) as Provider
    const { sessions } = await provider.connect({
      timing: REAL,
      scope,
      lab: { endpoint: lab.endpoint, credentials: lab.responders[cloud] as Json },
    })
    session = sessions[0] as Session
    const world: World = {
      timing: REAL,
      providers,
      sessions: [session],
      unreached: [],
      target: { kind: 'lab', at: lab.id },
      clock: () => lab.clock.now(),
      listen: () => undefined,
    }
    const playbook = parsePlaybook(playbookOf({ cloud, scope, select, interrupt }), 'calls.yaml', catalog)
    const holds = new Holds([])
    const before = { ...session.purposes?.() }
    exchanges.length = 0
    const plan = await makePlan(world, { run: 'calls', playbook, inputs: {}, holds, narrow: true })
    planned = exchanges.splice(0)
    const store = openStore({ state: join(folder, 'state'), config: join(folder, 'config') })
    const state = await contain(world, {
      plan,
      journal: await store.create('calls', world.clock),
      holds,
      reason: 'calls are counted',
      tool: 'test',
      actor: { user: 'test', host: 'test', pid: 1 },
      ttl: 3600,
    })
    contained = exchanges.splice(0)
    expect([plan.changes.length, state.finished]).toEqual([1, 'complete'])
    made = Object.fromEntries(
      Object.entries(session.purposes?.() ?? {}).flatMap(([purpose, count]) => {
        const own = count - (before[purpose as Purpose] ?? 0)
        return own === 0 ? [] : [[purpose, own]]
      }),
    )
  })
  afterAll(async () => {
    await session.close()
    await lab.close()
    rmSync(folder, { recursive: true, force: true })
  })

  it('takes as many calls as it needs, by what they are for', () => {
    const { verify = 0, ...others } = made
    const { verify: least = 0, ...expected } = calls
    expect(others).toEqual(expected)
    // The guard looks again while the machine is slow.
    expect(verify).toBeGreaterThanOrEqual(least)
  })

  it('asks no question twice in a plan', () => {
    expect(repeated(planned.flatMap(questionsIn))).toEqual([])
  })

  it('asks no question twice between two of its writes', () => {
    const stretches: RecordedExchange[][] = [[]]
    for (const each of contained) {
      if (isWrite(each)) stretches.push([])
      else stretches.at(-1)?.push(each)
    }
    // Another look of the guard asks anew, and is meant to.
    const isLookedAtOnce = made.verify === calls.verify
    expect(isLookedAtOnce ? stretches.flatMap(each => repeated(each.flatMap(questionsIn))) : []).toEqual([])
  })
})

function playbookOf({ cloud, scope, select, interrupt }: Omit<Case, 'what' | 'calls'>): string {
  return `version: 1
name: calls
title: Calls of a containment
status: test
severity: low
scope: ${JSON.stringify({ [cloud]: scope })}
protect: ['false']
limit: { identities: 1, share: 1.0 }
ttl: 1h
steps:
  - name: what is named
    select: ${JSON.stringify(select)}
    interrupt: [${interrupt}]
`
}

/** By the names that the clouds give to what changes something. */
function isWrite({ operation, method }: RecordedExchange): boolean {
  if (method === 'PUT' || method === 'PATCH' || method === 'DELETE') return true
  return /^(Update|Put|Delete|Attach|Detach|Create)|\.(disable|setIamPolicy|createPolicy)$/.test(operation)
}

/** An operation is polled until it is done, and a token is asked for again when it has to be. */
function isPolled({ operation }: RecordedExchange): boolean {
  return /operations\.get$|token/i.test(operation)
}

/** The questions of a call: a batch has several. */
function questionsIn(exchange: RecordedExchange): string[] {
  const { method, url, sent } = exchange
  if (isPolled(exchange)) return []
  if (!url.endsWith('/$batch')) return [`${method} ${url} ${sent}`]
  const { requests } = JSON.parse(sent) as { requests: { method: string; url: string }[] }
  const version = url.replace('/$batch', '')
  return requests.map(each => `${each.method} ${version}${each.url} `)
}

function repeated(questions: readonly string[]): string[] {
  return [...new Set(questions.filter((each, at) => questions.indexOf(each) < at))]
}
