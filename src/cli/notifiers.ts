import type { Timing } from '../model/timing.ts'
import type { Notifier } from '../notify/index.ts'
import { configuration } from './current-configuration.ts'

/** Whom a command notifies. */
interface NotifyFlags {
  notify?: readonly string[] | undefined
  lab?: boolean
}

/**
 * Opens those whom `--notify` names, else those of the configuration; a rehearsal in the lab notifies only those whom the flag names.
 * Takes what it read of their secrets out of the environment. Fault `usage`.
 */
export async function notifiersFor(
  { notify = [], lab = false }: NotifyFlags,
  timing: Timing,
): Promise<Notifier[]> {
  const configured = lab ? [] : (configuration()?.notify ?? [])
  if (notify.length === 0 && configured.length === 0) return []
  const { openNotifiers, openTargets } = await import('../notify/index.ts')
  return notify.length > 0
    ? openNotifiers(notify, process.env, timing)
    : openTargets(configured, process.env, timing)
}
