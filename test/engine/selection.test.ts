import { beforeEach, describe, expect, it } from 'vitest'
import type { World } from '../../src/engine/index.ts'
import { Overrule } from '../../src/engine/protection-overrule.ts'
import { reachList } from '../../src/engine/reachable.ts'
import { selector } from '../../src/engine/select.ts'
import { select } from '../../src/engine/selection.ts'
import { Lost } from '../../src/engine/unreached-accounts.ts'
import type { Within } from '../../src/model/plan.ts'
import type { Playbook, Step } from '../../src/model/playbook/playbook.ts'
import type { Provider, Query, Session } from '../../src/model/provider.ts'
import { fog, playbook, provider, ToyCloud } from './toy-cloud.ts'

let cloud: ToyCloud
/** Listings that were asked for, and identities whose protection was doubted, by name. */
let queries: Query[]
let doubted: string[]
beforeEach(() => {
  cloud = new ToyCloud()
  queries = []
  doubted = []
})

/** A session that remembers what it is asked. `assumable`: roles by the name of who may assume them. */
function sessionOf(of = cloud, assumable: { [name: string]: string[] } = {}): Session {
  const session = of.session()
  return {
    ...session,
    inventory(query) {
      queries.push(query)
      return session.inventory(query)
    },
    async doubts(identity, reads) {
      doubted.push(identity.name)
      return `it may write ${reads.join(', ')}`
    },
    assumable: async ({ name }) =>
      (assumable[name] ?? []).map(role => ({
        identity: of.identity(role),
        because: 'it is trusted',
        revoke: 'interdict',
      })),
  }
}

/** The kinds of a provider, of which doors and gates have names that are unique in an account only. */
const local = (of: Provider): Provider => ({
  ...of,
  kinds: of.kinds.map(kind => (kind.credential ? kind : { ...kind, localNames: true })),
})

async function selected(
  book: Playbook,
  sessions: Session[] = [sessionOf()],
  more: { narrow?: boolean; within?: Within } = {},
) {
  const providers = new Map([
    ['toy', local(provider)],
    ['fog', local(fog)],
  ])
  const world: World = cloud.world({ providers, sessions })
  const chosen = selector(world, book, {})
  const found = await select(world, chosen, new Lost(sessions.length), {
    overrule: new Overrule([]),
    reach: reachList(world),
    ...more,
  })
  return {
    ...found,
    names: found.selected.map(({ identity }) => `${identity.account} ${identity.name}`),
    stepsOf: (name: string) =>
      found.selected
        .filter(({ identity }) => identity.name === name)
        .flatMap(({ steps }) => steps.map(step => step.name)),
  }
}

const step = (name: string, of: string, include?: Step['include']): Step => ({
  name,
  select: of,
  interrupt: [{ use: 'disable', params: {} }],
  ...(include === undefined ? {} : { include }),
})
const steps = (...all: Step[]) => playbook(['disable'], 'true', { steps: all })
const protect = (name: string) => {
  const door = cloud.doors.get(name)
  if (door) door.tags = { 'interdict:protected': 'true' }
}

describe('a selection', () => {
  it('counts the identities that are listed, and the principals among them', async () => {
    cloud.add('front')
    cloud.add('back')
    cloud.add('card', { open: true }, 'front')
    const { listed, principals, names } = await selected(steps(step('one', 'identity.name == "card"')))
    expect([listed, principals, names]).toEqual([3, 2, ['town card']])
  })

  it('lists only what a step can mean when it is to be narrow, and everything otherwise', async () => {
    cloud.add('front')
    const book = steps(step('one', 'identity.name == "front"'))
    await selected(book)
    await selected(book, [sessionOf()], { narrow: true })
    expect(queries.map(query => 'only' in query)).toEqual([false, true])
  })

  it('has the protection of what a step means doubted where it rests on what an identity may write, and no other', async () => {
    for (const name of ['glass', 'boss', 'other']) cloud.add(name)
    for (const name of ['glass', 'other']) protect(name)
    const { spared } = await selected(steps(step('one', 'identity.name in ["glass", "boss"]')))
    expect(doubted).toEqual(['glass'])
    expect(spared.map(({ identity, doubtful }) => [identity.name, doubtful])).toEqual([
      ['glass', 'it may write tags'],
      ['boss', undefined],
    ])
  })
})

