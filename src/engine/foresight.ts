import { unlessBug } from '../model/fault.ts'
import type { Identity } from '../model/identity.ts'
import type { Verb } from '../model/interruption.ts'
import { companionsOf } from './companions.ts'
import type { CredentialList } from './credentials.ts'
import { ownerOf, type Wanted } from './expand.ts'
import { inLanes, laneOf } from './lanes.ts'
import { sessionOf, type World } from './world.ts'

/** Verbs that stop an identity as a whole; only then is it asked whether it could undo us. */
const STOPS: readonly Verb[] = ['quarantine', 'disable']

interface Foresight {
  wanted: Wanted[]
  warnings: string[]
}

/**
 * Asks for each principal whether its permissions let it undo what is planned. Where they do, every independent deny is
 * planned instead of one, and the companions of the change with it. Where the cloud cannot say, the plan says so and has every
 * deny that is only added (`Interruption.additive`); the first counter-move brings the rest.
 */
export async function foresee(
  world: World,
  wanted: readonly Wanted[],
  listed: CredentialList,
  isSpared: (identity: Identity) => boolean,
): Promise<Foresight> {
  const groups = new Map<string, Wanted[]>()
  for (const each of wanted) {
    const name = each.identity.owner ?? each.identity.id
    groups.set(name, [...(groups.get(name) ?? []), each])
  }
  const foreseen = new Map<Wanted[], Wanted[]>()
  const warnings: string[] = []
  await inLanes(
    [...groups.values()].map(group => [group]),
    ([first]) => laneOf({ identity: first?.identity ?? { cloud: '', account: '' } }),
    async some => {
      for (const group of some)
        foreseen.set(group, await foreseeGroup(world, group, { listed, isSpared, warnings }))
    },
  )
  return { wanted: [...groups.values()].flatMap(group => foreseen.get(group) ?? group), warnings }
}

interface Asking {
  listed: CredentialList
  isSpared: (identity: Identity) => boolean
  warnings: string[]
}

async function foreseeGroup(world: World, group: Wanted[], asking: Asking): Promise<Wanted[]> {
  const stop = group.find(({ verb }) => STOPS.includes(verb))
  if (!stop) return group
  const principal = group.find(({ identity }) => identity.owner === undefined)?.identity ?? stop.identity
  let mayUndo: string[] = []
  let isKnown = true
  try {
    mayUndo = (await sessionOf(world, principal).undoes?.(principal)) ?? []
  } catch (error) {
    const fault = unlessBug(error)
    isKnown = false
    const { kind, name } = ownerOf(principal)
    asking.warnings.push(`whether ${kind} ${name} could undo this is not known: ${fault.message}`)
  }
  if (!isKnown) return group.map(each => (each.interruption.additive ? { ...each, strength: 'all' } : each))
  if (mayUndo.length === 0) return group
  const strong = group.map(
    (each): Wanted => ({ ...each, mayUndo, ...(each.interruption.companions ? { strength: 'all' } : {}) }),
  )
  const there = new Set(group.map(({ identity, interruption }) => `${identity.id} ${interruption.id}`))
  for (const each of strong) {
    const companions = await companionsOf(world, each.identity, each.interruption.id, asking.listed)
    for (const { identity, interruption } of companions) {
      const key = `${identity.id} ${interruption.id}`
      if (there.has(key) || asking.isSpared(identity)) continue
      there.add(key)
      strong.push({
        key,
        identity,
        interruption,
        verb: interruption.verbs[0] ?? 'disable',
        params: interruption.params.parse({}),
        step: 'guard',
        companion: true,
        mayUndo,
        ...(interruption.companions ? { strength: 'all' } : {}),
      })
    }
  }
  return strong
}
