import { z } from 'zod'
import { FaultResult } from './fault.ts'
import { NoteResult, overruleReasons, spareReasons, UnlistedKinds, UnreachedAccount } from './identity.ts'
import { ChangeKey } from './planned-change.ts'
import { choice, list, named, optional, optionalList, optionalText, text } from './shapes.ts'
import { Count, IdentityId, JsonValue, type Printed, Time } from './values.ts'

/** The phases of a change, from `planned` to `restored` or `rotated`. */
export const PhaseResult = choice(
  'How far it came. `intended`: recorded, and perhaps written. `written`: the cloud took it. `already`: it was so before the run. `gone`: the identity was deleted. `restoring`: a restore is recorded, and perhaps written. `restored`: the run holds nothing of it. `rotated`: a new credential took its place.',
  [
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
  ],
)

/** The cloud's own evaluation of a change. */
export const DeniedResult = z
  .enum(['denied', 'allowed', 'unknown'])
  .nullable()
  .describe('The result of the evaluation of the cloud for the identity; null if the cloud has none.')

/** A new credential in the place of a stopped one. */
export const RotatedCredential = named(
  'RotatedCredential',
  'A new credential in the place of a stopped one.',
  {
    key: ChangeKey,
    old: IdentityId.describe('The credential that was stopped.'),
    oldDeleted: z.boolean().describe('Whether the old credential was deleted.'),
    new: optional('The new credential. Absent if none is in place.', IdentityId),
    place: optionalText('Where its secret is: an address, never the secret. Absent if none is in place.'),
    tried: optional(
      'Whether the cloud let the new one in; `owner-off`: it is tried after the restore; null: it was not tried. Absent if none is in place.',
      z.enum(['works', 'owner-off', 'refused']).nullable(),
    ),
    orphans: optionalList('Credentials of attempts that ended early. Absent without any.', {
      name: text('Name of the credential.'),
      outcome: choice('Its outcome.', ['deleted', 'disabled', 'kept']),
      because: optionalText('Why it was kept. Absent otherwise.'),
    }),
    fault: optional('Why the last attempt failed. Absent if it did not.', FaultResult),
  },
)

export type RotatedCredential = Printed<typeof RotatedCredential>

/** Members by which a change is named, and how far it came. */
export const proofMembers = {
  key: ChangeKey,
  identity: IdentityId,
  interruption: text('Id of the interruption.'),
  phase: PhaseResult,
  set: z.boolean().describe('The settings read as written.'),
  denied: DeniedResult,
}

/** Members of one change of a run. */
export const changeMembers = {
  ...proofMembers,
  unprovable: optional(
    'It is set, and the target is an emulator that does not implement the evaluation of the cloud; `because` says what. Absent otherwise, and always on a cloud.',
    z.literal(true),
  ),
  settledAt: optional('When the cloud enforces it by its documentation. Absent if it does so at once.', Time),
  rotated: optional('The new credential. Absent if none is in place.', RotatedCredential),
  oneWay: optionalText('Why the credentials of the run could not restore it. Absent if they could.'),
  drift: optionalList('Settings that somebody else changed. Absent without any.', z.string()),
  undone: optionalList(
    'Settings that read as before the run: somebody undid them. Absent without any.',
    z.string(),
  ),
  countered: optional('How often somebody undid it while it was guarded. Absent if nobody did.', {
    count: Count.describe('How often.'),
    last: Time.describe('When it was last seen.'),
    entries: list('Which settings.', z.string()),
  }),
  contestedSince: optional('Since when writing it again does not win. Absent if nobody fights it.', Time),
  verifiedAt: optional('When it was last looked at. Absent if it was not.', Time),
  mayUndo: optionalList(
    'Permissions with which the identity could undo it. Absent if it has none.',
    z.string(),
  ),
  fault: optional('Why it failed. Absent if it did not.', FaultResult),
  because: optionalText(
    'Why it was refused, or why the cloud or the emulator could not say whether it denies. Absent otherwise.',
  ),
  postponed: optional('A quota of the cloud delays it. Absent once it is written.', {
    because: text('The quota.'),
    since: Time.describe('Since when.'),
    until: Time.describe('When it is tried again.'),
  }),
  without: optionalList('Settings that the cloud did not take. Absent if it took all.', z.string()),
  reduced: optionalText('Why the cloud did not take them. Absent if it took all.'),
  instead: optionalList('The fallback of the plan that was carried out in their place. Absent if none was.', {
    entry: text('Name of the setting.'),
    name: text('The setting, for people.'),
    before: optional('Value before. Absent if the setting did not exist.', JsonValue),
    ours: optional('Value that the run wrote. Absent if it removed the setting.', JsonValue),
  }),
  cautions: optionalList('Remarks for people about this change. Absent without any.', z.string()),
}

/** One change of a run. */
export const ChangeResult = named(
  'Change',
  'One interruption of one identity, and how far it came.',
  changeMembers,
)

export type ChangeResult = Printed<typeof ChangeResult>

/** Identities that a run spared, by id. */
export const SparedResult = named(
  'Spared',
  'A selected identity that is protected, and so was not touched.',
  {
    identity: IdentityId,
    ...spareReasons,
  },
)

/** Identities that a run touched although they are protected, by id. */
export const OverruledResult = named('Overruled', 'A protected identity that was touched all the same.', {
  identity: IdentityId,
  ...overruleReasons,
})

/** Findings of a run besides the changes that it planned. */
export const findingsMembers = {
  unreached: list('Accounts that were not reached.', UnreachedAccount),
  unlisted: optionalList(
    'Listings that were refused, so that the run is incomplete. Absent without any.',
    UnlistedKinds,
  ),
  manual: list('Manual steps about identities that are held.', NoteResult),
  sweep: list(
    'Credentials that appeared on contained principals after the plan was made.',
    named('SweptCredential', 'A credential that appeared on a contained principal after the plan was made.', {
      owner: IdentityId.describe('The contained principal.'),
      identity: IdentityId.describe('The credential.'),
      contained: z.boolean().describe('Whether the run contained it too.'),
    }),
  ),
  unswept: optionalList(
    'Contained principals whose credentials could not be listed again. Absent without any.',
    {
      owner: IdentityId.describe('The contained principal.'),
      fault: FaultResult,
    },
  ),
  newcomers: optionalList(
    'Identities created in the accounts of the run after it began. Absent without any.',
    named('Newcomer', 'An identity that was created after the run began.', {
      identity: IdentityId,
      kind: text('Its kind.'),
      name: text('Its name.'),
      created: optional('When. Absent if the cloud does not say.', Time),
      maker: optional('Who created it. Absent if the log does not say or may not be read.', {
        name: text('As the log of the cloud shows it.'),
        uid: optionalText('The immutable id. Absent if the log does not have it.'),
      }),
      ask: optionalText('A command that asks the log of the cloud who. Absent if `maker` says it.'),
      contained: z.boolean().describe('Whether the run contained it too.'),
      because: optionalText('Why it should be contained and is not. Absent otherwise.'),
    }),
  ),
  unlooked: optionalList(
    'Accounts in which newcomers, or who made them, could not be looked for. Absent without any.',
    {
      account: text('`<cloud>:<account>`.'),
      because: text('Why.'),
    },
  ),
}
