import { z } from 'zod'
import { list, named, optionalList, optionalText, text } from './shapes.ts'
import { SignalResult } from './signal.ts'
import { JsonValue, type Printed } from './values.ts'

const condition = {
  text: text('The condition, in CEL or in words.'),
  holds: z.boolean().describe('Whether the event meets it.'),
  flaw: optionalText('Why it cannot be evaluated, e.g. a pattern on a number. Absent if it can.'),
  saw: z
    .record(z.string(), JsonValue)
    .describe('Values of the members that it reads; null for one that the event does not have.'),
}

/** Members of an event with the triggers that were tried on it. */
export const explainedEvent = {
  event: SignalResult,
  triggers: list('Each trigger, tried on the event.', {
    playbook: text('Name of the playbook.'),
    trigger: text('Name of the trigger.'),
    matches: z.boolean().describe('Whether all conditions hold.'),
    conditions: list('Each condition.', {
      ...condition,
      of: optionalList('Conditions of which one is enough. Absent unless it is an `||`.', condition),
    }),
    needs: list('Other conditions, in words: a count, a first time, points.', z.string()),
    inputs: z
      .record(z.string(), JsonValue)
      .describe('Inputs that it would fill; null for one that the event does not have.'),
  }),
}

/** Printed by `playbook explain`. */
export const ExplanationResult = named(
  'Explanation',
  'Why a record starts a playbook, or does not: `playbook explain`.',
  {
    events: list('Events in the record, at most 100. If there is none, the exit code is 4.', explainedEvent),
    setAside: optionalText('Why a part of the record is not an event. Absent if all of it is.'),
  },
)

export type ExplanationResult = Printed<typeof ExplanationResult>
