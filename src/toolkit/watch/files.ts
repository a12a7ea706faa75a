import { FIRINGS } from '../../guard/firing-log.ts'
import { CHANGES, KEPT } from '../../guard/saved-state.ts'
import { openSeals } from '../../journal/seals.ts'
import type { Store } from '../../journal/store.ts'
import { Fault } from '../../model/fault.ts'
import { looseState } from '../../store/permissions.ts'
import type { SealedFolder } from '../../store/sealed-folder.ts'
import type { Host } from '../host.ts'
import { trustState } from '../state-trust.ts'
import { BASELINE } from './judge.ts'

/** The sealed files of a watch. */
export interface WatchFiles {
  /** `watch` in the state folder. */
  watch: SealedFolder
  /** Where a watch that learns keeps its own. */
  learning: SealedFolder
}

/**
 * Opens the files of a watch, under the lock of the watch. Faults: `tampered` for files that others can write, and for a state
 * folder that was never seen here.
 *
 * @param trust rename the files that are not believed, so that nothing in them acts or hides anything
 */
export async function watchFiles(
  host: Pick<Host, 'folders' | 'answer' | 'warn'>,
  store: Store,
  trust: boolean,
): Promise<WatchFiles> {
  const { folders } = host
  refuseLoose(folders.state)
  await trustState(store, host, trust)
  const strange = await store.strange()
  if (strange) throw new Fault(strange.code, strange.message, strange)
  const seals = openSeals(folders)
  const former = await seals.former()
  if (trust) await seals.forget(former)
  else if (former.length > 0) {
    throw new Fault('tampered', 'another state folder was here, and what a watch remembered is in that one', {
      where: folders.state,
      next: 'put that folder back; to go on with this one, give the same command with --trust-state',
    })
  }
  const files = { watch: await seals.folder('watch'), learning: await seals.folder('watch/learning') }
  if (trust) await renameUnbelieved(files, host)
  return files
}

async function renameUnbelieved({ watch, learning }: WatchFiles, { warn }: Pick<Host, 'warn'>) {
  for (const sealed of [
    watch.log(FIRINGS),
    watch.file(KEPT),
    watch.log(CHANGES),
    watch.file(BASELINE),
    learning.log(FIRINGS),
  ]) {
    const flaw = await sealed.flaw()
    // A disk that cannot be read is no reason to go on without the file.
    if (flaw === undefined) continue
    if (flaw.code !== 'tampered' && flaw.code !== 'damaged') throw flaw
    const aside = await sealed.setAside()
    warn(
      `${sealed.path} is not believed, and nothing in it is used: ${flaw.message}${aside === undefined ? '' : `; it is ${aside} now`}`,
    )
  }
}

/** Sealed or not: what others can write, others can cut off or delete. */
function refuseLoose(state: string): void {
  const [loose] = looseState(state)
  if (!loose) return
  throw new Fault(
    'tampered',
    `others can write this (mode ${loose.mode}), and so end a watch or make it forget`,
    {
      where: loose.path,
      next: loose.fix,
    },
  )
}
