import { z } from 'zod'
import { PhaseResult } from './change.ts'
import { FaultResult } from './fault.ts'
import { NoteResult } from './identity.ts'
import { ChangeKey } from './planned-change.ts'
import { choice, list, named, optional, optionalText, text } from './shapes.ts'
import { Count, JsonValue, OUTCOMES, type Printed, RunId, Time } from './values.ts'

/** The outcome of a restore, in settings. */
export const RestoreCountsResult = named('RestoreCounts', 'The outcome of a restore, in settings.', {
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

const RestoredSetting = named('RestoredSetting', 'One setting of a restore.', {
  entry: text('Name of the setting.'),
  before: optional('Value before the run. Absent if the setting did not exist.', JsonValue),
  ours: optional('Value that the run wrote. Absent if it removed the setting.', JsonValue),
  live: optional('Value that the restore found. Absent if it found none.', JsonValue),
  decision: choice(
    'The decision of the restore. `put-back`: writes the value before. `already`: it is so. `released`: another run holds it, only this hold ends. `step-down`: denies sessions issued before the containment until they expire. `stepped-down`: an earlier restore did that, and its time is not over. `kept-off`: it leaked. `recent`: it was made shortly before the run. `drift`: somebody else changed it; left alone and held. `use-live`: the current value is kept. `force`: the value before is written over the drift. `gone`: the identity was deleted. `replaced`: another identity has its name. `missing`: what it refers to no longer exists. `failed`: still held.',
    [
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
    ],
  ),
  back: optional(
    'It was read back as intended. Absent if it was not, or nothing was written.',
    z.literal(true),
  ),
  added: optional('When the setting was made. Absent unless that was shortly before the run.', {
    at: Time.describe('When.'),
    by: optionalText('Who. Absent if neither the cloud nor a log names anybody.'),
  }),
  fault: optional('Why it stays as it is. Absent unless `failed` or `missing`.', FaultResult),
})

/** Printed by `restore`, and by `resume` of a restore. */
export const RestoreResult = named('Restore', 'How a restore ended. `resume` of a restore prints it too.', {
  run: RunId,
  status: choice(
    'How it ended. `incomplete`: something failed, drifted or was missing, even if the run holds nothing any more.',
    OUTCOMES,
  ),
  counts: RestoreCountsResult,
  secondRestoreFrom: optional(
    'When a restore that stepped down can be finished. Absent unless it did.',
    Time,
  ),
  changes: list('Changes of which the restore looked at anything.', {
    key: ChangeKey,
    phase: PhaseResult,
    entries: list('Its settings.', RestoredSetting),
    fault: optional('Why it failed. Absent if it did not.', FaultResult),
  }),
  manual: list('Manual steps of a person during the run, to be taken back now.', NoteResult),
})

export type RestoreResult = Printed<typeof RestoreResult>

/** Printed by `restore --dry-run`. */
export const RestorePreviewResult = named(
  'RestorePreview',
  'The preview of a restore: `restore --dry-run`.',
  {
    run: RunId,
    status: z.literal('dry-run'),
    changes: list('Each change that would be restored.', {
      key: ChangeKey,
      phase: z.literal('planned'),
      entries: list('Its settings.', RestoredSetting),
      horizonEnds: optional(
        'When sessions issued before the containment expire. Absent if there are none.',
        Time,
      ),
      blocked: optionalText('Why the restore refuses it now. Absent if it does not.'),
      fault: optional('Why it could not be looked at. Absent if it could.', FaultResult),
    }),
  },
)

export type RestorePreviewResult = Printed<typeof RestorePreviewResult>
