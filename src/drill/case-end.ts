import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { Recorder, restore, type World } from '../engine/index.ts'
import type { Store } from '../journal/store.ts'
import { Cloud, userKeys } from '../lab/actors/aws-credentials.ts'
import type { Lab } from '../lab/index.ts'
import type { Identity } from '../model/identity.ts'
import type { Journal } from '../model/journal.ts'
import { Holds } from '../model/run/holds.ts'
import type { RunState } from '../model/run/replay.ts'
import { rotate } from '../rotate/rotate.ts'
import type { Bench } from '../rotate/rotation-context.ts'
import { openSink } from '../sinks/into.ts'
import type { CaseResult } from '../toolkit/results/drill.ts'
import { PROPAGATION, someAtWork } from './case-scene.ts'
import { ACTOR } from './case-watch.ts'
import type { IncidentCase } from './cases.ts'
import { keptOff } from './kept-off.ts'
import type { Check } from './report.ts'

export interface EndRequest {
  of: IncidentCase
  world: World
  lab: Lab
  store: Store
  run: string
  /** A folder for what is made. */
  folder: string
  /** Id of the identity that the trigger named: the last that is cleared. */
  suspect: string | undefined
  note(text: string): void
}

export interface Ended {
  state: RunState
  checks: Check[]
  rotated: CaseResult['rotated']
}

const OPTIONS = { drift: 'skip', stepDown: false, acceptLiveTokens: false } as const

/** Gives back what the run holds, as the case says. */
export async function endCase(request: EndRequest): Promise<Ended> {
  const { of, world, store } = request
  const { journal, state } = await store.append(request.run, world.clock)
  try {
    if (of.ending === 'rotate') return await withNew(request, state, journal)
    if (of.ending === 'each') return await oneByOne(request, state, journal)
    const restored = await putBack(world, state, journal, [])
    request.note('restored')
    return { state: restored, checks: [], rotated: [] }
  } finally {
    await journal.close()
  }
}

function putBack(world: World, state: RunState, journal: Journal, only: string[]): Promise<RunState> {
  const holds = new Holds([state])
  const giveBack = keptOff({ changes: new Map([...state.changes].filter(([, { held }]) => held.length > 0)) })
  const options = { ...OPTIONS, giveBack }
  return restore(world, { state, journal, holds, only, options, reason: 'drill', actor: ACTOR })
}

/** The identity that was abused is cleared last: what was not is back at work before. */
async function oneByOne(request: EndRequest, given: RunState, journal: Journal): Promise<Ended> {
  const { of, world, lab, suspect, note } = request
  const named = new Map([...given.changes.values()].map(({ identity }) => [identity.id, shownAs(identity)]))
  const ids = [...named.keys()]
  const order = [...ids.filter(id => id !== suspect), ...ids.filter(id => id === suspect)]
  const clouds = new Set([...given.changes.values()].map(({ identity }) => identity.cloud))
  const checks: Check[] = [
    {
      what: `${order.length} identities of the vendor were stopped in ${clouds.size} clouds, by one run`,
      good: order.length > 1 && clouds.size === world.providers.size,
    },
  ]
  let state = given
  for (const [index, id] of order.entries()) {
    state = await putBack(world, state, journal, [id])
    const held = order.filter(each =>
      [...state.changes.values()].some(at => at.identity.id === each && at.held.length > 0),
    )
    const left = order.slice(index + 1)
    const name = named.get(id) ?? id
    note(
      left.length > 0
        ? `cleared, ${left.length} still stopped: ${name} is back`
        : `cleared, nothing is stopped any more: ${name} is back`,
    )
    const others =
      left.length === 0
        ? 'nothing is'
        : left.length === 1
          ? 'the other one is'
          : `the other ${left.length} are`
    checks.push({ what: `with ${name} cleared, ${others} held`, good: held.join() === left.join() })
    const waiting = Object.entries(of.cleared ?? {})
    const working = waiting.filter(([, needs]) => needs === id).map(([actor]) => actor)
    const stopped = waiting.filter(([, needs]) => left.includes(needs)).map(([actor]) => actor)
    if (working.length > 0) checks.push(...(await someAtWork(lab, working, stopped)))
  }
  return { state, checks, rotated: [] }
}

/** A directory's ids say nothing to people. */
function shownAs({ cloud, name, facts }: Identity): string {
  const { displayName } = facts
  return `${cloud} ${cloud === 'azure' && typeof displayName === 'string' ? displayName : name}`
}

const nameOf = (id: string) => id.slice(id.indexOf('/') + 1)

/** A new key first, into a file that only its owner may read; then the user is let in again, with that key alone. */
async function withNew(request: EndRequest, given: RunState, journal: Journal): Promise<Ended> {
  const { world, lab, folder, note } = request
  const into = join(folder, 'new-key.json')
  const bench = benchAt(world, `file:${into}`)
  const keys = [...given.changes.values()].filter(({ identity }) => identity.kind === 'access-key')
  const only = [...given.changes.values()].filter(each => !keys.includes(each)).map(({ key }) => key)
  let state = await rotate(bench, new Recorder(journal, world.listen, given), {
    keys: keys.map(({ key }) => key),
    into: `file:${into}`,
    removal: 'never',
    reason: 'drill',
    actor: ACTOR,
    restore: { only, options: OPTIONS },
  })
  note('a new key made, stored and read back')
  state = await putBack(world, state, journal, only)
  note('the user is let in again')
  const rotated = keys.flatMap(({ identity: { kind, name }, key }) => {
    const { done } = state.changes.get(key)?.rotation ?? {}
    return done ? [{ kind, old: name, new: done.name, place: done.place }] : []
  })
  await pause(PROPAGATION)
  const checks = await tryKeys(lab, into, keys[0]?.identity.owner)
  return { state, checks, rotated }
}

function benchAt(world: World, place: string): Bench {
  return {
    rotation: ({ identity: { cloud, kind } }) =>
      world.providers.get(cloud)?.rotations?.find(({ on }) => on.includes(kind)),
    client: ({ identity: { cloud, account } }) =>
      world.sessions.find(each => each.cloud === cloud && each.account === account)?.client,
    place: () => place,
    sink: (at, { identity }) => openSink(at, undefined, identity),
    clock: world.clock,
    patience: 20_000,
    lag: 0,
  }
}

async function tryKeys(lab: Lab, file: string, owner: string | undefined): Promise<Check[]> {
  const { AccessKeyId, SecretAccessKey } = JSON.parse(await readFile(file, 'utf8')) as {
    AccessKeyId: string
    SecretAccessKey: string
  }
  const cloud = await Cloud.open(lab.endpoint)
  const works = (keys: { accessKeyId: string; secretAccessKey: string }) =>
    cloud
      .reader(
        keys,
        3,
      )(SECRET)
      .then(
        () => true,
        () => false,
      )
  const fresh = await works({ accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey })
  const old = await works(userKeys(nameOf(owner ?? '')))
  cloud.close()
  return [
    { what: 'the new key gets at what the workload needs', good: fresh },
    { what: 'the old key stays off', good: !old },
  ]
}

/** The secret that the owner of the key reads. */
const SECRET = 'prod/billing/sap'
