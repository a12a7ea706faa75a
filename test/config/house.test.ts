import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { makePlan } from '../../src/engine/index.ts'
import { checkLimit } from '../../src/engine/limit.ts'
import type { HouseRules } from '../../src/model/house.ts'
import type { Playbook } from '../../src/model/playbook/playbook.ts'
import { withHouse } from '../../src/model/playbook/with-house.ts'
import { Holds } from '../../src/model/run/holds.ts'
import type { RunState } from '../../src/model/run/state.ts'
import { shippedText } from '../../src/store/shipped-files.ts'
import { providersOf } from '../../src/toolkit/clouds.ts'
import { playbookOf } from '../../src/toolkit/open-run.ts'
import { scopeWithDefaults } from '../../src/toolkit/scope-defaults.ts'
import { Town } from '../engine/town.ts'
import { playbook, ToyCloud } from '../engine/toy-cloud.ts'

const AT = { file: 'interdict.yaml', line: 3, column: 5 }
const house = (rules: Partial<HouseRules>): HouseRules => ({
  ...{ protect: [], ceilings: {}, playbooks: {}, scope: {} },
  ...rules,
})
const LIVE = { lab: false }

let town: Town
let cloud: ToyCloud
beforeEach(async () => {
  town = await Town.open()
  cloud = new ToyCloud()
})
afterEach(async () => {
  await town.close()
})

const planned = (book: Playbook, includeProtected: string[] = []) =>
  makePlan(cloud.world(), { run: 'aaaa', playbook: book, inputs: {}, holds: new Holds([]), includeProtected })

describe('a protection of the house', () => {
  const RULES = house({
    protect: [
      { when: 'identity.name == "glass"', because: 'glass, month-end', at: AT },
      { when: 'identity.name.startsWith("prod-")', because: 'production', at: AT },
    ],
  })

  it('spares what it is about in a playbook that protects something else, and says where it stands', async () => {
    for (const name of ['glass', 'prod-1', 'front']) cloud.add(name)
    const book = withHouse(playbook(['disable']), RULES, LIVE)
    const plan = await planned(book)
    expect(plan.changes.map(({ identity }) => identity.name)).toEqual(['front'])
    expect(plan.spared.map(({ identity, because }) => [identity.name, because]).sort()).toEqual([
      ['glass', 'protected: glass, month-end (interdict.yaml:3:5)'],
      ['prod-1', 'protected: production (interdict.yaml:3:5)'],
    ])
  })

  it('is overruled by a person as a protection of the playbook is', async () => {
    for (const name of ['glass', 'front']) cloud.add(name)
    const plan = await planned(withHouse(playbook(['disable']), RULES, LIVE), ['glass'])
    expect(plan.changes.map(({ identity }) => identity.name).sort()).toEqual(['front', 'glass'])
  })

  it('stops the plan, with its place, if it cannot be compiled', async () => {
    cloud.add('front')
    const rules = house({ protect: [{ when: 'identity.nmae == "x"', because: 'x', at: AT }] })
    await expect(planned(withHouse(playbook(['disable']), rules, LIVE))).rejects.toMatchObject({
      code: 'invalid-playbook',
      where: 'interdict.yaml:3:5',
    })
  })
})

it('counts for a run that is resumed, whose own inputs and limit stay as they were', async () => {
  const source = shippedText('playbooks/leaked-access-key.yaml')
  const state = { run: 'aaaa', plan: { playbook: { source, name: 'leaked-access-key' } } } as RunState
  const protect = [{ when: 'identity.name == "glass"', because: 'glass', at: AT }]
  const playbooks = { 'leaked-access-key': { inputs: { kye: { value: 1, at: AT } } } }
  const providers = await providersOf()
  const resumed = await playbookOf(state, providers, { house: house({ protect, playbooks }) })
  const own = await playbookOf(state, providers, {})
  expect(resumed).toEqual({ ...own, house: { protect, ceilings: {} } })
})