describe('an identity that is spared', () => {
  const about = async (of: string) => {
    cloud.add('mine')
    cloud.add('card', { open: true }, 'mine')
    const { selected: all, spared } = await selected(steps(step('one', of)))
    expect(all).toEqual([])
    return spared.map(({ identity, because, named }) => [identity.name, because, named])
  }

  it('is said to be meant when a step names it, with the reason, which may be that of its owner', async () => {
    expect(await about('identity.name in ["mine", "card"]')).toEqual([
      ['mine', 'that is you', true],
      ['card', 'its owner is spared: that is you', true],
    ])
  })

  it('is not said to be meant when a step means a trait that it has', async () => {
    expect(await about('identity.enabled')).toEqual([
      ['mine', 'that is you', undefined],
      ['card', 'its owner is spared: that is you', undefined],
    ])
  })
})

describe('an event of one account', () => {
  let sessions: Session[]
  beforeEach(() => {
    const [yard, moor] = [new ToyCloud('toy', 'yard'), new ToyCloud('fog', 'yard')]
    for (const each of [cloud, yard, moor]) each.add('front')
    for (const each of [cloud, yard]) each.add('card', { open: true }, 'front')
    sessions = [cloud, yard, moor].map(each => sessionOf(each))
  })
  const within = { cloud: 'toy', account: 'town' }
  const named = steps(step('one', 'identity.name in ["front", "card"]'))

  it('leaves out identities that share the name in another account of the cloud, where names are not unique', async () => {
    const { names, namesakes } = await selected(named, sessions, { within })
    // A card's name is unique, and the other cloud is not meant by an account of this one.
    expect(names).toEqual(['town front', 'town card', 'yard card', 'yard front'])
    expect(namesakes.map(({ id }) => id)).toEqual(['toy:yard:door/front'])
  })

  it('leaves out nothing that a step means by something else than its name', async () => {
    const { namesakes } = await selected(steps(step('one', 'identity.kind == "door"')), sessions, { within })
    expect(namesakes).toEqual([])
  })

  it('is not what a person asks for: then every account is meant', async () => {
    const { names, namesakes } = await selected(named, sessions)
    expect([names.length, namesakes]).toEqual([5, []])
  })
})

describe('a role that a selected identity may assume', () => {
  const FRONT = 'identity.name == "front"'
  const include: Step['include'] = ['assumable-roles']

  it('is selected by the steps that include it, and by no other', async () => {
    for (const name of ['front', 'role', 'back']) cloud.add(name)
    const book = steps(step('one', FRONT, include), step('two', FRONT))
    const { names, stepsOf } = await selected(book, [sessionOf(cloud, { front: ['role'] })])
    expect(names).toEqual(['town front', 'town role'])
    expect(stepsOf('role')).toEqual(['one'])
  })

  it('has each step once that selects it by itself or includes it', async () => {
    for (const name of ['front', 'role']) cloud.add(name)
    const any = 'identity.name in ["front", "role"]'
    const book = steps(step('one', any, include), step('two', 'identity.name == "role"'))
    const { names, stepsOf } = await selected(book, [sessionOf(cloud, { front: ['role'] })])
    expect(names).toEqual(['town front', 'town role'])
    expect(stepsOf('role')).toEqual(['one', 'two'])
  })

  it('is added to by a step that includes it and does not select it', async () => {
    for (const name of ['front', 'role']) cloud.add(name)
    const book = steps(step('one', FRONT, include), step('two', 'identity.name == "role"'))
    const { stepsOf } = await selected(book, [sessionOf(cloud, { front: ['role'] })])
    expect(stepsOf('role').sort()).toEqual(['one', 'two'])
  })

  it('is spared when it is protected, though it was not listed, and doubted where that rests on what it may write', async () => {
    for (const name of ['front', 'role', 'boss']) cloud.add(name)
    protect('role')
    const session = sessionOf(cloud, { front: ['role', 'boss'] })
    // The roles are of a kind that the steps do not list.
    async function* inventory() {
      yield cloud.identity('front')
    }
    const { names, spared } = await selected(steps(step('one', FRONT, include)), [{ ...session, inventory }])
    expect(names).toEqual(['town front'])
    expect(spared.map(({ identity, doubtful }) => [identity.name, doubtful])).toEqual([
      ['role', 'it may write tags'],
      ['boss', undefined],
    ])
    expect(doubted).toEqual(['role'])
  })
})
