import { afterEach, beforeEach, expect, it } from 'vitest'
import { withEntries } from '../../src/model/facet.ts'
import { Town } from './town.ts'
import { interruption, playbook, provider, ToyCloud } from './toy-cloud.ts'
import { withInterruptions } from './toy-register.ts'

let town: Town

beforeEach(async () => {
  town = await Town.open()
})
afterEach(() => town.close())

/** Shuts the door as `disable` does, and seals it. */
const seal = interruption('door', 'revoke-sessions', {
  cut: facet =>
    withEntries(facet, [
      ['open', false],
      ['seal', 'wax'],
    ]),
})

it('a restore puts a setting back that two changes of the run held, when one of them holds on to another setting', async () => {
  const cloud = new ToyCloud()
  cloud.add('front')
  const world = () => cloud.world({ providers: new Map([[provider.cloud, withInterruptions(seal)]]) })
  await town.contain(world(), 'aaaa', playbook(['disable', 'revoke-sessions']))
  const door = cloud.doors.get('front')
  if (!door) throw new Error('no door')
  expect(door.settings).toEqual({ open: false, seal: 'wax' })
  // Somebody changes what only one of them holds.
  door.settings = { ...door.settings, seal: 'tape' }
  const state = await town.restore(world(), 'aaaa')
  expect(door.settings).toEqual({ open: true, seal: 'tape' })
  expect(
    [...state.changes.values()].flatMap(({ restored }) =>
      restored.map(({ entry, decision }) => `${entry} ${decision}`),
    ),
  ).toEqual(expect.arrayContaining(['open released', 'seal drift', 'open put-back']))
  expect(state.restore?.finished).toBe('incomplete')
})
