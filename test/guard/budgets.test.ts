import { expect, it } from 'vitest'
import { budgetsOf } from '../../src/guard/budgets.ts'
import { FiringLog } from '../../src/guard/firing-log.ts'
import { Turns } from '../../src/guard/firing-turns.ts'
import type { Reacted } from '../../src/guard/ports.ts'
import { Fault } from '../../src/model/fault.ts'
import type { Firing } from '../../src/model/firing.ts'
import { down, folder, Runs, Script, sealedFolder, told, watched } from './scripted.ts'

const abuse = (who: string) => [0, 1, 2].map(n => told(`${who}${n}`, who, n))
const abuses = (...users: readonly string[]) => users.flatMap(abuse)
const numbered = (name: string, count: number) => Array.from({ length: count }, (_, n) => `${name}${n}`)

/** Refuses whom no cloud knows, and says that other runs hold some already. */
class Selective extends Runs {
  readonly held = new Set<string>()

  override async contain(...given: Parameters<Runs['contain']>): Promise<Reacted> {
    const user = String(given[0].inputs['user'])
    if (user.startsWith('junk')) throw new Fault('refused', 'nothing is selected')
    if (this.held.has(user))
      return { run: 'other', status: 'held', changes: 0, identities: [], heldBy: ['other'] }
    return await super.contain(...given)
  }
}

function script(name: string, users: readonly string[]): Script {
  return Object.assign(new Script(abuses(...users)), { name })
}

it('a firing counts against the ceiling when it changed something, not when it was refused or held', async () => {
  const runs = new Selective()
  for (const user of numbered('known', 5)) runs.held.add(user)
  const users = [...numbered('junk', 50), ...numbered('known', 5), 'real']
  const where = await folder()
  const { sent } = await watched(where, [new Script(abuses(...users))], runs, { ceiling: 1 })
  expect(runs.contained.map(({ user }) => user)).toEqual(['real'])
  expect(runs.proposed).toEqual([])
  expect(sent.filter(({ event }) => event === 'refused')).toHaveLength(50)
  const after = await watched(where, [new Script(abuses('next'))], runs, { ceiling: 1 })
  expect(after.sent).toMatchObject([{ event: 'proposed', ceiling: 1 }])
})

it('a firing that waits for a cloud is counted when its run begins', async () => {
  const runs = new Runs()
  const where = await folder()
  runs.before = down
  await watched(where, [new Script(abuses('a', 'b', 'c'))], runs, { ceiling: 1 })
  runs.before = async () => undefined
  const { sent } = await watched(where, [new Script(abuses('d'))], runs, { ceiling: 1 })
  expect(runs.contained.map(({ user }) => user)).toEqual(['a'])
  expect(sent.filter(({ event }) => event === 'proposed')).toHaveLength(3)
})

it('a run that an earlier watch began is counted when it is resumed', async () => {
  const runs = new Runs()
  runs.ends = 'incomplete'
  const where = await folder()
  await watched(where, [new Script(abuses('a'))], runs, { ceiling: 1 })
  runs.ends = 'complete'
  await watched(where, [new Script(abuses('b'))], runs, { ceiling: 1 })
  expect(runs.contained.map(({ user }) => user)).toEqual(['a'])
  expect(runs.proposed).toEqual(['b'])
})

it('one of two sources cannot use up the ceiling, also after a restart', async () => {
  const runs = new Runs()
  const where = await folder()
  const noisy = script('noisy', numbered('n', 12))
  const first = await watched(where, [noisy, script('quiet', [])], runs, { ceiling: 10 })
  expect(runs.contained).toHaveLength(7)
  expect(first.sent.filter(({ event }) => event === 'proposed')).toMatchObject(
    Array.from({ length: 5 }, () => ({ ceiling: 10, budget: { of: 'source', name: 'noisy', most: 7 } })),
  )
  const more = [script('noisy', ['again']), script('quiet', ['real'])]
  const second = await watched(where, more, runs, { ceiling: 10 })
  expect(runs.contained.at(-1)?.user).toBe('real')
  expect(second.sent).toContainEqual(
    expect.objectContaining({ event: 'proposed', budget: { of: 'source', name: 'noisy', most: 7 } }),
  )
})

