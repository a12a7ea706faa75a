import { z } from 'zod'
import { VERBS } from '../../model/interruption.ts'
import { IdentityResult, NoteResult } from './identity.ts'
import { choice, list, named, optional, optionalList, optionalText, text } from './shapes.ts'
import { IdentityId, JsonValue, RunId, Time } from './values.ts'

/** One setting that differs. */
export const SettingDifference = named('SettingDifference', 'One setting that a change alters.', {
  entry: text('Name of the setting, e.g. `enabled`, `inline/<policy>`.'),
  from: optional('Value before. Absent if the setting did not exist.', JsonValue),
  to: optional('Value after. Absent if the setting is removed.', JsonValue),
})

/** The name of a change, the same in its plan, its journal and all results. */
export const ChangeKey = text(
  '`<identity id> <interruption id>`, with ` #2` and so on if the playbook applies one twice.',
)

/** How exactly a restore brings the settings back. */
export const ReversalResult = z
  .union([
    z.strictObject({ kind: z.literal('exact') }),
    z.strictObject({
      kind: z.literal('equivalent'),
      differs: text('Which ids, made by the cloud, are different afterwards.'),
    }),
  ])
  .describe('`exact`: a restore brings the same settings back. `equivalent`: it brings the same access back.')

/** One interruption of one identity, as planned. */
export const PlannedChangeResult = named('PlannedChange', 'One interruption of one identity, as planned.', {
  key: ChangeKey,
  identity: IdentityResult,
  interruption: text('Id of the interruption, `<cloud>.<kind>.<verb>`.'),
  verb: choice('The verb of the playbook that led to it.', VERBS),
  params: JsonValue.describe('Parameters of the interruption.'),
  step: text('Step of the playbook; `sweep` for what appeared during the containment.'),
  at: Time.describe('When it was planned.'),
  differences: list('Settings that change. Empty if the identity is stopped already.', SettingDifference),
  fallback: optionalList(
    'Settings from before that change if the cloud refuses a deny among `differences`. Absent if nothing else is done then.',
    SettingDifference,
  ),
  noFallback: optionalText(
    'Why there is no `fallback` although the interruption has one. Absent unless the credentials could not restore it.',
  ),
  cautions: optionalList('Remarks for people about this change. Absent without any.', z.string()),
  seen: optional('Facts that the plan read besides the settings. Absent without any.', JsonValue),
  leaves: text('The access that still works after the change.'),
  ends: optional('When it ends by itself, in the cloud. Absent if it lasts until it is restored.', Time),
  reversal: ReversalResult,
  horizon: z
    .number()
    .describe(
      'Seconds for which something issued before the containment would work again if it were restored.',
    ),
  stepsDown: optional(
    'A restore before the horizon can return access to new sessions only. Absent if it cannot.',
    z.literal(true),
  ),
  settles: optional(
    'Seconds that the cloud documents for enforcing it. Absent if it enforces at once.',
    z.number(),
  ),
  mayUndo: optionalList(
    'Permissions with which the identity could undo the change. Absent if it has none.',
    z.string(),
  ),
  strength: optional('Every independent deny is written. Absent if one is enough.', z.literal('all')),
  companion: optional(
    'Added beside what the playbook asks for, since the identity may undo that. Absent otherwise.',
    z.literal(true),
  ),
  oneWay: optionalText(
    'Why these credentials could not restore it. Absent unless `--accept-one-way` was given.',
  ),
  after: optional(
    'The credential leaked: a restore leaves it off until it is asked for by id. Absent otherwise.',
    z.literal('keep-off'),
  ),
  heldBy: optionalList(
    'Settings among `differences` that other runs hold as wanted: nothing is written there. Absent without any.',
    {
      entry: text('Name of the setting.'),
      runs: list('Runs that hold it.', RunId),
    },
  ),
  joins: optional(
    'The change of another run whose settings this one holds too, instead of a deny of its own. Absent if it joins none.',
    {
      run: RunId.describe('Run of the change that is joined.'),
      key: ChangeKey,
      name: text('The run after which the settings are named.'),
    },
  ),
  vouchedBy: optionalList(
    'Open runs that found the identity stopped as well. Absent unless nothing is left to change.',
    RunId,
  ),
})

/** Dependencies and recent use of the identities of a plan. */
export const BlastRadius = named('BlastRadius', 'Dependents of the identities that would be stopped.', {
  dependents: list('Resources that use the identities, or share them.', NoteResult),
  unlisted: optionalList(
    'Identities whose uses could not be listed, and why. Absent if all could.',
    NoteResult,
  ),
  active: list('Identities that were used in the last hour.', IdentityId),
})
