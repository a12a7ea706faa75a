import { z } from 'zod'
import { VERBS } from '../../model/interruption.ts'
import { IdentityResult, NoteResult } from './identity.ts'
import { IdentityId, JsonValue, RunId, Time } from './values.ts'

/** One setting that differs. */
export const SettingDifference = z
  .strictObject({
    entry: z.string().describe('Name of the setting, e.g. `enabled`, `inline/<policy>`.'),
    from: JsonValue.optional().describe('Value before. Absent if the setting did not exist.'),
    to: JsonValue.optional().describe('Value after. Absent if the setting is removed.'),
  })
  .meta({ id: 'SettingDifference', description: 'One setting that a change alters.' })

/** The name of a change, the same in its plan, its journal and all results. */
export const ChangeKey = z
  .string()
  .describe('`<identity id> <interruption id>`, with ` #2` and so on if the playbook applies one twice.')

/** How exactly a restore brings the settings back. */
export const ReversalResult = z
  .union([
    z.strictObject({ kind: z.literal('exact') }),
    z.strictObject({
      kind: z.literal('equivalent'),
      differs: z.string().describe('Which ids, made by the cloud, are different afterwards.'),
    }),
  ])
  .describe('`exact`: a restore brings the same settings back. `equivalent`: it brings the same access back.')

/** One interruption of one identity, as planned. */
export const PlannedChangeResult = z
  .strictObject({
    key: ChangeKey,
    identity: IdentityResult,
    interruption: z.string().describe('Id of the interruption, `<cloud>.<kind>.<verb>`.'),
    verb: z.enum(VERBS).describe('The verb of the playbook that led to it.'),
    params: JsonValue.describe('Parameters of the interruption.'),
    step: z.string().describe('Step of the playbook; `sweep` for what appeared during the containment.'),
    at: Time.describe('When it was planned.'),
    differences: z
      .array(SettingDifference)
      .describe('Settings that change. Empty if the identity is stopped already.'),
    fallback: z
      .array(SettingDifference)
      .optional()
      .describe(
        'Settings from before that change if the cloud refuses a deny among `differences`. Absent if nothing else is done then.',
      ),
    noFallback: z
      .string()
      .optional()
      .describe(
        'Why there is no `fallback` although the interruption has one. Absent unless the credentials could not restore it.',
      ),
    cautions: z
      .array(z.string())
      .optional()
      .describe('Remarks for people about this change. Absent without any.'),
    seen: JsonValue.optional().describe('Facts that the plan read besides the settings. Absent without any.'),
    leaves: z.string().describe('The access that still works after the change.'),
    reversal: ReversalResult,
    horizon: z
      .number()
      .describe(
        'Seconds for which something issued before the containment would work again if it were restored.',
      ),
    stepsDown: z
      .literal(true)
      .optional()
      .describe('A restore before the horizon can return access to new sessions only. Absent if it cannot.'),
    settles: z
      .number()
      .optional()
      .describe('Seconds that the cloud documents for enforcing it. Absent if it enforces at once.'),
    mayUndo: z
      .array(z.string())
      .optional()
      .describe('Permissions with which the identity could undo the change. Absent if it has none.'),
    strength: z
      .literal('all')
      .optional()
      .describe('Every independent deny is written. Absent if one is enough.'),
    companion: z
      .literal(true)
      .optional()
      .describe(
        'Added beside what the playbook asks for, since the identity may undo that. Absent otherwise.',
      ),
    oneWay: z
      .string()
      .optional()
      .describe('Why these credentials could not restore it. Absent unless `--accept-one-way` was given.'),
    after: z
      .literal('keep-off')
      .optional()
      .describe(
        'The credential leaked: a restore leaves it off until it is asked for by id. Absent otherwise.',
      ),
    heldBy: z
      .array(
        z.strictObject({
          entry: z.string().describe('Name of the setting.'),
          runs: z.array(RunId).describe('Runs that hold it.'),
        }),
      )
      .optional()
      .describe(
        'Settings among `differences` that other runs hold as wanted: nothing is written there. Absent without any.',
      ),
    joins: z
      .strictObject({
        run: RunId.describe('Run of the change that is joined.'),
        key: ChangeKey,
        name: z.string().describe('The run after which the settings are named.'),
      })
      .optional()
      .describe(
        'The change of another run whose settings this one holds too, instead of a deny of its own. Absent if it joins none.',
      ),
    vouchedBy: z
      .array(RunId)
      .optional()
      .describe(
        'Open runs that found the identity stopped as well. Absent unless nothing is left to change.',
      ),
  })
  .meta({ id: 'PlannedChange', description: 'One interruption of one identity, as planned.' })

/** Dependencies and recent use of the identities of a plan. */
export const BlastRadius = z
  .strictObject({
    dependents: z.array(NoteResult).describe('Resources that use the identities, or share them.'),
    unlisted: z
      .array(NoteResult)
      .optional()
      .describe('Identities whose uses could not be listed, and why. Absent if all could.'),
    active: z.array(IdentityId).describe('Identities that were used in the last hour.'),
  })
  .meta({ id: 'BlastRadius', description: 'Dependents of the identities that would be stopped.' })
