import { z } from 'zod'
import { SignalResult } from './signal.ts'
import { JsonValue, type Printed } from './values.ts'

const condition = {
  text: z.string().describe('The condition, in CEL or in words.'),
  holds: z.boolean().describe('Whether the event meets it.'),
  flaw: z
    .string()
    .optional()
    .describe('Why it cannot be evaluated, e.g. a pattern on a number. Absent if it can.'),
  saw: z
    .record(z.string(), JsonValue)
    .describe('Values of the members that it reads; null for one that the event does not have.'),
}

/** Printed by `playbook explain`. */
export const ExplanationResult = z
  .strictObject({
    events: z
      .array(
        z.strictObject({
          event: SignalResult,
          triggers: z
            .array(
              z.strictObject({
                playbook: z.string().describe('Name of the playbook.'),
                trigger: z.string().describe('Name of the trigger.'),
                matches: z.boolean().describe('Whether all conditions hold.'),
                conditions: z
                  .array(
                    z.strictObject({
                      ...condition,
                      of: z
                        .array(z.strictObject(condition))
                        .optional()
                        .describe('Conditions of which one is enough. Absent unless it is an `||`.'),
                    }),
                  )
                  .describe('Each condition.'),
                needs: z
                  .array(z.string())
                  .describe('Other conditions, in words: a count, a first time, points.'),
                inputs: z
                  .record(z.string(), JsonValue)
                  .describe('Inputs that it would fill; null for one that the event does not have.'),
              }),
            )
            .describe('Each trigger, tried on the event.'),
        }),
      )
      .describe('Events in the record, at most 100. If there is none, the exit code is 4.'),
    setAside: z
      .string()
      .optional()
      .describe('Why a part of the record is not an event. Absent if all of it is.'),
  })
  .meta({
    id: 'Explanation',
    description: 'Why a record starts a playbook, or does not: `playbook explain`.',
  })

export type ExplanationResult = Printed<typeof ExplanationResult>
