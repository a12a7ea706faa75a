import type { Actor, RestoreOptions, RunStatus } from '../model/entry.ts'
import { Fault, toFault } from '../model/fault.ts'
import { identityId } from '../model/identity.ts'
import type { Made } from '../model/rotation.ts'
import { isRotating } from '../model/run/rotation-fold.ts'
import type { ChangeState, RunState } from '../model/run/state.ts'
import type { Secret } from '../model/secret.ts'
import type { Removal } from './prepare.ts'
import { removeOld } from './retire-old-credential.ts'
import { type Bench, elapsed, type Recording, type Work, waits, workOn } from './rotation-context.ts'
import { appearedSince, extras, retireAll, Unaccounted } from './unaccounted-credentials.ts'

export interface RotateRequest {
  keys: readonly string[]
  into: string
  removal: Removal
  reason: string
  actor: Actor
  /** Ids or names of protected identities that are rotated all the same, or `all`. */
  includeProtected?: string[]
  /** The restore that follows. */
  restore?: { only: string[]; options: RestoreOptions }
}

/** Replaces credentials that the run holds, one after the other. A credential that fails stays as it was: off. */
export async function rotate(
  bench: Bench,
  recording: Recording,
  { keys, into, removal, reason, actor, includeProtected, restore }: RotateRequest,
): Promise<RunState> {
  await recording.record({
    type: 'rotation.started',
    actor,
    reason,
    keys: [...keys],
    into,
    remove: removal,
    ...(includeProtected ? { includeProtected } : {}),
    ...(restore ? { restore } : {}),
  })
  return await carryOnRotation(bench, recording)
}

/** The rest of a rotation that is recorded as started. Leftovers of a crash are accounted for first. */
export async function carryOnRotation(bench: Bench, recording: Recording): Promise<RunState> {
  const { state } = recording
  const { rotation } = state
  if (!rotation || !isRotating(state))
    throw new Fault('refused', `run ${state.run} has no rotation to go on with`)
  let status: RunStatus = 'complete'
  let open: Fault | undefined
  for (const key of rotation.keys) {
    const change = state.changes.get(key)
    if (!change) throw new Fault('damaged', `no change ${key} in run ${state.run}`)
    if (bench.signal?.aborted) {
      status = 'interrupted'
      break
    }
    try {
      await rotateOne(bench, recording, change, rotation.remove)
    } catch (error) {
      const fault = toFault(error)
      if (fault.code === 'journal' || fault.code === 'bug') throw fault
      if (fault.code === 'interrupted') {
        status = 'interrupted'
        break
      }
      if (error instanceof Unaccounted) {
        status = 'interrupted'
        open = fault
        break
      }
      status = 'incomplete'
      if (change.rotation?.done && !change.rotation.done.ofOwner) continue
      await recording.record({ type: 'rotation.failed', key, fault: fault.record() })
    }
  }
  await recording.record({ type: 'rotation.finished', status, ...(open ? { fault: open.record() } : {}) })
  return recording.state
}

async function rotateOne(
  bench: Bench,
  recording: Recording,
  change: ChangeState,
  removal: Removal,
): Promise<void> {
  const { run } = recording.state
  const spared = bench.spared?.get(change.key)
  if (spared && !change.rotation?.attempt && !change.rotation?.done) throw spared
  if (!change.rotation?.done) {
    const left = change.rotation?.attempt
      ? await goOn(bench, recording, workOn(bench, run, change))
      : undefined
    const secret = left ?? (await make(bench, recording, workOn(bench, run, change), removal))
    await close(bench, recording, workOn(bench, run, change), secret)
  }
  await removeOld(recording, workOn(bench, run, change), removal)
}

/** The outcome of an attempt: the secret when it reached its place, else nothing is left of it. */
async function goOn(bench: Bench, recording: Recording, work: Work): Promise<Secret | undefined> {
  const { change, rotation } = work
  const attempt = change.rotation?.attempt
  if (!attempt || !change.rotation) return undefined
  const sink = bench.sink(change.rotation.place, change)
  await sink.tidy?.()
  const appeared = await appearedSince(recording, bench, work, attempt)
  const stored = attempt.name === undefined ? undefined : await sink.read()
  if (
    stored &&
    rotation.names(stored) === attempt.name &&
    appeared.some(({ name }) => name === attempt.name)
  ) {
    if (!attempt.stored)
      await recording.record({ type: 'rotation.stored', key: work.key, name: attempt.name ?? '' })
    return stored
  }
  const left = extras(appeared, attempt.name, 'with it')
  // It was created, whether the list shows it by now or not.
  const known = attempt.name
  if (known !== undefined && !left.some(({ name }) => name === known))
    left.push({ name: known, enabled: true })
  await retireAll(recording, work, left, known)
  return undefined
}

