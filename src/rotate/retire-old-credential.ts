import { placeOfRun, runCommand } from '../model/command-text.ts'
import { Fault } from '../model/fault.ts'
import type { Removal } from './prepare.ts'
import type { Recording, Work } from './rotation-context.ts'

/** The old credential, once the new one is in its place: deleted where it has to be or was asked to be. */
export async function removeOld(recording: Recording, work: Work, removal: Removal): Promise<void> {
  const { key, change, rotation, client, context } = work
  const { done, oldDeleted } = change.rotation ?? {}
  if (oldDeleted || !done) return
  if (rotation.isGone) {
    // It is off by not being there; who has put it back has switched it on.
    if (!(await rotation.isGone(client, context))) await rotation.remove(client, context)
    await recording.record({ type: 'rotation.deleted', key, old: change.identity.name })
    return
  }
  if (removal === 'never') return
  if (!done.ofOwner) {
    if (done.tried !== 'works') return
    await rotation.remove(client, context)
    await recording.record({ type: 'rotation.deleted', key, old: change.identity.name })
    return
  }
  // Where the old ones cannot be switched off, access must not return while they are there.
  const strange = await strangersTo(work, [...done.before, done.name])
  for (const name of strange) {
    const because = 'somebody else added it meanwhile'
    await recording.record({ type: 'rotation.orphaned', key, name, outcome: 'kept', because })
  }
  await rotation.remove(client, { ...context, before: done.before })
  await recording.record({ type: 'rotation.deleted', key, old: done.before.join(', ') })
  if (strange.length === 0) return
  throw new Fault('refused', `${strange.join(', ')} would let somebody in once it is back`, {
    where: change.identity.id,
    next: `see whose it is and delete it, then: ${runCommand('restore', placeOfRun(recording.state))}`,
  })
}

/** Credentials of an owner that were not there before, and that no attempt of ours left. */
async function strangersTo(
  { rotation, client, context, change }: Work,
  known: readonly string[],
): Promise<string[]> {
  const reported = change.rotation?.orphans.map(({ name }) => name) ?? []
  const listed = await rotation.list(client, context)
  return listed.flatMap(({ name }) => (known.includes(name) || reported.includes(name) ? [] : [name]))
}
