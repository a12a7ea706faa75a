import { z } from 'zod'
import { ApprovalCountsResult } from './approval.ts'
import { explainedEvent } from './explanation.ts'
import { choice, list, named, object, optional, optionalList, optionalText, text } from './shapes.ts'
import { Count, JsonValue, type Printed } from './values.ts'

const facts = {
  name: text('Name of the playbook.'),
  title: text('Title, for people.'),
  status: choice('How far it is tried.', ['stable', 'test', 'experimental', 'deprecated']),
  severity: choice('Severity of the incident.', ['low', 'medium', 'high', 'critical']),
  references: z
    .record(z.string(), z.array(z.string()))
    .describe('By framework: ids, e.g. `{ "owasp-nhi": ["NHI2:2025"] }`.'),
  file: text('The file.'),
}

/** Printed by `playbook list`. */
export const PlaybookListResult = named(
  'PlaybookList',
  'The playbooks that come with interdict: `playbook list`.',
  {
    playbooks: list('The playbooks that come with interdict.', {
      ...facts,
      inputs: list('Names of its inputs.', z.string()),
    }),
  },
)

export type PlaybookListResult = Printed<typeof PlaybookListResult>

const Trigger = named('Trigger', 'When a playbook starts by itself.', {
  name: text('Name of the trigger.'),
  when: text('Condition on an event, in CEL.'),
  correlate: optional('The events that have to come together. Absent if one event is enough.', {
    type: choice('The counted things: events, different values, or other triggers that match.', [
      'event_count',
      'value_count',
      'temporal',
    ]),
    groupBy: list('Members of the event that have to be the same.', z.string()),
    timespan: z.number().describe('Seconds.'),
    condition: object('When the count is reached.', {
      gte: z.number().describe('At least so many.'),
      field: optionalText('Member whose different values are counted. Absent unless `value_count`.'),
    }),
    rules: optionalList('Names of the other triggers. Absent unless `temporal`.', z.string()),
  }),
  firstSeen: optionalList(
    'The values that have to be new for the identity, in one of these. Absent if none has to.',
    z.enum(['action', 'resource', 'network', 'country']),
  ),
  risk: optional('Points that add up. Absent without any.', {
    points: z.number().describe('Points of each event.'),
    threshold: z.number().describe('Points at which it fires.'),
    halfLife: z.number().describe('Seconds after which half of the points are left.'),
  }),
  inputs: z.record(z.string(), z.string()).describe('By input of the playbook: its value, in CEL.'),
  mode: optional('Absent for `propose`.', z.enum(['propose', 'act'])),
  cooldown: optional('Seconds in which the same group does not fire again. Absent for an hour.', z.number()),
})

