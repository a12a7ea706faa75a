import { z } from 'zod'
import { RotatedCredential } from './change.ts'
import { FaultResult } from './fault.ts'
import { NoteResult } from './identity.ts'
import { ChangeKey } from './planned-change.ts'
import { RestorePreviewResult, RestoreResult } from './restore.ts'
import { Count, IdentityId, type Printed, RunId, Time } from './values.ts'

/** Printed by `rotate`, `restore --rotate`, and `resume` of a rotation. */
export const RotationResult = z
  .strictObject({
    run: RunId,
    status: z
      .enum(['complete', 'settling', 'contested', 'incomplete', 'interrupted'])
      .describe('How the rotation ended.'),
    into: z.string().describe('The destination, as it was given: an address, never a secret.'),
    rotated: z.array(RotatedCredential).describe('Each credential that was to be replaced.'),
    fault: FaultResult.optional().describe('Why an attempt could not be accounted for. Absent if all were.'),
    restore: RestoreResult.optional().describe('The restore that followed. Absent if none did.'),
    manual: z.array(NoteResult).describe('Manual steps about identities that are held.'),
  })
  .meta({
    id: 'Rotation',
    description: 'How a rotation ended. `restore --rotate`, and `resume` of a rotation, print it too.',
  })

export type RotationResult = Printed<typeof RotationResult>

/** Printed by `rotate --dry-run` and `restore --rotate --dry-run`. */
export const RotationPlanResult = z
  .strictObject({
    run: RunId,
    status: z.literal('dry-run'),
    rotations: z
      .array(
        z.strictObject({
          key: ChangeKey,
          identity: IdentityId.describe('The credential that would be replaced, or its owner.'),
          rotation: z.string().describe('Id of the rotation, `<cloud>.<kind>.rotate`.'),
          place: z.string().describe('Where the secret would go: an address.'),
          sink: z
            .enum(['new', 'next version'])
            .optional()
            .describe(
              'Whether something is at the place already, which would get a new version. Absent if it was not looked at.',
            ),
          existing: z
            .array(
              z.strictObject({
                name: z.string().describe('The id that the cloud has for it.'),
                enabled: z.boolean().describe('Whether the cloud accepts it.'),
                created: Time.optional().describe('When. Absent if the cloud does not say.'),
                ours: z
                  .boolean()
                  .optional()
                  .describe('Whether it carries the mark of this run. Absent if marks are not possible.'),
              }),
            )
            .describe('Credentials that exist.'),
          limit: Count.optional().describe('How many the cloud allows. Absent if it has no limit.'),
          ofOwner: z
            .literal(true)
            .optional()
            .describe('All of `existing` are deleted before the owner is let in again. Absent otherwise.'),
          gone: z
            .literal(true)
            .optional()
            .describe('The containment removed the old one: nothing has to be deleted. Absent otherwise.'),
          stays: z
            .string()
            .optional()
            .describe('Other ways to sign in as the owner after a restore. Absent without any.'),
          first: z.boolean().describe('The old one has to be deleted first, to make room.'),
          blocked: FaultResult.optional().describe('Why nothing can be made. Absent if it can.'),
        }),
      )
      .describe('Each credential that would be replaced.'),
    restore: RestorePreviewResult.describe(
      'The preview of the restore; without changes if none would follow.',
    ),
  })
  .meta({ id: 'RotationPlan', description: 'The preview of a rotation: `rotate --dry-run`.' })

export type RotationPlanResult = Printed<typeof RotationPlanResult>
