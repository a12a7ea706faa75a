import { isOfACloud, type World } from '../engine/index.ts'
import type { Store } from '../journal/store.ts'
import type { Listener } from '../model/event.ts'
import { Fault, toFault } from '../model/fault.ts'
import type { Json } from '../model/json.ts'
import { same } from '../model/json.ts'
import type { Target } from '../model/plan.ts'
import type { Connected, ConnectOptions, Provider, Session } from '../model/provider.ts'
import { asking } from '../model/purpose.ts'
import { Holds } from '../model/run/holds.ts'
import type { RunState } from '../model/run/state.ts'
import { targetWord } from '../model/target-word.ts'
import type { Timing } from '../model/timing.ts'
import { type ClockOffset, clockOffsets, clockWarnings, correctionOf } from './clocks.ts'
import type { Environment, Host } from './host.ts'
import type { OpenLab } from './open-lab.ts'
import { beforeRun } from './resume-advice.ts'
import { unseenFault } from './state-trust.ts'

/** The clouds to sign in to, and the listeners and limits of the sessions. */
export interface Joining {
  /** The clouds of the scope, by name. */
  providers: ReadonlyMap<string, Provider>
  /** Cloud → what its `connect` takes. A cloud without a scope is not signed in to. */
  scope: { readonly [cloud: string]: Json }
  /** The lab in place of the clouds. */
  lab?: OpenLab | undefined
  /** Called with every event of the run. */
  listen: Listener
  /** Aborts the calls to the clouds. */
  signal?: AbortSignal | undefined
  /** Sent along with each call, so that a responder can find our calls in the cloud's log. */
  run?: string
  /** Clock and waits. */
  timing: Timing
  /** Variables that the clouds sign in with. Default: those of the process. */
  environment?: Environment | undefined
  /** Wraps what may take long. */
  during?: Host['during']
}

/** The sessions of a run, signed in. */
export interface Joined {
  /** The sessions, as the engine takes them. */
  world: World
  /** How the clouds' clocks differ from this machine's; empty in a lab. */
  clocks(): ClockOffset[]
  /** Ends every session and frees its connections. */
  close(): Promise<void>
}

/** The sessions of one cloud. */
interface SignedIn extends Connected {
  provider: Provider
}

/** Signs in to every cloud of the scope at once. A cloud that lets nobody in has one unreached account without a name. */
export async function signIn(
  joining: Pick<
    Joining,
    'providers' | 'scope' | 'lab' | 'run' | 'signal' | 'environment' | 'during' | 'timing'
  >,
): Promise<SignedIn[]> {
  const { providers, scope, lab, run, signal, environment, during, timing } = joining
  const wanted = [...providers.values()].filter(({ cloud }) => Object.hasOwn(scope, cloud))
  const connecting = () =>
    Promise.all(
      wanted.map(async provider => {
        const { cloud } = provider
        const options = {
          scope: scope[cloud] ?? {},
          ...(lab ? { lab: { endpoint: lab.endpoint, credentials: lab.credentials[cloud] ?? {} } } : {}),
          ...(run === undefined ? {} : { run }),
          ...(signal ? { signal } : {}),
          ...(environment ? { environment } : {}),
          timing,
        }
        return { provider, ...(await connect(provider, options)) }
      }),
    )
  const what = `signing in to ${wanted.map(({ title }) => title).join(', ')}`
  return await asking({ purpose: 'sign-in' }, () => during?.(what, connecting) ?? connecting())
}

