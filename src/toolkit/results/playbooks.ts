import { z } from 'zod'
import { Count, JsonValue, type Printed } from './values.ts'

const facts = {
  name: z.string().describe('Name of the playbook.'),
  title: z.string().describe('Title, for people.'),
  status: z.enum(['stable', 'test', 'experimental', 'deprecated']).describe('How far it is tried.'),
  severity: z.enum(['low', 'medium', 'high', 'critical']).describe('Severity of the incident.'),
  references: z
    .record(z.string(), z.array(z.string()))
    .describe('By framework: ids, e.g. `{ "owasp-nhi": ["NHI2:2025"] }`.'),
  file: z.string().describe('The file.'),
}

/** Printed by `playbook list`. */
export const PlaybookListResult = z
  .strictObject({
    playbooks: z
      .array(z.strictObject({ ...facts, inputs: z.array(z.string()).describe('Names of its inputs.') }))
      .describe('The playbooks that come with interdict.'),
  })
  .meta({ id: 'PlaybookList', description: 'The playbooks that come with interdict: `playbook list`.' })

export type PlaybookListResult = Printed<typeof PlaybookListResult>

const Trigger = z
  .strictObject({
    name: z.string().describe('Name of the trigger.'),
    when: z.string().describe('Condition on an event, in CEL.'),
    correlate: z
      .strictObject({
        type: z
          .enum(['event_count', 'value_count', 'temporal'])
          .describe('The counted things: events, different values, or other triggers that match.'),
        groupBy: z.array(z.string()).describe('Members of the event that have to be the same.'),
        timespan: z.number().describe('Seconds.'),
        condition: z
          .strictObject({
            gte: z.number().describe('At least so many.'),
            field: z
              .string()
              .optional()
              .describe('Member whose different values are counted. Absent unless `value_count`.'),
          })
          .describe('When the count is reached.'),
        rules: z
          .array(z.string())
          .optional()
          .describe('Names of the other triggers. Absent unless `temporal`.'),
      })
      .optional()
      .describe('The events that have to come together. Absent if one event is enough.'),
    firstSeen: z
      .array(z.enum(['action', 'resource', 'network', 'country']))
      .optional()
      .describe('The values that have to be new for the identity, in one of these. Absent if none has to.'),
    risk: z
      .strictObject({
        points: z.number().describe('Points of each event.'),
        threshold: z.number().describe('Points at which it fires.'),
        halfLife: z.number().describe('Seconds after which half of the points are left.'),
      })
      .optional()
      .describe('Points that add up. Absent without any.'),
    inputs: z.record(z.string(), z.string()).describe('By input of the playbook: its value, in CEL.'),
    mode: z.enum(['propose', 'act']).optional().describe('Absent for `propose`.'),
    cooldown: z
      .number()
      .optional()
      .describe('Seconds in which the same group does not fire again. Absent for an hour.'),
  })
  .meta({ id: 'Trigger', description: 'When a playbook starts by itself.' })

