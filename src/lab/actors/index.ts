import { Actor, type Troupe } from './actor.ts'
import type { Call } from './call.ts'
import type { FightOptions, Move } from './fight.ts'

export type { Call } from './call.ts'
export { type FightOptions, IN_TOKEN, isInToken, type Move } from './fight.ts'

/** Who acts in a rehearsal, by name; a name is an actor of one cloud. */
export interface Scenario {
  thieves: readonly string[]
  /** They use credentials that no containment of this scenario should touch. */
  honest: readonly string[]
  /** Honest too, but they share what was stolen, and stop with the thief. */
  collateral: readonly string[]
}

export interface ActorsRequest {
  /** Base address of the lab, e.g. `http://127.0.0.1:4566`. */
  endpoint: string
  /** Clouds whose actors may act; all when missing. Their clients are loaded. */
  clouds?: readonly string[]
  scenario: Scenario
  /** Milliseconds that only go forward, for the times of calls and moves; `performance.now()` when missing. */
  now?: () => number
  /** The thieves fight back, each with the rights that the armed estate gives it. They do not when missing. */
  fight?: FightOptions
}

export interface ActorReport {
  actor: string
  cloud: string
  part: 'thief' | 'honest' | 'collateral'
  calls: number
  accepted: number
  refused: number
  /** Time and wall clock of the last call that went through. */
  lastAcceptedAt?: number
  lastAcceptedWall?: string
  /** Name of error → how often. */
  errors: Record<string, number>
}

export interface Actors {
  scenario: Scenario
  /** The cloud of an actor. */
  cloudOf(actor: string): string
  /** Names of the second identities that fighting thieves have, as the clouds know them. */
  helpers: readonly string[]
  /** Every call so far, in the order of the answers. */
  calls(): Call[]
  /** Everything that fighting thieves wrote so far, in the order of the answers. */
  moves(): Move[]
  /** One line an actor, over the calls answered in `[since, until)`, by the clock of the actors. */
  report(since?: number, until?: number): ActorReport[]
  /** Resolves after this many more answers of any kind. Rejects when the actor is stopped or unknown. */
  waitForCalls(actor: string, count: number): Promise<void>
  /** Resolves after this many more calls that went through. */
  waitForAccepted(actor: string, count: number): Promise<void>
  /** Ends all of them; twice is as good as once. */
  stop(): Promise<void>
}

type Open = (endpoint: string) => Promise<Troupe>
type Fighters = (endpoint: string, options: FightOptions) => Promise<Troupe>

const TROUPES: { readonly [cloud: string]: { peaceful: Open; fighters: Fighters } } = {
  aws: {
    peaceful: async endpoint => (await import('./aws.ts')).awsTroupe(endpoint),
    fighters: async (...given) => (await import('./aws-fight.ts')).awsFighters(...given),
  },
  gcp: {
    peaceful: async endpoint => (await import('./gcp.ts')).gcpTroupe(endpoint),
    fighters: async (...given) => (await import('./gcp-fight.ts')).gcpFighters(...given),
  },
  azure: {
    peaceful: async endpoint => (await import('./azure.ts')).azureTroupe(endpoint),
    fighters: async (...given) => (await import('./azure-fight.ts')).azureFighters(...given),
  },
}

/**
 * Lets the actors of a scenario loose on the lab. They have their first credentials when this resolves.
 * @throws TypeError for an actor that the lab does not have
 */
export async function startActors(request: ActorsRequest): Promise<Actors> {
  const { endpoint, clouds, scenario, fight, now } = request
  const names = [...new Set([...scenario.thieves, ...scenario.honest, ...scenario.collateral])]
  const wanted = Object.entries(TROUPES).filter(([cloud]) => clouds === undefined || clouds.includes(cloud))
  const troupes = await Promise.all(
    wanted.map(async ([cloud, { peaceful }]) => ({ cloud, troupe: await peaceful(endpoint) })),
  )
  const fighters =
    fight === undefined
      ? []
      : await Promise.all(
          wanted.map(async ([cloud, open]) => ({ cloud, troupe: await open.fighters(endpoint, fight) })),
        )
  const close = () => {
    for (const { troupe } of [...troupes, ...fighters]) troupe.close()
  }
  const actors = new Map<string, { actor: Actor; cloud: string }>()
  try {
    const castOf = (name: string) => (fight && scenario.thieves.includes(name) ? fighters : troupes)
    const parts = names.map(name => ({ name, ...partIn(castOf(name), name) }))
    const ready = await Promise.all(
      parts.map(async ({ name, cloud, open }) => ({ cloud, actor: new Actor(name, await open(), now) })),
    )
    for (const each of ready) actors.set(each.actor.name, each)
  } catch (error) {
    close()
    throw error
  }
  const all = [...actors.values()]
  for (const { actor } of all) actor.start()

  let stopped: Promise<void> | undefined
  const calls = () => all.flatMap(({ actor }) => actor.calls).sort((a, b) => a.at - b.at)
  const wait = (name: string, count: number, wants: (call: Call) => boolean) =>
    actors.get(name)?.actor.wait(count, wants) ?? Promise.reject(new TypeError(`no such actor here: ${name}`))
  return {
    scenario,
    helpers: scenario.thieves
      .flatMap(thief => fighters.map(({ troupe }) => troupe.helpers?.[thief]))
      .filter(helper => helper !== undefined),
    cloudOf: name => actors.get(name)?.cloud ?? '',
    calls,
    moves: () => all.flatMap(({ actor }) => actor.moves).sort((a, b) => a.at - b.at),
    report: (since = Number.NEGATIVE_INFINITY, until = Number.POSITIVE_INFINITY) =>
      all.map(({ actor: { name, calls: made }, cloud }) =>
        summary(
          name,
          cloud,
          partOf(name, scenario),
          made.filter(({ at }) => at >= since && at < until),
        ),
      ),
    waitForCalls: (name, count) => wait(name, count, () => true),
    waitForAccepted: (name, count) => wait(name, count, ({ accepted }) => accepted),
    stop() {
      stopped ??= Promise.all(all.map(({ actor }) => actor.stop())).then(close)
      return stopped
    },
  }
}

function partIn(troupes: readonly { cloud: string; troupe: Troupe }[], name: string) {
  for (const { cloud, troupe } of troupes) {
    const open = Object.hasOwn(troupe.parts, name) ? troupe.parts[name] : undefined
    if (open) return { cloud, open }
  }
  const there = troupes.flatMap(({ troupe }) => Object.keys(troupe.parts))
  throw new TypeError(`the lab has no actor ${name} here; it has ${there.join(', ')}`)
}

function partOf(name: string, { thieves, collateral }: Scenario): ActorReport['part'] {
  if (thieves.includes(name)) return 'thief'
  return collateral.includes(name) ? 'collateral' : 'honest'
}

function summary(
  actor: string,
  cloud: string,
  part: ActorReport['part'],
  calls: readonly Call[],
): ActorReport {
  const accepted = calls.filter(call => call.accepted)
  const last = accepted.at(-1)
  const errors: Record<string, number> = {}
  for (const { error } of calls) {
    if (error !== undefined) errors[error] = (errors[error] ?? 0) + 1
  }
  return {
    actor,
    cloud,
    part,
    calls: calls.length,
    accepted: accepted.length,
    refused: calls.length - accepted.length,
    ...(last === undefined ? {} : { lastAcceptedAt: last.at, lastAcceptedWall: last.wall }),
    errors,
  }
}
