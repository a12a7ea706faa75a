import { z } from 'zod'
import { PhaseResult } from './change.ts'
import { FaultResult } from './fault.ts'
import { NoteResult } from './identity.ts'
import { ChangeKey } from './planned-change.ts'
import { Count, JsonValue, type Printed, RunId, Time } from './values.ts'

/** The outcome of a restore, in settings. */
export const RestoreCountsResult = z
  .strictObject({
    putBack: Count.describe('Read back as before the run.'),
    already: Count.describe('Were so already.'),
    released: Count.describe('Held by another run as well: only the hold of this one ended.'),
    steppedDown: Count.describe('Deny sessions issued before the containment until these expire.'),
    keptOff: Count.describe('Left off, since the credential leaked.'),
    recent: Count.describe('Left off, since they were made shortly before the run.'),
    useLive: Count.describe('Kept at their current value, as it was asked for.'),
    gone: Count.describe('Of identities that were deleted.'),
    replaced: Count.describe('Of identities whose name another one has now.'),
    missing: Count.describe('Refer to something that no longer exists.'),
    failed: Count.describe('Could not be written or read back.'),
    unread: Count.describe('Written and not read back.'),
    drift: Count.describe('Changed by somebody else, and left alone.'),
  })
  .meta({ id: 'RestoreCounts', description: 'The outcome of a restore, in settings.' })

const RestoredSetting = z
  .strictObject({
    entry: z.string().describe('Name of the setting.'),
    before: JsonValue.optional().describe('Value before the run. Absent if the setting did not exist.'),
    ours: JsonValue.optional().describe('Value that the run wrote. Absent if it removed the setting.'),
    live: JsonValue.optional().describe('Value that the restore found. Absent if it found none.'),
    decision: z
      .enum([
        'put-back',
        'already',
        'released',
        'step-down',
        'stepped-down',
        'kept-off',
        'recent',
        'drift',
        'use-live',
        'force',
        'gone',
        'replaced',
        'missing',
        'failed',
      ])
      .describe(
        'The decision of the restore. `put-back`: writes the value before. `already`: it is so. `released`: another run holds it, only this hold ends. `step-down`: denies sessions issued before the containment until they expire. `stepped-down`: an earlier restore did that, and its time is not over. `kept-off`: it leaked. `recent`: it was made shortly before the run. `drift`: somebody else changed it; left alone and held. `use-live`: the current value is kept. `force`: the value before is written over the drift. `gone`: the identity was deleted. `replaced`: another identity has its name. `missing`: what it refers to no longer exists. `failed`: still held.',
      ),
    back: z
      .literal(true)
      .optional()
      .describe('It was read back as intended. Absent if it was not, or nothing was written.'),
    added: z
      .strictObject({
        at: Time.describe('When.'),
        by: z.string().optional().describe('Who. Absent if neither the cloud nor a log names anybody.'),
      })
      .optional()
      .describe('When the setting was made. Absent unless that was shortly before the run.'),
    fault: FaultResult.optional().describe('Why it stays as it is. Absent unless `failed` or `missing`.'),
  })
  .meta({ id: 'RestoredSetting', description: 'One setting of a restore.' })

/** Printed by `restore`, and by `resume` of a restore. */
export const RestoreResult = z
  .strictObject({
    run: RunId,
    status: z
      .enum(['complete', 'settling', 'contested', 'incomplete', 'interrupted'])
      .describe(
        'How it ended. `incomplete`: something failed, drifted or was missing, even if the run holds nothing any more.',
      ),
    counts: RestoreCountsResult,
    secondRestoreFrom: Time.optional().describe(
      'When a restore that stepped down can be finished. Absent unless it did.',
    ),
    changes: z
      .array(
        z.strictObject({
          key: ChangeKey,
          phase: PhaseResult,
          entries: z.array(RestoredSetting).describe('Its settings.'),
          fault: FaultResult.optional().describe('Why it failed. Absent if it did not.'),
        }),
      )
      .describe('Changes of which the restore looked at anything.'),
    manual: z.array(NoteResult).describe('Manual steps of a person during the run, to be taken back now.'),
  })
  .meta({ id: 'Restore', description: 'How a restore ended. `resume` of a restore prints it too.' })

export type RestoreResult = Printed<typeof RestoreResult>

/** Printed by `restore --dry-run`. */
export const RestorePreviewResult = z
  .strictObject({
    run: RunId,
    status: z.literal('dry-run'),
    changes: z
      .array(
        z.strictObject({
          key: ChangeKey,
          phase: z.literal('planned'),
          entries: z.array(RestoredSetting).describe('Its settings.'),
          horizonEnds: Time.optional().describe(
            'When sessions issued before the containment expire. Absent if there are none.',
          ),
          blocked: z.string().optional().describe('Why the restore refuses it now. Absent if it does not.'),
          fault: FaultResult.optional().describe('Why it could not be looked at. Absent if it could.'),
        }),
      )
      .describe('Each change that would be restored.'),
  })
  .meta({ id: 'RestorePreview', description: 'The preview of a restore: `restore --dry-run`.' })

export type RestorePreviewResult = Printed<typeof RestorePreviewResult>
