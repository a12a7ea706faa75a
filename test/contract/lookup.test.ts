import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { clouds } from '../../src/clouds/index.ts'
import { makePlan, type World } from '../../src/engine/index.ts'
import type { Lookup } from '../../src/model/expression/equalities.ts'
import type { Identity } from '../../src/model/identity.ts'
import type { Json } from '../../src/model/json.ts'
import { isObject } from '../../src/model/json-object.ts'
import type { Plan } from '../../src/model/plan.ts'
import { resolveInputs } from '../../src/model/playbook/inputs.ts'
import { parsePlaybook } from '../../src/model/playbook/parse.ts'
import type { Playbook } from '../../src/model/playbook/playbook.ts'
import type { Session } from '../../src/model/provider.ts'
import { Holds } from '../../src/model/run/holds.ts'
import { REAL } from '../../src/model/timing.ts'
import { someOf } from '../setup/whole.ts'
import { openAws } from './aws-range.ts'
import { openAzure } from './azure-range.ts'
import { openGcp } from './gcp-range.ts'
import type { Range } from './suite.ts'

const loaded = await Promise.all(clouds.map(({ load }) => load()))
const providers = new Map(loaded.map(each => [each.cloud, each]))
const catalog = {
  clouds: clouds.map(({ cloud }) => cloud),
  kinds: loaded.flatMap(({ kinds }) => kinds),
  interruptions: loaded.flatMap(({ interruptions }) => interruptions),
}

/** More than a page of IAM's, and more than one of Google's; the lab's Entra has short pages as it is. */
const openers: { [cloud: string]: () => Promise<Range> } = {
  aws: () =>
    openAws(({ accounts }) => {
      const roles = accounts[0]?.roles ?? []
      const like = roles.find(({ name }) => name === 'github-deployer')
      if (!like) throw new Error('no such role')
      for (let index = 0; index < 1_010; index++)
        roles.push({ ...like, name: `zz-${index}`, id: `AROAZZ${String(index).padStart(14, '0')}` })
    }),
  gcp: () =>
    openGcp(estate => {
      const like = estate.serviceAccounts.find(({ email }) => email.startsWith('checkout@'))
      if (!like) throw new Error('no such account')
      for (let index = 0; index < 120; index++) {
        const email = `zz-${index}@acme-prod.iam.gserviceaccount.com`
        estate.serviceAccounts.push({ ...like, email, uniqueId: String(2n * 10n ** 20n + BigInt(index)) })
      }
    }),
  azure: () => openAzure(),
}

/** The kinds that can be looked up by name. */
const NAMED: { [cloud: string]: readonly string[] } = {
  aws: ['role', 'user', 'access-key'],
  gcp: ['service-account'],
  azure: ['service-principal', 'managed-identity', 'application'],
}

/** Operations that read all there is, by which the shorter way would be none. */
const WHOLE: { [cloud: string]: readonly string[] } = {
  aws: ['iam:GetAccountAuthorizationDetails'],
  gcp: ['iam.projects.serviceAccounts.list', 'cloudasset.searchAllIamPolicies'],
  azure: ['GET /v1.0/servicePrincipals/{id}/owners'],
}

/** Facts that take calls of their own, which a plan of what is named leaves out where nobody looks at them. */
const NOT_LOOKED_AT = new Set([
  'awsQuarantine',
  'grants',
  'human',
  'lastUsed',
  'lastUsedRegion',
  'lastUsedService',
  'mfa',
  'neverUsed',
  'password',
  'unusedDays',
])
const SAYS_USE = /^the workloads that authenticated with it on /

/** The order of a list is the cloud's, and means nothing; so is the time at which something is looked at. */
function settled(value: Json | undefined): Json | undefined {
  if (Array.isArray(value)) {
    return value
      .map(each => settled(each) ?? null)
      .sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
  }
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, each]): [string, Json] => [name, settled(each) ?? null]),
  )
}

const plain = (identity: Identity) => settled(structuredClone(identity) as unknown as Json)

