import { previewRestore, type RestorePreview, selectChanges } from '../engine/index.ts'
import type { RestoredEntry } from '../model/entry.ts'
import { secondsToHorizon } from '../model/run/horizon.ts'
import type { Host } from './host.ts'
import type { OpenLab } from './open-lab.ts'
import type { OpenRun } from './open-run.ts'

/**
 * Returns the preview of a restore. In a rehearsal nobody waits twelve hours for a token to expire: if the restore would be
 * refused until then, or has nothing to do before then, the lab's clock is moved to the day after first.
 */
export async function previewPastHorizon(
  host: Pick<Host, 'notice'>,
  open: Pick<OpenRun, 'world' | 'lab'>,
  question: Parameters<typeof previewRestore>[1],
  { dryRun, keepClock, acceptLiveTokens }: { dryRun: boolean; keepClock: boolean; acceptLiveTokens: boolean },
): Promise<RestorePreview> {
  const preview = await previewRestore(open.world, question)
  if (!open.lab || dryRun || keepClock || acceptLiveTokens) return preview
  const waits = preview.changes.filter(
    ({ blocked, entries }) =>
      blocked !== undefined || entries.some(({ decision }) => decision === 'stepped-down'),
  )
  if (waits.length === 0 || !(waits.some(({ blocked }) => blocked !== undefined) || isIdle(preview)))
    return preview
  if (!(await passHorizon(host, open.lab, secondsToHorizon(selectChanges(question), open.lab.now()))))
    return preview
  return await previewRestore(open.world, question)
}

const IDLE: ReadonlySet<RestoredEntry['decision']> = new Set(['stepped-down', 'kept-off', 'recent'])

/** Whether nothing would be written and no hold would end. */
export function isIdle({ changes }: RestorePreview): boolean {
  return changes.every(
    ({ entries, fault, blocked }) =>
      fault === undefined && blocked === undefined && entries.every(({ decision }) => IDLE.has(decision)),
  )
}

/** Moves the lab's clock past a token horizon; false where it is past already. */
async function passHorizon(
  { notice }: Pick<Host, 'notice'>,
  lab: OpenLab,
  toHorizon: number,
): Promise<boolean> {
  if (toHorizon === 0) return false
  const seconds = toHorizon + 60
  await lab.advance(seconds)
  await notice({ type: 'lab-clock', seconds })
  return true
}
