import type { Listener } from '../model/event.ts'
import { Fault } from '../model/fault.ts'
import type { Identity } from '../model/identity.ts'
import type { Context, Interruption } from '../model/interruption.ts'
import type { Json } from '../model/json.ts'
import type { Plan, PlannedChange, Target } from '../model/plan.ts'
import type { Provider, Session } from '../model/provider.ts'
import { PURPOSES, type Purpose } from '../model/purpose.ts'
import type { Timing } from '../model/timing.ts'

/** Everything that a run touches, joined by the command that starts it. */
export interface World {
  providers: ReadonlyMap<string, Provider>
  sessions: readonly Session[]
  unreached: Plan['unreached']
  target: Target
  /** RFC 3339, UTC; the clock of the target, which in a rehearsal is the lab's. */
  clock: () => string
  /** Aborted by the first Ctrl-C: the change in hand is finished, nothing else is begun. */
  signal?: AbortSignal
  listen: Listener
  /** Seconds until a lab enforces a write, by cloud; 0 where it is not named. A lab ignores the cloud's documented delay. */
  propagation?: { readonly [cloud: string]: number }
  /** Durations, waiting and chance of everything that the engine does. */
  timing: Timing
  /** How long verification waits for the cloud to show what was written, in milliseconds. */
  patience?: number
}

/** An organisation has many accounts, and each identity of it is asked for its own. */
const byAccount = new WeakMap<World['sessions'], Map<string, Session>>()

function sessionsOf({ sessions }: World): ReadonlyMap<string, Session> {
  const known = byAccount.get(sessions)
  if (known) return known
  const found = new Map(sessions.map(each => [`${each.cloud}:${each.account}`, each]))
  byAccount.set(sessions, found)
  return found
}

/** Whether we are signed in to an identity's account. */
export function isReached(world: World, { cloud, account }: Pick<Identity, 'cloud' | 'account'>): boolean {
  return sessionsOf(world).has(`${cloud}:${account}`)
}

/** The session of an identity's account; Fault `wrong-target` when we are not signed in there. */
export function sessionOf(world: World, { cloud, account }: Pick<Identity, 'cloud' | 'account'>): Session {
  const found = sessionsOf(world).get(`${cloud}:${account}`)
  if (found) return found
  throw new Fault('wrong-target', `not signed in to ${cloud} ${account}`, {
    where: `${cloud}:${account}`,
    next: 'use credentials of that account',
  })
}

/** An interruption by id; Fault `damaged` when a journal names one that this version does not have. */
export function interruptionOf(world: World, id: string): Interruption {
  const cloud = id.slice(0, id.indexOf('.'))
  const found = world.providers.get(cloud)?.interruptions.find(each => each.id === id)
  if (found) return found
  throw new Fault('damaged', `this version of interdict has no interruption ${id}`, {
    next: 'use the version that made the run (see its journal: tool)',
  })
}

/** Returns the context that an interruption gets; `seen` is added from the reading. */
export function contextOf(
  run: string,
  now: string,
  identity: Identity,
  params: Json,
  seen?: Json,
  exhausted: readonly string[] = [],
): Context {
  return { run, now, identity, params, exhausted, ...(seen === undefined ? {} : { seen }) }
}

/** Returns the context of a planned change; one that joined another run goes by that run's name. */
export function contextFor(
  run: string,
  now: string,
  { identity, params, joins, ends }: Pick<PlannedChange, 'identity' | 'params' | 'joins' | 'ends'>,
  seen?: Json,
  exhausted: readonly string[] = [],
): Context {
  const context = {
    ...contextOf(joins?.name ?? run, now, identity, params, seen, exhausted),
    ...(ends === undefined ? {} : { ends }),
  }
  return joins === undefined ? context : { ...context, holder: run }
}

/** The run in whose journal the holds of a context's change are. */
export function holderOf({ run, holder }: Pick<Context, 'run' | 'holder'>): string {
  return holder ?? run
}

/** Reads lag behind writes for seconds, and at bad times for a minute or two. */
const PATIENCE_MS = 60_000

/** Returns how long a reading that does not show what was written is asked for again, in milliseconds. */
export function patienceOf({ patience = PATIENCE_MS }: Pick<World, 'patience'>): number {
  return patience
}

/** The first Ctrl-C, as a Fault. */
export function checkSignal(world: World): void {
  if (world.signal?.aborted) throw new Fault('interrupted', 'interrupted')
}

/** Calls that were made to the clouds, by what they were for; without those of a cloud that does not count so. */
export type CallsByPurpose = { readonly [purpose in Purpose]?: number }

/** Returns the calls of a world's sessions, all accounts together. */
export function callsMade({ sessions }: Pick<World, 'sessions'>): CallsByPurpose {
  const made: { [purpose in Purpose]?: number } = {}
  for (const session of sessions) {
    for (const purpose of PURPOSES) {
      const count = session.purposes?.()[purpose] ?? 0
      if (count > 0) made[purpose] = (made[purpose] ?? 0) + count
    }
  }
  return made
}