describe.each(Object.keys(openers))('%s: looking up', cloud => {
  let range: Range
  let all: Map<string, Identity>

  beforeAll(async () => {
    range = (await openers[cloud]?.()) as Range
    all = await listed(range.session)
  })
  afterAll(() => range.close())

  async function listed(session: Session, only?: Lookup[], kinds?: string[]): Promise<Map<string, Identity>> {
    const found = new Map<string, Identity>()
    const query = { ...(only ? { only } : {}), ...(kinds ? { kinds } : {}) }
    for await (const each of session.inventory(query)) found.set(each.id, each)
    return found
  }

  const expected = (of: Identity) => [of, ...(of.owner === undefined ? [] : [all.get(of.owner)])]

  it('gives each identity, and its owner, as the listing does', async () => {
    // Our own are in use while we look.
    const isOurs = (each: Identity) => /^that is you/.test(range.session.spares(each)?.because ?? '')
    const named = [...all.values()].filter(each => NAMED[cloud]?.includes(each.kind) && !isOurs(each))
    // Of those that are alike, the last: it is not on the first page.
    const some = named.filter(({ name }) => !/^zz-/.test(name) || /^zz-(1009|119)@?/.test(name))
    expect(some.length).toBeGreaterThan(5)
    const sampled = process.env['LOOKUP_EVERY']
      ? some
      : some.filter((_, index) => index % 6 === 0 || index === some.length - 1)
    for (const identity of sampled) {
      const found = await listed(range.session, [{ kind: identity.kind, name: identity.name }])
      for (const each of expected(identity)) {
        if (each) expect(found.get(each.id) && plain(found.get(each.id) as Identity)).toEqual(plain(each))
      }
    }
  })

  it('gives nothing for a name that nobody has', async () => {
    const absent: { [kind: string]: string } = {
      role: 'nobody',
      user: 'nobody',
      'service-account': 'nobody@acme-prod.iam.gserviceaccount.com',
      'service-principal': '00000000-0000-4000-8000-00000000dead',
      application: '00000000-0000-4000-8000-00000000dead',
    }
    for (const kind of NAMED[cloud] ?? []) {
      const name = absent[kind]
      if (name === undefined) continue
      expect([...(await listed(range.session, [{ kind, name }])).keys()]).toEqual([])
    }
  })

  it('lists all where something else is meant as well', async () => {
    const [first] = NAMED[cloud] ?? []
    const named = [...all.values()].find(({ kind }) => kind === first)
    const found = await listed(range.session, [
      { kind: first ?? '', name: named?.name ?? '' },
      { kind: first ?? '', enabled: 'true' },
    ])
    expect([...found.keys()].sort()).toEqual([...all.keys()].sort())
  })

  const world = (): World => ({
    timing: REAL,
    providers,
    sessions: [range.session],
    unreached: [],
    target: { kind: 'lab', at: 'lookup' },
    clock: () => range.now(),
    listen: () => undefined,
  })

  async function plans(playbook: Playbook, given: { [name: string]: Json }, near: string[] = []) {
    const inputs = resolveInputs(playbook, given)
    const at = range.now()
    const made: { plan: Json | undefined; narrow: boolean; calls: ReadonlyMap<string, number> }[] = []
    for (const narrow of [false, true]) {
      const before = { ...range.session.calls() }
      const outcome = await makePlan(world(), {
        run: 'c0de',
        at,
        playbook,
        inputs,
        holds: new Holds([]),
        narrow,
        near,
      }).catch((error: unknown) => String(error))
      made.push({
        plan: settled(typeof outcome === 'string' ? outcome : withoutCounts(outcome)),
        narrow: typeof outcome !== 'string' && outcome.counts.narrow === true,
        calls: since(before, range.session),
      })
    }
    return made as [(typeof made)[number], (typeof made)[number]]
  }

  const shipped = (name: string) => {
    const file = `playbooks/${name}.yaml`
    return parsePlaybook(readFileSync(file, 'utf8'), file, catalog)
  }

  const CASES: [string, { [name: string]: Json }, boolean][] = {
    aws: [
      ['ci-role-outside-window', { role: 'github-deployer' }, true],
      ['ci-role-outside-window', { role: 'zz-1009' }, true],
      ['ci-role-outside-window', { role: 'nobody-at-all' }, true],
      ['ci-role-outside-window', { role: 'OrganizationAccountAccessRole' }, true],
      ['leaked-access-key', { key: 'AKIAIOSFODNN7EXAMPLE' }, true],
      ['leaked-access-key', { key: 'AKIAIOSFODNN7NOTHERE' }, true],
      ['leaked-access-key', { key: '@break-glass' }, true],
      ['third-party-stop', { '@drill': true }, false],
    ],
    gcp: [
      ['ci-account-outside-window', { account: 'ci-deployer@acme-prod.iam.gserviceaccount.com' }, true],
      ['workload-secrets-access', { account: 'checkout@acme-prod.iam.gserviceaccount.com' }, true],
      ['workload-secrets-access', { account: 'zz-119@acme-prod.iam.gserviceaccount.com' }, true],
      ['workload-secrets-access', { account: 'gone@acme-prod.iam.gserviceaccount.com' }, true],
      ['workload-secrets-access', { account: 'orders@acme-shop.iam.gserviceaccount.com' }, true],
      ['workload-secrets-access', { account: 'incident-response@acme-prod.iam.gserviceaccount.com' }, true],
      ['leaked-service-account-key', { key: '16752473f8cdaee8018e5670c50608083bd1ffa6' }, true],
      ['third-party-stop', { '@drill': true }, false],
    ],
    azure: [
      ['oauth-app-consent-abuse', { app: '8b86ac56-ee9f-483e-9fa1-48255a48a9de' }, true],
      ['oauth-app-consent-abuse', { app: '00000000-0000-4000-8000-00000000dead' }, true],
      ['oauth-app-consent-abuse', { app: '@protected' }, true],
      ['agent-out-of-scope', { '@drill': true }, true],
      ['third-party-stop', { '@drill': true }, false],
    ],
  }[cloud] as [string, { [name: string]: Json }, boolean][]

  it.each(someOf(CASES, 2, 1))('%s with %j: the plan is the same', async (name, given, narrow) => {
    const playbook = shipped(name)
    const inputs = '@drill' in given ? (playbook.drill?.inputs ?? {}) : named(given)
    const [full, short] = await plans(playbook, inputs)
    expect(short.plan).toEqual(asFarAsRead(full.plan, short.plan))
    if (typeof full.plan !== 'string') expect(short.narrow).toBe(narrow)
  })

  /** Facts that nobody looks at may be left out, and what is only said of them: who used it lately. */
  function asFarAsRead(full: Json | undefined, short: Json | undefined): Json | undefined {
    if (Array.isArray(full) && Array.isArray(short)) {
      const left = full.filter(each => !SAYS_USE.test(String(isObject(each) ? each['text'] : each)))
      return left.map((each, at) => asFarAsRead(each, short[at]) ?? null)
    }
    if (!isObject(full) || !isObject(short)) return full
    return Object.fromEntries(
      Object.entries(full).flatMap(([name, value]): [string, Json][] => {
        if (NOT_LOOKED_AT.has(name) && !(name in short)) return []
        if (name === 'active') return [[name, short[name] ?? null]]
        return [[name, asFarAsRead(value, short[name]) ?? null]]
      }),
    )
  }

  /** Inputs that name somebody of the seed. */
  function named(given: { [name: string]: Json }): { [name: string]: Json } {
    return Object.fromEntries(
      Object.entries(given).map(([input, value]) => {
        if (value === '@break-glass') return [input, keyOf('break-glass')]
        return [input, value === '@protected' ? protectedApp() : value]
      }),
    )
  }
  const keyOf = (user: string) =>
    [...all.values()].find(({ kind, facts }) => kind === 'access-key' && facts['user'] === user)?.name ??
    'AKIAIOSFODNN7NOTHERE'
  const protectedApp = () =>
    String(
      [...all.values()].find(
        each => each.kind === 'service-principal' && range.session.spares(each)?.because.startsWith('tagged'),
      )?.facts['appId'] ?? '',
    )

  it('does not read all to find one', async () => {
    const [playbook, inputs] = {
      aws: ['ci-role-outside-window', { role: 'github-deployer' }] as const,
      gcp: ['workload-secrets-access', { account: 'checkout@acme-prod.iam.gserviceaccount.com' }] as const,
      azure: ['oauth-app-consent-abuse', { app: '8b86ac56-ee9f-483e-9fa1-48255a48a9de' }] as const,
    }[cloud] ?? ['', {}]
    const [full, short] = await plans(shipped(playbook), inputs)
    const whole = WHOLE[cloud] ?? []
    for (const operation of whole) {
      expect([operation, full.calls.get(operation) ?? 0]).not.toEqual([operation, 0])
      expect(short.calls.get(operation) ?? 0).toBeLessThanOrEqual(cloud === 'azure' ? 2 : 0)
    }
  })
})

