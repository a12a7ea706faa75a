import { z } from 'zod'
import { RotatedCredential } from './change.ts'
import { FaultResult } from './fault.ts'
import { NoteResult } from './identity.ts'
import { ChangeKey } from './planned-change.ts'
import { RestorePreviewResult, RestoreResult } from './restore.ts'
import { choice, list, named, optional, optionalText, text } from './shapes.ts'
import { Count, IdentityId, OUTCOMES, type Printed, RunId, Time } from './values.ts'

/** Printed by `rotate`, `restore --rotate`, and `resume` of a rotation. */
export const RotationResult = named(
  'Rotation',
  'How a rotation ended. `restore --rotate`, and `resume` of a rotation, print it too.',
  {
    run: RunId,
    status: choice('How the rotation ended.', OUTCOMES),
    into: text('The destination, as it was given: an address, never a secret.'),
    rotated: list('Each credential that was to be replaced.', RotatedCredential),
    fault: optional('Why an attempt could not be accounted for. Absent if all were.', FaultResult),
    restore: optional('The restore that followed. Absent if none did.', RestoreResult),
    manual: list('Manual steps about identities that are held.', NoteResult),
  },
)

export type RotationResult = Printed<typeof RotationResult>

/** Printed by `rotate --dry-run` and `restore --rotate --dry-run`. */
export const RotationPlanResult = named('RotationPlan', 'The preview of a rotation: `rotate --dry-run`.', {
  run: RunId,
  status: z.literal('dry-run'),
  rotations: list('Each credential that would be replaced.', {
    key: ChangeKey,
    identity: IdentityId.describe('The credential that would be replaced, or its owner.'),
    rotation: text('Id of the rotation, `<cloud>.<kind>.rotate`.'),
    place: text('Where the secret would go: an address.'),
    sink: optional(
      'Whether something is at the place already, which would get a new version. Absent if it was not looked at.',
      z.enum(['new', 'next version']),
    ),
    existing: list('Credentials that exist.', {
      name: text('The id that the cloud has for it.'),
      enabled: z.boolean().describe('Whether the cloud accepts it.'),
      created: optional('When. Absent if the cloud does not say.', Time),
      ours: optional(
        'Whether it carries the mark of this run. Absent if marks are not possible.',
        z.boolean(),
      ),
    }),
    limit: optional('How many the cloud allows. Absent if it has no limit.', Count),
    ofOwner: optional(
      'All of `existing` are deleted before the owner is let in again. Absent otherwise.',
      z.literal(true),
    ),
    gone: optional(
      'The containment removed the old one: nothing has to be deleted. Absent otherwise.',
      z.literal(true),
    ),
    stays: optionalText('Other ways to sign in as the owner after a restore. Absent without any.'),
    first: z.boolean().describe('The old one has to be deleted first, to make room.'),
    blocked: optional('Why nothing can be made. Absent if it can.', FaultResult),
  }),
  restore: RestorePreviewResult.describe('The preview of the restore; without changes if none would follow.'),
})

export type RotationPlanResult = Printed<typeof RotationPlanResult>
