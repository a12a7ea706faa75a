import type { Store } from '../journal/store.ts'
import { Fault } from '../model/fault.ts'
import { isYes } from './answers.ts'
import type { Host } from './host.ts'

/** Warns that this machine does not know the state folder, where it is only read. */
export async function warnIfStrange(store: Store, { warn }: Pick<Host, 'warn'>): Promise<void> {
  const strange = await store.strange()
  if (strange) warn(strange.message)
}

/** A run of which this machine has no record: it may be an old copy. */
export function unseenFault(run: string): Fault {
  return new Fault('tampered', `run ${run} was never seen on this machine: it may be an old copy`, {
    next: 'compare it with the machine that it comes from; to go on with it: --trust-state',
  })
}

/** Takes the state folder for the newest there is, if that was asked for or the host says so. */
export async function trustState(
  store: Store,
  host: Pick<Host, 'answer' | 'warn'>,
  asked: boolean,
): Promise<void> {
  const because = await store.strange()
  if (!asked && !(because && (await isYes(host, { type: 'trust-state', because, safe: false })))) return
  for (const fault of await store.trust()) host.warn(`not trusted: ${fault.message}`)
}