describe('azure: looking up an agent', () => {
  const AGENT = `version: 1
name: agent
title: Stop the agent that a record names
status: test
severity: low
inputs:
  agent: { type: string, description: object id }
scope: { azure: { subscriptions: [all] } }
protect: ['false']
limit: { identities: 1, share: 1 }
ttl: 1h
steps:
  - name: the agent
    select: identity.kind == "service-principal" && identity.type == "agent-identity" && identity.name == inputs.agent
    interrupt: [disable]
`
  let range: Range
  beforeAll(async () => {
    range = (await openers['azure']?.()) as Range
  })
  afterAll(() => range.close())

  it('reads the agent that is named, and not the directory', async () => {
    const playbook = parsePlaybook(AGENT, 'agent.yaml', catalog)
    const agent = 'a2e2fb00-8ddb-49b9-bc93-ab6d12086458'
    const world: World = {
      ...{ timing: REAL, providers, sessions: [range.session], unreached: [] },
      ...{ target: { kind: 'lab', at: 'lookup' }, clock: () => range.now(), listen: () => undefined },
    }
    const inputs = resolveInputs(playbook, { agent })
    const made = []
    for (const narrow of [false, true]) {
      const before = { ...range.session.calls() }
      const plan = await makePlan(world, { run: 'c0de', playbook, inputs, holds: new Holds([]), narrow })
      const meant = plan.changes.map(({ identity, interruption }) => [identity.name, interruption])
      made.push({ meant, listed: plan.counts.listed, calls: since(before, range.session) })
    }
    const [full, short] = made
    expect(short?.meant).toEqual([[agent, expect.stringContaining('disable')]])
    expect(short?.meant).toEqual(full?.meant)
    expect(short?.listed).toBeLessThan(3)
    for (const operation of WHOLE['azure'] ?? []) {
      expect(full?.calls.get(operation) ?? 0).toBeGreaterThan(2)
      expect(short?.calls.get(operation) ?? 0).toBeLessThanOrEqual(2)
    }
  })
})