describe('a ceiling of the house', () => {
  const book = playbook(['disable'], 'true', { limit: { identities: 20, share: 0.5 } })
  it.each([
    [{ identities: 5 }, { identities: 5, share: 0.5 }],
    [
      { identities: 50, share: 1 },
      { identities: 20, share: 0.5 },
    ],
    [{ share: 0.1 }, { identities: 20, share: 0.1 }],
  ])('%o gives the limit %o', (most, limit) => {
    const ceilings = Object.fromEntries(
      Object.entries(most).map(([name, each]) => [name, { most: each, at: AT }]),
    )
    expect(withHouse(book, house({ ceilings }), LIVE).limit).toEqual(limit)
  })

  it('is named with its place where it is what binds', () => {
    const lowered = withHouse(book, house({ ceilings: { identities: { most: 2, at: AT } } }), LIVE)
    expect(() => checkLimit(lowered, 3, 100)).toThrow('the ceiling of the configuration is 2')
    expect(() => checkLimit(lowered, 2, 3)).toThrow('the limit is 50 %')
    expect(() => checkLimit(book, 21, 100)).toThrow('the limit is 20')
  })
})

describe('a default of a playbook', () => {
  const book = playbook(['disable'], 'true', {
    inputs: { key: { type: 'string', description: 'key', required: true, pattern: '^AKIA' } },
  })
  const rules = (name: string, value: string) =>
    house({ playbooks: { [book.name]: { inputs: { [name]: { value, at: AT } }, ttl: 60 } } })

  it('fills in an input and the review date, and not in the lab', () => {
    const { inputs, ttl } = withHouse(book, rules('key', 'AKIA1'), LIVE)
    expect([inputs['key']?.default, ttl]).toEqual(['AKIA1', 60])
    const rehearsed = withHouse(book, rules('key', 'AKIA1'), { lab: true })
    expect([rehearsed.inputs, rehearsed.ttl]).toEqual([book.inputs, book.ttl])
  })

  it('is refused with its place if the playbook does not take it', () => {
    expect(() => withHouse(book, rules('kye', 'AKIA1'), LIVE)).toThrow(
      expect.objectContaining({
        code: 'invalid-input',
        where: 'interdict.yaml:3:5',
        next: "did you mean 'key'?",
      }),
    )
    expect(() => withHouse(book, rules('key', 'x'), LIVE)).toThrow(/does not match/)
  })
})

describe('accounts and roles of the house', () => {
  const DEFAULTS = {
    aws: { accounts: ['organization'], role: 'responder', regions: ['eu-west-1'] },
    gcp: { organization: '1' },
    azure: { tenant: 'contoso.example', managementGroups: ['all'] },
  }
  it.each([
    ['a scope that names nothing', { aws: {} }, { aws: DEFAULTS.aws }],
    ['the caller alone', { aws: { accounts: ['self'] } }, { aws: DEFAULTS.aws }],
    [
      'accounts of its own',
      { aws: { accounts: ['111122223333'] } },
      { aws: { accounts: ['111122223333'], role: 'responder', regions: ['eu-west-1'] } },
    ],
    [
      'a role of its own',
      { aws: { accounts: ['self'], role: 'mine' } },
      { aws: { ...DEFAULTS.aws, role: 'mine' } },
    ],
    ['projects of its own', { gcp: { projects: ['a'] } }, { gcp: { projects: ['a'] } }],
    ['its own project alone', { gcp: { projects: ['self'] } }, { gcp: { organization: '1' } }],
    [
      'subscriptions of its own',
      { azure: { subscriptions: ['s'] } },
      { azure: { subscriptions: ['s'], tenant: 'contoso.example' } },
    ],
    ['another cloud', { other: {} }, { other: {} }],
  ])('fill in %s', (_, scope, expected) => {
    expect(scopeWithDefaults(scope, DEFAULTS)).toEqual(expected)
  })
})