/** Signs in to every cloud of the scope at once, and joins the world of a run. Fault `not-authenticated` when none lets us in. */
export async function join(joining: Joining): Promise<Joined> {
  const { providers, lab, listen, signal, timing } = joining
  const signed = await signIn(joining)
  const sessions = signed.flatMap(each => each.sessions)
  const unreached = signed.flatMap(({ provider: { cloud }, unreached: those }) =>
    those.map(({ account, fault }) => ({ cloud, account, fault })),
  )
  const close = async () => {
    await Promise.all(sessions.map(session => session.close()))
  }
  if (signal?.aborted) {
    await close()
    throw new Fault('interrupted', 'interrupted while signing in; nothing was changed')
  }
  const [first] = unreached
  if (sessions.length === 0 && first) {
    const { code, message, where, next } = first.fault
    const clouds = new Set(unreached.map(({ cloud }) => cloud))
    // Which of them was meant to let us in, only the reader knows.
    const each = unreached.map(at => `${`${at.cloud} ${at.account}`.trim()}: ${at.fault.message}`)
    const [text, at] = clouds.size > 1 ? [`no cloud lets us in\n${each.join('\n')}`] : [message, where]
    throw new Fault(code === 'unavailable' ? code : 'not-authenticated', text, {
      ...(at === undefined ? {} : { where: at }),
      next:
        (clouds.size > 1 ? undefined : beforeRun(next)) ?? 'interdict doctor shows who you are in each cloud',
    })
  }
  // In a rehearsal the lab's clock rules.
  const offsets = () => (lab ? [] : clockOffsets(sessions))
  const correction = correctionOf(offsets())
  for (const { cloud, message } of clockWarnings(offsets())) {
    // Once, however many accounts there are.
    sessions.find(each => each.cloud === cloud)?.warnings.push({ message, refuse: false })
  }
  const world: World = {
    providers,
    sessions,
    unreached,
    target: targetOf(sessions, lab),
    clock: () => (lab ? lab.now() : new Date(timing.date() + correction).toISOString()),
    listen,
    timing,
    ...(lab ? { propagation: inSeconds(lab.propagation) } : {}),
    ...(signal ? { signal } : {}),
  }
  return { world, close, clocks: offsets }
}

/** A lab's delays, as the engine takes them. */
function inSeconds(delays: OpenLab['propagation']): { [cloud: string]: number } {
  return Object.fromEntries(Object.entries(delays).map(([cloud, ms]) => [cloud, ms / 1000]))
}

async function connect(provider: Provider, options: ConnectOptions): Promise<Connected> {
  try {
    return await provider.connect(options)
  } catch (error) {
    if (!isOfACloud(error)) throw error
    return { sessions: [], unreached: [{ account: '', fault: toFault(error).record() }] }
  }
}

function targetOf(sessions: readonly Session[], lab: OpenLab | undefined): Target {
  if (lab) return { kind: 'lab', at: lab.id }
  return { kind: 'live', at: sessions.find(({ endpoint }) => endpoint !== undefined)?.endpoint ?? '' }
}

/** Runs against the lab and against live clouds never mix. Fault `wrong-target`. */
export function checkTarget(state: RunState, target: Target): void {
  const { target: made } = state.plan
  if (same(made, target)) return
  throw new Fault(
    'wrong-target',
    `run ${state.run} was made against ${targetText(made)}, and this is ${targetText(target)}`,
    {
      where: state.run,
      next:
        made.kind === 'lab' && target.kind === 'live'
          ? 'add --lab; nothing was changed'
          : made.kind === 'live' && target.kind === 'lab'
            ? 'leave out --lab; nothing was changed'
            : made.kind === 'lab'
              ? 'that lab was reset, and what it held is gone; nothing was changed'
              : 'set the endpoint that the run was made against; nothing was changed',
    },
  )
}

/** The kind alone, before anybody signs in anywhere. */
export function checkTargetKind(state: RunState, lab: boolean): void {
  if ((state.plan.target.kind === 'lab') !== lab) {
    checkTarget(state, { kind: lab ? 'lab' : 'live', at: '' })
  }
}

function targetText(target: Target): string {
  const word = targetWord(target)
  return word === 'live' ? 'the live clouds' : `the ${word} ${target.at}`.trim()
}

/**
 * Returns the holds of the other runs of the same target; a run that cannot be believed is reported through `doubted`.
 *
 * @param doubted `held`: ids of the identities of which it may hold something; undefined: nobody knows
 * @param listed the runs, where they are being read already
 */
export async function holdsOf(
  store: Store,
  target: Target,
  doubted: (run: string, fault: Fault, held: readonly string[] | undefined) => void,
  listed: ReturnType<Store['list']> = store.list(),
): Promise<Holds> {
  const states: RunState[] = []
  for (const each of await listed) {
    if ('state' in each) {
      const { state, unseen } = each
      if (!same(state.plan.target, target)) continue
      states.push(state)
      // The holds that it names are honoured; it may have more.
      if (unseen) doubted(each.run, unseenFault(each.run), touchedBy(state))
    } else {
      const { code, message, where, next } = each.fault
      const fault = new Fault(code, message, {
        ...(where === undefined ? {} : { where }),
        ...(next === undefined ? {} : { next }),
      })
      doubted(each.run, fault, each.held)
    }
  }
  return new Holds(states)
}

/** Ids of all identities of a run, and of their owners. */
export function touchedBy({ changes }: RunState): string[] {
  const identities = [...changes.values()].map(({ identity }) => identity)
  return [...new Set(identities.flatMap(({ id, owner }) => (owner === undefined ? [id] : [id, owner])))]
}