describe('gcp: looking up a key', () => {
  const KEY = '16752473f8cdaee8018e5670c50608083bd1ffa6'
  let range: Range
  beforeAll(async () => {
    range = (await openers['gcp']?.()) as Range
  })
  afterAll(() => range.close())

  /** The plan for a leaked key, and how often all accounts were listed for it. */
  async function planNear(near: string[] | undefined, narrow = true) {
    const before = { ...range.session.calls() }
    const file = 'playbooks/leaked-service-account-key.yaml'
    const playbook = parsePlaybook(readFileSync(file, 'utf8'), file, catalog)
    const world: World = {
      ...{ timing: REAL, providers, sessions: [range.session], unreached: [] },
      ...{ target: { kind: 'lab', at: 'lookup' }, clock: () => range.now(), listen: () => undefined },
    }
    const inputs = resolveInputs(playbook, { key: KEY })
    const at = range.now()
    const plan = await makePlan(world, {
      run: 'c0de',
      at,
      playbook,
      inputs,
      holds: new Holds([]),
      narrow,
      near,
    })
    return { plan, listings: since(before, range.session).get('iam.projects.serviceAccounts.list') ?? 0 }
  }

  const meant = ({ changes }: Plan) =>
    changes.map(({ identity, interruption }) => [identity.id, interruption])

  it('reads the account that a record names, and lists none', async () => {
    const full = await planNear(undefined, false)
    expect(full.listings).toBeGreaterThan(0)
    const owner =
      full.plan.changes.find(({ identity }) => identity.kind === 'service-account')?.identity.name ?? ''
    const short = await planNear([owner])
    expect(short.listings).toBe(0)
    expect(short.plan.counts.narrow).toBe(true)
    expect(meant(short.plan)).toEqual(meant(full.plan))
  })

  it.each([
    ['nobody', undefined],
    ['another account', ['checkout@acme-prod.iam.gserviceaccount.com']],
    ['an account that is missing', ['gone@acme-prod.iam.gserviceaccount.com']],
    ['an account of another project', ['orders@acme-shop.iam.gserviceaccount.com']],
    ['what is not an address', ['../../projects/other', '']],
  ])('lists all where the record names %s', async (_, near) => {
    const full = await planNear(undefined, false)
    const { plan, listings } = await planNear(near)
    expect(listings).toBeGreaterThan(0)
    expect(meant(plan)).toEqual(meant(full.plan))
  })
})

function since(before: Record<string, number>, session: Session): ReadonlyMap<string, number> {
  return new Map(
    Object.entries(session.calls())
      .map(([operation, count]): [string, number] => [operation, count - (before[operation] ?? 0)])
      .filter(([, count]) => count > 0),
  )
}

/** Removes the counts of calls, the only part that differs. */
/** A narrow plan does not list every role to name those that may be assumed. */
function withoutCounts({ counts, calls, reachable: _, ...plan }: Plan): Json {
  const { touched, limit, share } = counts
  const { writes, seconds } = calls
  return structuredClone({
    ...plan,
    counts: { touched, limit, share },
    calls: { writes, seconds },
  }) as unknown as Json
}