/** Printed by `playbook show`. */
export const PlaybookResult = named('Playbook', 'A playbook, read and checked: `playbook show`.', {
  ...facts,
  description: optionalText('For people. Absent if the playbook has none.'),
  inputs: z
    .record(
      z.string(),
      z.strictObject({
        type: choice('Type of the value.', ['string', 'int', 'bool', 'list']),
        of: optional('Of a list: type of its items. Absent otherwise.', z.enum(['string', 'int'])),
        pattern: optionalText('Regular expression for the value. Absent without one.'),
        description: text('For people.'),
        required: z.boolean().describe('Whether it has to be given.'),
        default: optional('Value if it is not given. Absent without one.', JsonValue),
      }),
    )
    .describe('By name: what has to be given.'),
  scope: z.record(z.string(), JsonValue).describe('By cloud: accounts in which it acts.'),
  protect: list('Conditions for identities that are not touched, in CEL.', z.string()),
  limit: object('Limit of a run.', {
    identities: Count.describe('Most identities that a run may touch.'),
    share: z.number().describe('The same as a share of those that were listed, 0 to 1.'),
  }),
  created: optional(
    'The reaction to identities that a contained one creates meanwhile. Absent for `list`.',
    z.enum(['list', 'contain']),
  ),
  onExpiry: optional(
    '`lapse` if the stop ends by itself at the review date. Absent if it does not say.',
    z.enum(['remind', 'lapse']),
  ),
  approvals: optional(
    'How many other people have to approve. Absent if nobody has to.',
    ApprovalCountsResult,
  ),
  ttl: z.number().describe('Seconds from the beginning of a run to its review date.'),
  steps: list('The steps of a run.', {
    name: text('Name of the step.'),
    select: text('Condition on an identity, in CEL.'),
    interrupt: list('The interruptions of the selected identities.', {
      use: text('A verb, or the id of an interruption.'),
      params: JsonValue.describe('Its parameters.'),
    }),
    after: optional(
      '`keep-off`: the credential leaked, so a restore leaves it off. Absent otherwise.',
      z.literal('keep-off'),
    ),
    include: optionalList(
      'Roles that a selected principal may assume are meant too. Absent if not.',
      z.literal('assumable-roles'),
    ),
  }),
  drill: optional('Its rehearsal in the lab. Absent if it has none.', {
    inputs: z.record(z.string(), JsonValue).describe('Inputs of the rehearsal.'),
    thieves: list('Actors of the lab that the run has to stop.', z.string()),
    honest: list('Actors of the lab that it must not hurt.', z.string()),
    collateral: list('Actors of the lab that share what was stolen, and stop with the thief.', z.string()),
  }),
  triggers: optionalList('When it starts by itself. Absent if only a person does.', Trigger),
  tests: optionalList('Tests of its triggers. Absent without any.', {
    name: text('Name of the test.'),
    events: list('Records, or names of files next to the playbook.', JsonValue),
    learned: list('Records that are learned first.', JsonValue),
    fires: z.boolean().describe('Whether a trigger has to fire.'),
    trigger: optionalText('Which one. Absent for any.'),
    inputs: optional(
      'Inputs that it has to fill. Absent if they do not matter.',
      z.record(z.string(), JsonValue),
    ),
  }),
  source: text('The YAML text.'),
  sha256: text('SHA-256 of `source`, in hexadecimal.'),
})

export type PlaybookResult = Printed<typeof PlaybookResult>

/** Printed by `playbook validate`. */
export const PlaybookValidateResult = named(
  'PlaybookValidate',
  'The problems of playbooks: `playbook validate`.',
  {
    files: list('Each playbook that was given.', {
      file: text('The file.'),
      ok: z.boolean().describe('Whether it can be used. If one cannot, the exit code is 2.'),
      problems: list('Errors first.', {
        severity: choice('A playbook with an error cannot be used.', ['error', 'warning']),
        message: text('The problem.'),
        file: text('The file.'),
        line: z.int().describe('Line, from 1.'),
        column: z.int().describe('Column, from 1.'),
        path: text('Keys and indexes, joined by dots; empty for the whole document.'),
        suggestion: optionalText('The text to write instead. Absent if none is known.'),
      }),
    }),
  },
)

export type PlaybookValidateResult = Printed<typeof PlaybookValidateResult>

/** Printed by `playbook new`. */
export const PlaybookNewResult = named('PlaybookNew', 'A new playbook: `playbook new`.', {
  name: text('Name of the playbook.'),
  file: optionalText('The file that was written. Absent with `--out -`.'),
  source: optionalText('The YAML text. Absent unless `--out -` was given.'),
})

export type PlaybookNewResult = Printed<typeof PlaybookNewResult>

/** Printed by `playbook test`. */
export const PlaybookTestResult = named(
  'PlaybookTest',
  'How the tests in playbooks ended: `playbook test`.',
  {
    playbooks: list('Each playbook that was given.', {
      name: text('Name of the playbook.'),
      file: text('Its file.'),
      tests: list('Its tests.', {
        name: text('Name of the test.'),
        ok: z.boolean().describe('Whether it passed. If one did not, the exit code is 4.'),
        why: optionalText('Why it failed. Absent if it passed.'),
        fired: list('Triggers that fired.', {
          trigger: text('Name of the trigger.'),
          why: text('Why it fired.'),
          inputs: z.record(z.string(), JsonValue).describe('Inputs that it filled.'),
        }),
        explained: optionalList(
          'The events of its records, at most 20, with the conditions of the triggers that are meant. Absent if it passed, or if a record cannot be read.',
          explainedEvent,
        ),
      }),
    }),
  },
)

export type PlaybookTestResult = Printed<typeof PlaybookTestResult>
