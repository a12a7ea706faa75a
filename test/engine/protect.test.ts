import { describe, expect, it } from 'vitest'
import { makePlan } from '../../src/engine/index.ts'
import { protectOf } from '../../src/engine/protect.ts'
import { Fault } from '../../src/model/fault.ts'
import type { Identity } from '../../src/model/identity.ts'
import type { Kind } from '../../src/model/kind.ts'
import type { Plan } from '../../src/model/plan.ts'
import type { Playbook } from '../../src/model/playbook/playbook.ts'
import { Holds } from '../../src/model/run/holds.ts'
import { eachTown } from './each-town.ts'
import type { Town } from './town.ts'
import { playbook, type ToyCloud } from './toy-cloud.ts'

let town: Town
let cloud: ToyCloud
eachTown((opened, empty) => {
  town = opened
  cloud = empty
})

const tag = (name: string, tags: { [tag: string]: string }) => {
  const door = cloud.doors.get(name)
  if (door) door.tags = tags
}

async function planned(book: Playbook, includeProtected: string[] = []): Promise<Plan> {
  return await makePlan(cloud.world(), {
    run: 'aaaa',
    playbook: book,
    inputs: {},
    holds: new Holds([]),
    includeProtected,
  })
}

const named = (name: string, more: Partial<Playbook> = {}) =>
  playbook(['disable'], `identity.name == "${name}"`, more)
const touched = (plan: Plan) => plan.changes.map(({ identity }) => identity.name).sort()
const about = (plan: Plan) =>
  plan.spared.map(({ identity, facts: _, ...rest }: Plan['spared'][number] & { facts?: unknown }) => ({
    name: identity.name,
    ...rest,
  }))

describe('a protected identity that a person includes', () => {
  it('is touched although a tag, a protect expression or its role protects it, and the plan says so', async () => {
    for (const name of ['tagged', 'glass', 'boss', 'front']) cloud.add(name)
    tag('tagged', { 'interdict:protected': 'true' })
    tag('glass', { 'break-glass': 'true' })
    const plan = await planned(playbook(['disable']), ['all'])
    expect(touched(plan)).toEqual(['boss', 'front', 'glass', 'tagged'])
    expect(plan.spared).toEqual([])
    expect(plan.includeProtected).toEqual(['all'])
    expect(plan.overruled?.map(each => [each.identity.name, each.class, each.by]).sort()).toEqual([
      ['boss', 'administrator', 'asked'],
      ['glass', 'mark', 'asked'],
      ['tagged', 'mark', 'asked'],
    ])
  })

  it('is one identity when one is named, and the others stay as they are', async () => {
    for (const name of ['tagged', 'glass']) cloud.add(name)
    tag('tagged', { 'interdict:protected': 'true' })
    tag('glass', { 'break-glass': 'true' })
    const plan = await planned(playbook(['disable']), ['toy:town:door/glass'])
    expect(touched(plan)).toEqual(['glass'])
    expect(plan.spared.map(({ identity }) => identity.name)).toEqual(['tagged'])
  })

  it('holds for the credentials of the identity that is named', async () => {
    cloud.add('glass')
    tag('glass', { 'break-glass': 'true' })
    cloud.add('card', { open: true }, 'glass')
    const plan = await planned(playbook(['disable'], 'true'), ['glass'])
    expect(touched(plan)).toEqual(['card', 'glass'])
  })

  it('is never ourselves: all leaves us out, and our own name is refused', async () => {
    for (const name of ['mine', 'front']) cloud.add(name)
    cloud.add('card', { open: true }, 'mine')
    const plan = await planned(playbook(['disable'], 'true'), ['all'])
    expect(touched(plan)).toEqual(['front'])
    for (const name of ['mine', 'card']) {
      await expect(planned(playbook(['disable'], 'true'), [name])).rejects.toMatchObject({
        code: 'refused',
        where: '--include-protected',
      })
    }
  })

  it('is a slip of the pen when nothing protected is called so', async () => {
    cloud.add('front')
    await expect(planned(playbook(['disable']), ['frnt'])).rejects.toMatchObject({ code: 'usage' })
    await expect(planned(playbook(['disable']), ['front'])).rejects.toMatchObject({ code: 'usage' })
  })

  it('stands in the journal with the reason, and a resume goes on with it', async () => {
    cloud.add('glass')
    tag('glass', { 'break-glass': 'true' })
    const book = playbook(['disable'])
    const state = await town.contain(cloud.world(), 'aaaa', book, { includeProtected: ['glass'] })
    expect(state.finished).toBe('complete')
    const { entries } = await town.store.read('aaaa')
    expect(entries[0]).toMatchObject({
      type: 'run.started',
      reason: 'test',
      includeProtected: ['glass'],
      plan: { overruled: [{ class: 'mark', by: 'asked' }] },
    })
    expect(cloud.doors.get('glass')?.settings).toEqual({ open: false })
  })
})

describe('an administrator', () => {
  it('is spared, and its credential is stopped when the playbook names the credential', async () => {
    cloud.add('boss')
    cloud.add('card', { open: true }, 'boss')
    const plan = await planned(named('card'))
    expect(touched(plan)).toEqual(['card'])
    expect(plan.overruled).toMatchObject([
      { class: 'administrator', by: 'named', because: 'its owner is spared: it runs the town' },
    ])
  })

  it('keeps its credentials from a playbook that means all that are alike', async () => {
    cloud.add('boss')
    cloud.add('card', { open: true }, 'boss')
    const plan = await planned(playbook(['disable'], 'identity.kind == "pass"'))
    expect(plan.changes).toEqual([])
    expect(plan.spared).toMatchObject([{ class: 'administrator' }])
  })

  it('that is marked as well keeps them: the mark is for a person to overrule', async () => {
    cloud.add('boss')
    tag('boss', { 'break-glass': 'true' })
    cloud.add('card', { open: true }, 'boss')
    expect((await planned(named('card'))).changes).toEqual([])
    expect(touched(await planned(named('card'), ['card']))).toEqual(['card'])
  })
})

