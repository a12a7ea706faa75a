import { Actor, type Call } from './actor.ts'
import { cast } from './cast.ts'
import { Cloud } from './credentials.ts'
import { isScenario, type Scenario, scenarios } from './scenarios.ts'

export type { Call } from './actor.ts'
export { isScenario, type Scenario, type ScenarioName, scenarios } from './scenarios.ts'

export interface ActorsRequest {
  /** Base address of the lab, e.g. `http://127.0.0.1:4566`. */
  endpoint: string
  /** A scenario by name, or any choice of actors. */
  scenario: string | Scenario
}

export interface ActorReport {
  actor: string
  part: 'thief' | 'honest' | 'collateral'
  calls: number
  accepted: number
  refused: number
  /** `performance.now()` and wall clock of the last call that went through. */
  lastAcceptedAt?: number
  lastAcceptedWall?: string
  /** Name of error → how often. */
  errors: Record<string, number>
}

export interface Actors {
  scenario: Scenario
  /** Every call so far, in the order of the answers. */
  calls(): Call[]
  /** One line an actor, over the calls answered in `[since, until)`; both are `performance.now()`. */
  report(since?: number, until?: number): ActorReport[]
  /** Resolves after this many more answers, whatever they are. Rejects when the actor is stopped or unknown. */
  waitForCalls(actor: string, count: number): Promise<void>
  /** Resolves after this many more calls that went through. */
  waitForAccepted(actor: string, count: number): Promise<void>
  /** Ends all of them; twice is as good as once. */
  stop(): Promise<void>
}

/**
 * Lets the actors of a scenario loose on the lab. They have their first credentials when this resolves.
 * @throws TypeError for a scenario or an actor that the lab does not have
 */
export async function startActors({ endpoint, scenario }: ActorsRequest): Promise<Actors> {
  const chosen = choose(scenario)
  const names = [...new Set([chosen.thief, ...chosen.honest, ...chosen.collateral])]
  const parts = names.map(name => {
    const part = Object.hasOwn(cast, name) ? cast[name] : undefined
    if (part === undefined)
      throw new TypeError(`the lab has no actor ${name}; it has ${Object.keys(cast).join(', ')}`)
    return { name, part }
  })
  const cloud = await Cloud.open(endpoint)
  const actors = new Map<string, Actor>()
  try {
    const ready = await Promise.all(parts.map(async ({ name, part }) => new Actor(name, await part(cloud))))
    for (const actor of ready) actors.set(actor.name, actor)
  } catch (error) {
    cloud.close()
    throw error
  }
  for (const actor of actors.values()) actor.start()

  let stopped: Promise<void> | undefined
  const calls = () => [...actors.values()].flatMap(actor => actor.calls).sort((a, b) => a.at - b.at)
  const wait = (name: string, count: number, wants: (call: Call) => boolean) =>
    actors.get(name)?.wait(count, wants) ?? Promise.reject(new TypeError(`no such actor here: ${name}`))
  return {
    scenario: chosen,
    calls,
    report: (since = Number.NEGATIVE_INFINITY, until = Number.POSITIVE_INFINITY) =>
      [...actors.values()].map(({ name, calls: all }) =>
        summary(
          name,
          partOf(name, chosen),
          all.filter(({ at }) => at >= since && at < until),
        ),
      ),
    waitForCalls: (name, count) => wait(name, count, () => true),
    waitForAccepted: (name, count) => wait(name, count, ({ accepted }) => accepted),
    stop() {
      stopped ??= Promise.all([...actors.values()].map(actor => actor.stop())).then(() => cloud.close())
      return stopped
    },
  }
}

function choose(scenario: string | Scenario): Scenario {
  if (typeof scenario !== 'string') return scenario
  if (isScenario(scenario)) return scenarios[scenario]
  throw new TypeError(`the lab has no scenario ${scenario}; it has ${Object.keys(scenarios).join(', ')}`)
}

function partOf(name: string, { thief, collateral }: Scenario): ActorReport['part'] {
  if (name === thief) return 'thief'
  return collateral.includes(name) ? 'collateral' : 'honest'
}

function summary(actor: string, part: ActorReport['part'], calls: readonly Call[]): ActorReport {
  const accepted = calls.filter(call => call.accepted)
  const last = accepted.at(-1)
  const errors: Record<string, number> = {}
  for (const { error } of calls) {
    if (error !== undefined) errors[error] = (errors[error] ?? 0) + 1
  }
  return {
    actor,
    part,
    calls: calls.length,
    accepted: accepted.length,
    refused: calls.length - accepted.length,
    ...(last === undefined ? {} : { lastAcceptedAt: last.at, lastAcceptedWall: last.wall }),
    errors,
  }
}
