import { z } from 'zod'
import { FaultResult } from './fault.ts'
import { NoteResult, SpareClassResult, UnlistedKinds, UnreachedAccount } from './identity.ts'
import { ChangeKey } from './planned-change.ts'
import { Count, IdentityId, JsonValue, type Printed, Time } from './values.ts'

/** The phases of a change, from `planned` to `restored` or `rotated`. */
export const PhaseResult = z
  .enum([
    'planned',
    'intended',
    'written',
    'failed',
    'refused',
    'already',
    'gone',
    'restoring',
    'restored',
    'rotated',
  ])
  .describe(
    'How far it came. `intended`: recorded, and perhaps written. `written`: the cloud took it. `already`: it was so before the run. `gone`: the identity was deleted. `restoring`: a restore is recorded, and perhaps written. `restored`: the run holds nothing of it. `rotated`: a new credential took its place.',
  )

/** The cloud's own evaluation of a change. */
export const DeniedResult = z
  .enum(['denied', 'allowed', 'unknown'])
  .nullable()
  .describe('The result of the evaluation of the cloud for the identity; null if the cloud has none.')

/** A new credential in the place of a stopped one. */
export const RotatedCredential = z
  .strictObject({
    key: ChangeKey,
    old: IdentityId.describe('The credential that was stopped.'),
    oldDeleted: z.boolean().describe('Whether the old credential was deleted.'),
    new: IdentityId.optional().describe('The new credential. Absent if none is in place.'),
    place: z
      .string()
      .optional()
      .describe('Where its secret is: an address, never the secret. Absent if none is in place.'),
    tried: z
      .enum(['works', 'owner-off', 'refused'])
      .nullable()
      .optional()
      .describe(
        'Whether the cloud let the new one in; `owner-off`: it is tried after the restore; null: it was not tried. Absent if none is in place.',
      ),
    orphans: z
      .array(
        z.strictObject({
          name: z.string().describe('Name of the credential.'),
          outcome: z.enum(['deleted', 'disabled', 'kept']).describe('Its outcome.'),
          because: z.string().optional().describe('Why it was kept. Absent otherwise.'),
        }),
      )
      .optional()
      .describe('Credentials of attempts that ended early. Absent without any.'),
    fault: FaultResult.optional().describe('Why the last attempt failed. Absent if it did not.'),
  })
  .meta({ id: 'RotatedCredential', description: 'A new credential in the place of a stopped one.' })

export type RotatedCredential = Printed<typeof RotatedCredential>

/** Members of one change of a run. */
export const changeMembers = {
  key: ChangeKey,
  identity: IdentityId,
  interruption: z.string().describe('Id of the interruption.'),
  phase: PhaseResult,
  set: z.boolean().describe('The settings read as written.'),
  denied: DeniedResult,
  settledAt: Time.optional().describe(
    'When the cloud enforces it by its documentation. Absent if it does so at once.',
  ),
  rotated: RotatedCredential.optional().describe('The new credential. Absent if none is in place.'),
  oneWay: z
    .string()
    .optional()
    .describe('Why the credentials of the run could not restore it. Absent if they could.'),
  drift: z.array(z.string()).optional().describe('Settings that somebody else changed. Absent without any.'),
  undone: z
    .array(z.string())
    .optional()
    .describe('Settings that read as before the run: somebody undid them. Absent without any.'),
  countered: z
    .strictObject({
      count: Count.describe('How often.'),
      last: Time.describe('When it was last seen.'),
      entries: z.array(z.string()).describe('Which settings.'),
    })
    .optional()
    .describe('How often somebody undid it while it was guarded. Absent if nobody did.'),
  contestedSince: Time.optional().describe(
    'Since when writing it again does not win. Absent if nobody fights it.',
  ),
  verifiedAt: Time.optional().describe('When it was last looked at. Absent if it was not.'),
  mayUndo: z
    .array(z.string())
    .optional()
    .describe('Permissions with which the identity could undo it. Absent if it has none.'),
  fault: FaultResult.optional().describe('Why it failed. Absent if it did not.'),
  because: z
    .string()
    .optional()
    .describe('Why it was refused, or why the cloud could not say whether it denies. Absent otherwise.'),
  postponed: z
    .strictObject({
      because: z.string().describe('The quota.'),
      since: Time.describe('Since when.'),
      until: Time.describe('When it is tried again.'),
    })
    .optional()
    .describe('A quota of the cloud delays it. Absent once it is written.'),
  without: z
    .array(z.string())
    .optional()
    .describe('Settings that the cloud did not take. Absent if it took all.'),
  reduced: z.string().optional().describe('Why the cloud did not take them. Absent if it took all.'),
  instead: z
    .array(
      z.strictObject({
        entry: z.string().describe('Name of the setting.'),
        name: z.string().describe('The setting, for people.'),
        before: JsonValue.optional().describe('Value before. Absent if the setting did not exist.'),
        ours: JsonValue.optional().describe('Value that the run wrote. Absent if it removed the setting.'),
      }),
    )
    .optional()
    .describe('The fallback of the plan that was carried out in their place. Absent if none was.'),
  cautions: z
    .array(z.string())
    .optional()
    .describe('Remarks for people about this change. Absent without any.'),
}