it('one of two triggers cannot use up the ceiling', async () => {
  const runs = new Runs()
  const users = numbered('n', 12)
  const { sent } = await watched(await folder(), [new Script(abuses(...users))], runs, { triggers: 2 })
  expect(runs.contained).toHaveLength(7)
  expect(sent.at(-1)).toMatchObject({ budget: { of: 'trigger', name: 'test/refused', most: 7 } })
})

it.each([
  [0, { all: 0, trigger: 0, source: 0, identity: 0 }],
  [1, { all: 1, trigger: 1, source: 1, identity: 1 }],
  [2, { all: 2, trigger: 1, source: 1, identity: 1 }],
  [10, { all: 10, trigger: 7, source: 7, identity: 3 }],
  [100, { all: 100, trigger: 70, source: 70, identity: 30 }],
])('a ceiling of %i is shared', (ceiling, budgets) => {
  expect(budgetsOf(ceiling, { triggers: 2, sources: 2 })).toEqual(budgets)
  const alone = { ...budgets, trigger: ceiling, source: ceiling }
  expect(budgetsOf(ceiling, { triggers: 1, sources: 1 })).toEqual(alone)
})

const firing = (id: string, more: Partial<Firing> = {}): Firing => ({
  id,
  playbook: 'p',
  trigger: 't',
  mode: 'act',
  group: { id },
  events: [id],
  count: 1,
  time: '2026-01-01T00:00:00.000Z',
  why: 'one event',
  inputs: {},
  cloud: 'aws',
  identity: { name: id },
  ...more,
})

const logged = (id: string, source: string, more: Partial<Firing> = {}) => {
  const fired = firing(id, more)
  return { logged: { at: fired.time, fired, source, cause: causeOf(fired) } }
}

const causeOf = ({ id, trigger, events, count, why }: Firing) => ({
  key: id,
  trigger,
  events,
  count,
  why,
  signals: [],
})

it('sources, then triggers, take turns, and one identity does not follow itself', () => {
  const flood = Array.from({ length: 100 }, (_, n) => logged(`a${n}`, 'noisy', { identity: { name: 'one' } }))
  const waiting = [
    ...flood,
    logged('other', 'noisy'),
    logged('rare', 'noisy', { trigger: 'rare' }),
    logged('b0', 'quiet'),
    logged('b1', 'quiet'),
  ]
  const turns = new Turns()
  const order: string[] = []
  for (let turn = 0; turn < 6; turn++) {
    const next = turns.next(waiting)
    if (!next) break
    waiting.splice(waiting.indexOf(next), 1)
    order.push(next.logged.fired.id)
  }
  expect(order).toEqual(['a0', 'b0', 'rare', 'b1', 'a1', 'other'])
})

it('what counts against the ceiling outlives a flood of refused firings', async () => {
  const sealed = await sealedFolder(await folder())
  const log = await FiringLog.open(sealed)
  const at = '2026-01-01T00:00:00.000Z'
  const refused = (id: string) => ({
    event: 'refused' as const,
    id,
    playbook: 'p',
    trigger: 't',
    why: '',
    identity: '',
    time: at,
  })
  const settle = async (id: string) => {
    const fired = firing(id)
    await log.fired(at, fired, causeOf(fired), 'file')
    if (id === 'real') await log.begun(at, id)
    await log.settled(at, id, refused(id))
    await log.notified(id)
  }
  await settle('real')
  await Promise.all(numbered('junk', 6_000).map(settle))
  await log.close()
  const again = await FiringLog.open(sealed)
  expect(again.changed(Date.parse(at) + 1_000).map(({ fired, source }) => [fired.id, source])).toEqual([
    ['real', 'file'],
  ])
  expect(again.changed(Date.parse(at) + 3_600_001)).toEqual([])
  await again.close()
})