/** Creates, stores and reads back. After a failure no credential is left whose secret nobody has. */
async function make(bench: Bench, recording: Recording, work: Work, removal: Removal): Promise<Secret> {
  const { key, change, rotation, client, context } = work
  const sink = bench.sink(bench.place(change), change)
  await sink.check()
  const before = (await rotation.list(client, context)).map(({ name }) => name)
  await recording.record({ type: 'rotation.intended', key, rotation: rotation.id, place: sink.place, before })
  if (removal === 'first' && rotation.limit !== undefined && before.length >= rotation.limit) {
    await rotation.remove(client, context)
    await recording.record({ type: 'rotation.deleted', key, old: change.identity.name })
  }
  const made = await create(bench, recording, work)
  try {
    const { cloud, account } = change.identity
    const kind = rotation.makes ?? change.identity.kind
    const id = identityId(
      cloud,
      account,
      kind,
      rotation.ofOwner ? `${change.identity.name}/${made.name}` : made.name,
    )
    await recording.record({ type: 'rotation.created', key, name: made.name, id })
    // A client that repeats a request whose answer was lost makes two.
    const attempt = change.rotation?.attempt
    const now = attempt ? await appearedSince(recording, bench, work, attempt) : []
    await retireAll(recording, work, extras(now, made.name, 'without it'), undefined)
    await keep(bench, sink, made.secret)
    await recording.record({ type: 'rotation.stored', key, name: made.name })
    return made.secret
  } catch (error) {
    const fault = made.secret.keepFrom(toFault(error))
    if (fault.code === 'journal') throw fault
    await sink.forget?.(made.secret).catch(() => undefined)
    await retireAll(recording, work, [{ name: made.name, enabled: true }], made.name)
    throw fault
  }
}

/** A refusal may come after a creation whose answer was lost: what is there is what counts. */
async function create(bench: Bench, recording: Recording, work: Work): Promise<Made> {
  const { rotation, client, context, change } = work
  for (let turn = 0; ; turn += 1) {
    try {
      return await rotation.create(client, context)
    } catch (error) {
      const attempt = change.rotation?.attempt
      const appeared = attempt ? await appearedSince(recording, bench, work, attempt) : []
      await retireAll(recording, work, extras(appeared, undefined, 'with it'), undefined)
      if (turn > 0 || appeared.length === 0) throw error
    }
  }
}

/** A reply can lie, and reads lag: what is read back decides. */
async function keep(bench: Bench, sink: ReturnType<Bench['sink']>, secret: Secret): Promise<void> {
  let failed: unknown
  await sink.store(secret).catch((error: unknown) => {
    failed = error
  })
  const until = elapsed(bench) + (failed === undefined ? bench.patience : 0)
  for (const pause = waits(bench); ; ) {
    const read = await sink.read().catch((error: unknown) => {
      failed ??= error
      return undefined
    })
    if (read?.equals(secret)) return
    if (elapsed(bench) >= until || bench.signal?.aborted) {
      throw failed ?? new Fault('unavailable', 'what was stored does not read back', { where: sink.place })
    }
    await pause.wait(bench.signal)
  }
}

/** Tries it as the workload will, and only then closes the change for good. */
async function close(bench: Bench, recording: Recording, work: Work, secret: Secret): Promise<void> {
  const { key, change, rotation } = work
  const attempt = change.rotation?.attempt
  if (!attempt?.name || !attempt.id || !change.rotation) throw new Fault('bug', 'nothing was created')
  const { name, id } = attempt
  const { place } = change.rotation
  const result = await tryOut(bench, work, secret)
  await recording.record({ type: 'rotation.tried', key, name, result })
  if (result === 'refused') {
    await bench
      .sink(place, change)
      .forget?.(secret)
      .catch(() => undefined)
    await retireAll(recording, work, [{ name, enabled: true }], name)
    throw new Fault('rejected', `the cloud does not let the new ${change.identity.kind} in`, {
      where: name,
      next: `it was taken back; try again, or restore without --rotate: ${rotation.id}`,
    })
  }
  const { ofOwner } = rotation
  const old = ofOwner ? attempt.before.join(', ') : change.identity.name
  await recording.record({
    type: 'credential.rotated',
    key,
    old,
    name,
    id,
    place,
    ...(ofOwner ? { ofOwner } : {}),
  })
}

/**
 * Until it works or patience ends; an owner that is known to be on may look off for as long. Fault `interrupted` on a
 * Ctrl-C: a later resume goes on from the journal.
 */
export async function tryOut(
  bench: Bench,
  { rotation, client, context }: Work,
  secret: Secret,
  { ownerIsOn = false } = {},
): Promise<'works' | 'owner-off' | 'refused'> {
  const until = elapsed(bench) + bench.patience
  for (const pause = waits(bench); ; ) {
    let failed: Fault | undefined
    const trial = await rotation.try(client, secret, context).catch((error: unknown) => {
      failed = secret.keepFrom(toFault(error))
      return 'not-yet' as const
    })
    if (trial === 'works' || (trial === 'owner-off' && !ownerIsOn)) return trial
    if (failed?.code === 'bug') throw failed
    if (bench.signal?.aborted) throw new Fault('interrupted', 'interrupted')
    if (elapsed(bench) >= until) {
      if (failed) throw failed
      return trial === 'owner-off' ? 'owner-off' : 'refused'
    }
    await pause.wait(bench.signal)
  }
}
