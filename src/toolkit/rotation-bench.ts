import { sessionOf } from '../engine/index.ts'
import { Fault, toFault } from '../model/fault.ts'
import type { Provider, Session } from '../model/provider.ts'
import type { Rotation, SinkKind } from '../model/rotation.ts'
import type { Bench } from '../rotate/rotation-context.ts'
import { openSink, parseInto, placeFor, type SignedIn } from '../sinks/destination.ts'
import { providersOf } from './clouds.ts'
import type { Host } from './host.ts'
import type { OpenRun } from './open-run.ts'
import { join } from './target.ts'

type Joined = Pick<OpenRun, 'world' | 'lab'>

/** A new key is known everywhere after seconds, rarely a minute. */
const PATIENCE_MS = 90_000
/** Nothing tells how long a list of credentials may lag; it is waited for only where something may have been lost. */
const LAG_MS = 15_000

/**
 * Joins what a rotation works with; signs in to the cloud of the sink where the run was not there. Fault `usage` when `text`
 * (`--into`) names no place.
 */
export async function benchOf(
  host: Pick<Host, 'clouds' | 'timing' | 'environment'>,
  open: Joined,
  text: string,
): Promise<{ bench: Bench; close(): Promise<void> }> {
  const { world, lab } = open
  const providers = await providersOf(undefined, host.clouds)
  const kinds = [...providers.values()].flatMap(provider =>
    (provider.sinks ?? []).map(kind => ({ kind, provider })),
  )
  const into = parseInto(
    text,
    kinds.map(({ kind }) => kind),
  )
  const wanted = kinds.find(({ kind }) => kind.scheme === into.scheme)
  const opened = wanted ? await sinkClient(host, open, wanted.kind, wanted.provider) : undefined
  const bench: Bench = {
    rotation: ({ identity }) => rotationOf(providers, identity.cloud, identity.kind),
    client: ({ identity }) => sessionOf(world, identity).client,
    place: change => placeFor(into, change.identity),
    sink: (place, { identity }) => openSink(place, opened?.at, identity),
    clock: world.clock,
    timing: world.timing,
    ...(world.signal ? { signal: world.signal } : {}),
    patience: world.patience ?? PATIENCE_MS,
    // The lists of a lab do not lag, unless a fault says so.
    lag: lab ? 0 : LAG_MS,
  }
  return { bench, close: async () => await opened?.close() }
}

function rotationOf(
  providers: ReadonlyMap<string, Provider>,
  cloud: string,
  kind: string,
): Rotation | undefined {
  return providers.get(cloud)?.rotations?.find(({ on }) => on.includes(kind))
}

async function sinkClient(
  { timing, environment }: Pick<Host, 'timing' | 'environment'>,
  { world, lab }: Joined,
  kind: SinkKind,
  provider: Provider,
) {
  const { cloud } = provider
  const signedIn = (sessions: readonly Session[]): SignedIn => ({
    kind,
    cloud,
    accounts: sessions.filter(each => each.cloud === cloud),
  })
  const there = signedIn(world.sessions)
  if (there.accounts.length > 0) return { at: there, close: async () => undefined }
  const joined = await join({
    providers: new Map([[provider.cloud, provider]]),
    scope: { [provider.cloud]: {} },
    lab,
    listen: () => undefined,
    timing,
    environment,
    ...(world.signal ? { signal: world.signal } : {}),
  }).catch((error: unknown) => {
    const { code, message, next } = toFault(error)
    throw new Fault(code, `not signed in to ${provider.cloud}, the cloud of ${kind.scheme}: ${message}`, {
      where: '--into',
      next: `${next ?? 'interdict doctor shows who you are in each cloud'}; nothing was changed`,
      cause: error,
    })
  })
  const at = signedIn(joined.world.sessions)
  if (at.accounts.length > 0) return { at, close: () => joined.close() }
  await joined.close()
  throw new Fault('not-authenticated', `not signed in to ${provider.cloud}, the cloud of ${kind.scheme}`, {
    where: '--into',
    next: 'interdict doctor shows who you are in each cloud; nothing was changed',
  })
}