/** One change of a run. */
export const ChangeResult = z
  .strictObject(changeMembers)
  .meta({ id: 'Change', description: 'One interruption of one identity, and how far it came.' })

export type ChangeResult = Printed<typeof ChangeResult>

/** Identities that a run spared, by id. */
export const SparedResult = z
  .strictObject({
    identity: IdentityId,
    because: z.string().describe('Why it is not touched, for people.'),
    class: SpareClassResult.optional().describe('Why it is protected. Absent in journals of older versions.'),
    doubtful: z
      .string()
      .optional()
      .describe('Why the mark or the name is not to be relied on. Absent if nothing speaks against it.'),
    named: z
      .literal(true)
      .optional()
      .describe('The playbook means this very identity. Absent if it was selected among others.'),
  })
  .meta({ id: 'Spared', description: 'A selected identity that is protected, and so was not touched.' })

/** Identities that a run touched although they are protected, by id. */
export const OverruledResult = z
  .strictObject({
    identity: IdentityId,
    because: z.string().describe('Why it is protected, for people.'),
    class: SpareClassResult,
    by: z
      .enum(['asked', 'named'])
      .describe(
        '`asked`: with `--include-protected`. `named`: the playbook names this credential of an administrator.',
      ),
  })
  .meta({ id: 'Overruled', description: 'A protected identity that was touched all the same.' })

/** Findings of a run besides the changes that it planned. */
export const findingsMembers = {
  unreached: z.array(UnreachedAccount).describe('Accounts that were not reached.'),
  unlisted: z
    .array(UnlistedKinds)
    .optional()
    .describe('Listings that were refused, so that the run is incomplete. Absent without any.'),
  manual: z.array(NoteResult).describe('Manual steps about identities that are held.'),
  sweep: z
    .array(
      z
        .strictObject({
          owner: IdentityId.describe('The contained principal.'),
          identity: IdentityId.describe('The credential.'),
          contained: z.boolean().describe('Whether the run contained it too.'),
        })
        .meta({
          id: 'SweptCredential',
          description: 'A credential that appeared on a contained principal after the plan was made.',
        }),
    )
    .describe('Credentials that appeared on contained principals after the plan was made.'),
  unswept: z
    .array(
      z.strictObject({
        owner: IdentityId.describe('The contained principal.'),
        fault: FaultResult,
      }),
    )
    .optional()
    .describe('Contained principals whose credentials could not be listed again. Absent without any.'),
  newcomers: z
    .array(
      z
        .strictObject({
          identity: IdentityId,
          kind: z.string().describe('Its kind.'),
          name: z.string().describe('Its name.'),
          created: Time.optional().describe('When. Absent if the cloud does not say.'),
          maker: z
            .strictObject({
              name: z.string().describe('As the log of the cloud shows it.'),
              uid: z.string().optional().describe('The immutable id. Absent if the log does not have it.'),
            })
            .optional()
            .describe('Who created it. Absent if the log does not say or may not be read.'),
          ask: z
            .string()
            .optional()
            .describe('A command that asks the log of the cloud who. Absent if `maker` says it.'),
          contained: z.boolean().describe('Whether the run contained it too.'),
          because: z.string().optional().describe('Why it should be contained and is not. Absent otherwise.'),
        })
        .meta({ id: 'Newcomer', description: 'An identity that was created after the run began.' }),
    )
    .optional()
    .describe('Identities created in the accounts of the run after it began. Absent without any.'),
  unlooked: z
    .array(
      z.strictObject({
        account: z.string().describe('`<cloud>:<account>`.'),
        because: z.string().describe('Why.'),
      }),
    )
    .optional()
    .describe('Accounts in which newcomers, or who made them, could not be looked for. Absent without any.'),
}