/** Printed by `playbook show`. */
export const PlaybookResult = z
  .strictObject({
    ...facts,
    description: z.string().optional().describe('For people. Absent if the playbook has none.'),
    inputs: z
      .record(
        z.string(),
        z.strictObject({
          type: z.enum(['string', 'int', 'bool', 'list']).describe('Type of the value.'),
          of: z
            .enum(['string', 'int'])
            .optional()
            .describe('Of a list: type of its items. Absent otherwise.'),
          pattern: z.string().optional().describe('Regular expression for the value. Absent without one.'),
          description: z.string().describe('For people.'),
          required: z.boolean().describe('Whether it has to be given.'),
          default: JsonValue.optional().describe('Value if it is not given. Absent without one.'),
        }),
      )
      .describe('By name: what has to be given.'),
    scope: z.record(z.string(), JsonValue).describe('By cloud: accounts in which it acts.'),
    protect: z.array(z.string()).describe('Conditions for identities that are not touched, in CEL.'),
    limit: z
      .strictObject({
        identities: Count.describe('Most identities that a run may touch.'),
        share: z.number().describe('The same as a share of those that were listed, 0 to 1.'),
      })
      .describe('Limit of a run.'),
    created: z
      .enum(['list', 'contain'])
      .optional()
      .describe('The reaction to identities that a contained one creates meanwhile. Absent for `list`.'),
    ttl: z.number().describe('Seconds from the beginning of a run to its review date.'),
    steps: z
      .array(
        z.strictObject({
          name: z.string().describe('Name of the step.'),
          select: z.string().describe('Condition on an identity, in CEL.'),
          interrupt: z
            .array(
              z.strictObject({
                use: z.string().describe('A verb, or the id of an interruption.'),
                params: JsonValue.describe('Its parameters.'),
              }),
            )
            .describe('The interruptions of the selected identities.'),
          after: z
            .literal('keep-off')
            .optional()
            .describe('`keep-off`: the credential leaked, so a restore leaves it off. Absent otherwise.'),
          include: z
            .array(z.literal('assumable-roles'))
            .optional()
            .describe('Roles that a selected principal may assume are meant too. Absent if not.'),
        }),
      )
      .describe('The steps of a run.'),
    drill: z
      .strictObject({
        inputs: z.record(z.string(), JsonValue).describe('Inputs of the rehearsal.'),
        thieves: z.array(z.string()).describe('Actors of the lab that the run has to stop.'),
        honest: z.array(z.string()).describe('Actors of the lab that it must not hurt.'),
        collateral: z
          .array(z.string())
          .describe('Actors of the lab that share what was stolen, and stop with the thief.'),
      })
      .optional()
      .describe('Its rehearsal in the lab. Absent if it has none.'),
    triggers: z.array(Trigger).optional().describe('When it starts by itself. Absent if only a person does.'),
    tests: z
      .array(
        z.strictObject({
          name: z.string().describe('Name of the test.'),
          events: z.array(JsonValue).describe('Records, or names of files next to the playbook.'),
          learned: z.array(JsonValue).describe('Records that are learned first.'),
          fires: z.boolean().describe('Whether a trigger has to fire.'),
          trigger: z.string().optional().describe('Which one. Absent for any.'),
          inputs: z
            .record(z.string(), JsonValue)
            .optional()
            .describe('Inputs that it has to fill. Absent if they do not matter.'),
        }),
      )
      .optional()
      .describe('Tests of its triggers. Absent without any.'),
    source: z.string().describe('The YAML text.'),
    sha256: z.string().describe('SHA-256 of `source`, in hexadecimal.'),
  })
  .meta({ id: 'Playbook', description: 'A playbook, read and checked: `playbook show`.' })

export type PlaybookResult = Printed<typeof PlaybookResult>

/** Printed by `playbook validate`. */
export const PlaybookValidateResult = z
  .strictObject({
    files: z
      .array(
        z.strictObject({
          file: z.string().describe('The file.'),
          ok: z.boolean().describe('Whether it can be used. If one cannot, the exit code is 2.'),
          problems: z
            .array(
              z.strictObject({
                severity: z.enum(['error', 'warning']).describe('A playbook with an error cannot be used.'),
                message: z.string().describe('The problem.'),
                file: z.string().describe('The file.'),
                line: z.int().describe('Line, from 1.'),
                column: z.int().describe('Column, from 1.'),
                path: z.string().describe('Keys and indexes, joined by dots; empty for the whole document.'),
                suggestion: z
                  .string()
                  .optional()
                  .describe('The text to write instead. Absent if none is known.'),
              }),
            )
            .describe('Errors first.'),
        }),
      )
      .describe('Each playbook that was given.'),
  })
  .meta({ id: 'PlaybookValidate', description: 'The problems of playbooks: `playbook validate`.' })

export type PlaybookValidateResult = Printed<typeof PlaybookValidateResult>

/** Printed by `playbook new`. */
export const PlaybookNewResult = z
  .strictObject({
    name: z.string().describe('Name of the playbook.'),
    file: z.string().optional().describe('The file that was written. Absent with `--out -`.'),
    source: z.string().optional().describe('The YAML text. Absent unless `--out -` was given.'),
  })
  .meta({ id: 'PlaybookNew', description: 'A new playbook: `playbook new`.' })

export type PlaybookNewResult = Printed<typeof PlaybookNewResult>

/** Printed by `playbook test`. */
export const PlaybookTestResult = z
  .strictObject({
    playbooks: z
      .array(
        z.strictObject({
          name: z.string().describe('Name of the playbook.'),
          file: z.string().describe('Its file.'),
          tests: z
            .array(
              z.strictObject({
                name: z.string().describe('Name of the test.'),
                ok: z.boolean().describe('Whether it passed. If one did not, the exit code is 4.'),
                why: z.string().optional().describe('Why it failed. Absent if it passed.'),
                fired: z
                  .array(
                    z.strictObject({
                      trigger: z.string().describe('Name of the trigger.'),
                      why: z.string().describe('Why it fired.'),
                      inputs: z.record(z.string(), JsonValue).describe('Inputs that it filled.'),
                    }),
                  )
                  .describe('Triggers that fired.'),
              }),
            )
            .describe('Its tests.'),
        }),
      )
      .describe('Each playbook that was given.'),
  })
  .meta({ id: 'PlaybookTest', description: 'How the tests in playbooks ended: `playbook test`.' })

export type PlaybookTestResult = Printed<typeof PlaybookTestResult>