describe('a protecting mark', () => {
  it('is doubted when the identity may write it itself, and the reason stands in the refusal', async () => {
    cloud.add('glass')
    tag('glass', { 'break-glass': 'true' })
    expect(about(await planned(named('glass')))).toEqual([
      {
        name: 'glass',
        because: 'protected: "break-glass" in identity.tags',
        class: 'mark',
        doubtful: 'it may write this tag itself',
        named: true,
      },
    ])
    const refused = await town.contain(cloud.world(), 'aaaa', named('glass')).catch((error: unknown) => error)
    expect(refused).toBeInstanceOf(Fault)
    expect(refused).toMatchObject({ code: 'refused', where: 'toy:town:door/glass' })
    expect((refused as Fault).message).toContain(
      'spared: protected: "break-glass" in identity.tags (doubtful: it may write this tag itself)',
    )
  })

  it('on the owner is doubted for the credential', async () => {
    cloud.add('glass')
    tag('glass', { 'interdict:protected': 'true' })
    cloud.add('card', { open: true }, 'glass')
    expect(about(await planned(named('card')))).toMatchObject([
      {
        because: 'its owner is spared: tagged interdict:protected',
        doubtful: 'it may write this tag itself',
      },
    ])
  })

  it('on a credential that appears while its owner is stopped does not keep it', async () => {
    cloud.add('front')
    cloud.onWrite = () => {
      if (!cloud.doors.has('new-card')) {
        cloud.add('new-card', { open: true }, 'front')
        tag('new-card', { 'interdict:protected': 'true' })
      }
      return undefined
    }
    const state = await town.contain(cloud.world(), 'aaaa', playbook(['disable']))
    expect(state.found.map(({ identity, contained }) => [identity.name, contained])).toEqual([
      ['new-card', true],
    ])
  })
})

const cloudless: Identity = {
  id: 'toy:town:door/front',
  uid: 'u',
  cloud: 'toy',
  account: 'town',
  kind: 'door',
  name: 'front',
  facts: {},
}

describe('a protect expression', () => {
  it('spares when it fails, and says that it failed', async () => {
    cloud.add('front')
    const plan = await planned(named('front', { protect: ['identity.tags["team"] == "platform"'] }))
    expect(plan.changes).toEqual([])
    expect(plan.spared).toMatchObject([{ class: 'mark', named: true }])
    expect(plan.spared[0]?.because).toMatch(
      /^protected, since the expression fails: identity\.tags\["team"\] == "platform" \(/,
    )
  })

  it('is of the class name when it reads names only', async () => {
    cloud.add('front')
    const plan = await planned(named('front', { protect: ['identity.name == "front"'] }))
    expect(plan.spared).toMatchObject([{ class: 'name' }])
  })
})

describe('whether a playbook names an identity', () => {
  it.each([
    ['identity.name == "front"', true],
    ['identity.kind == "door" && (identity.name == "front" || identity.name == "back")', true],
    ['identity.name in ["front", "back"]', true],
    ['identity.id == "toy:town:door/front"', true],
    ['identity.kind == "door"', undefined],
    ['identity.enabled', undefined],
    ['identity.name.startsWith("fr")', undefined],
    ['identity.kind == "door" || identity.name == "front"', true],
  ])('%s: %s', async (select, expected) => {
    cloud.add('front')
    tag('front', { 'break-glass': 'true' })
    const { spared } = await planned(playbook(['disable'], select))
    expect(spared.map(each => each.named)).toEqual([expected])
  })
})

describe('a protect expression', () => {
  const kinds: Kind[] = [
    { name: 'door', summary: 'a door', credential: false, facts: { tags: 'map<string>' } },
    { name: 'hatch', summary: 'a hatch', credential: false, facts: { description: 'string' } },
    { name: 'key', summary: 'a key', credential: true, owners: ['hatch'], facts: {} },
  ]
  const of = (...expressions: string[]) =>
    protectOf(playbook(['disable'], 'true', { protect: expressions }), kinds, {})

  it.each([
    ['identity.name == "front"', 'name'],
    ['identity.name == "front" && identity.tags["a"] == "b"', 'mark'],
    ['true', 'mark'],
    ['[identity].exists(each, each.name == "front")', 'mark'],
  ])('%s is of the class %s', (expression, expected) => {
    const front = { ...cloudless, facts: { tags: { a: 'b' } } }
    expect(of(expression).spares(front)?.class).toBe(expected)
  })

  it.each<[string, string[], number]>([
    ['looks at tags', ['"a" in identity.tags'], 1],
    ['looks at tags of another kind', ['identity.kind == "door" && "a" in identity.tags'], 0],
    ['looks at its kind and at tags', ['identity.kind != "gate" && "a" in identity.tags'], 1],
    ['looks at the name', ['identity.name == "x"'], 0],
    ['looks at tags or at the name', ['"a" in identity.tags || identity.name == "x"'], 0],
    ['looks at it as a whole', ['[identity].exists(each, each.name == "x")'], 0],
    ['looks at tags, and another looks at the name', ['"a" in identity.tags', 'identity.name == "x"'], 0],
  ])('warns about a kind without tags if it %s', (_, expressions, count) => {
    const warnings = of(...expressions).warnings(kinds)
    expect(warnings).toHaveLength(count)
    for (const warning of warnings) {
      expect(warning).toContain('(a hatch): it has no tags; use identity.name or identity.description')
    }
  })
})
