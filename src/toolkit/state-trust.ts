import { tell } from '../cli/terminal.ts'
import type { Store } from '../journal/store.ts'
import { Fault } from '../model/fault.ts'

/** Says that the state folder is one that this machine does not know, where it is only read. */
export async function warnIfStrange(store: Store): Promise<void> {
  const strange = await store.strange()
  if (strange) tell(`interdict: ${strange.message}`)
}

/** A run of which this machine has no record: it may be an old copy. */
export function unseenFault(run: string): Fault {
  return new Fault('tampered', `run ${run} was never seen on this machine: it may be an old copy`, {
    next: 'compare it with the machine that it comes from; to go on with it: --trust-state',
  })
}
