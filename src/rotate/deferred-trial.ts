import { toFault } from '../model/fault.ts'
import type { ChangeState } from '../model/run/state.ts'
import { tryOut } from './rotate.ts'
import { type Bench, type Recording, workOn } from './rotation-context.ts'

/**
 * Tries what could not be tried while its owner was switched off, from where it is kept.
 *
 * @param isHeld whether a run still holds an identity, by id. One that nobody holds is on again, and sign-in may learn of
 * that late, so that "its owner is off" is believed only once patience ends.
 */
export async function tryAgain(
  bench: Bench,
  recording: Recording,
  isHeld: (id: string) => boolean,
): Promise<void> {
  const { state } = recording
  for (const change of state.changes.values()) {
    const { done } = change.rotation ?? {}
    if (done?.tried !== 'owner-off' || !bench.rotation(change)) continue
    const work = workOn(bench, state.run, change)
    const secret = await bench.sink(done.place, change).read()
    const named = secret && work.rotation.names(secret) === done.name
    const result = named
      ? await tryOut(bench, work, secret, { ownerIsOn: !ownerOf(change).some(isHeld) }).catch(
          (error: unknown) => {
            if (toFault(error).code === 'interrupted') throw error
            return 'refused' as const
          },
        )
      : 'refused'
    await recording.record({ type: 'rotation.tried', key: change.key, name: done.name, result })
    if (done.ofOwner) continue
    if (result !== 'works' || state.rotation?.remove === 'never' || change.rotation?.oldDeleted) continue
    await work.rotation.remove(work.client, work.context)
    await recording.record({ type: 'rotation.deleted', key: change.key, old: change.identity.name })
  }
}

function ownerOf({ identity, rotation }: ChangeState): string[] {
  // A credential of its owner's own is read as part of the owner.
  return [rotation?.done?.ofOwner ? identity.id : undefined, identity.owner].filter(id => id !== undefined)
}
