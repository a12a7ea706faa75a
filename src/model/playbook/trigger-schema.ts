import { z } from 'zod'
import { parseDuration } from '../duration.ts'

/** Seconds, events and groups: what a trigger may ask the watch to remember. */
export const TRIGGER_LIMITS = {
  triggers: 20,
  tests: 50,
  eventsPerTest: 200,
  groupBy: 5,
  rules: 10,
  events: 1_000,
  timespan: 7 * 86_400,
  halfLife: 30 * 86_400,
  cooldown: 30 * 86_400,
} as const

const NAME = /^[a-z0-9]+(?:-[a-z0-9]+)*$/
const text = (max: number) => z.string().trim().min(1).max(max)
const name = z.string().max(64).regex(NAME, { error: 'has to be lower-case words joined by hyphens' })
const expression = text(4_000)

const duration = (most: number, least = 1) =>
  z
    .string()
    .regex(/^(?:\d+[smhdw])+$/, { error: 'has to be a duration such as 30s, 10m or 1h' })
    .refine(
      value => {
        const seconds = parseDuration(value)
        return seconds !== undefined && seconds >= least && seconds <= most
      },
      { error: `has to be at most ${most / 86_400}d` },
    )
    .describe('a duration such as 30s, 10m or 1h')

const path = text(120).describe('a path in the event, e.g. identity.id')

const correlate = z.strictObject({
  type: z.enum(['event_count', 'value_count', 'temporal']),
  'group-by': z.array(path).min(1).max(TRIGGER_LIMITS.groupBy).describe('events that have these in common'),
  timespan: duration(TRIGGER_LIMITS.timespan),
  condition: z
    .strictObject({
      gte: z.int().min(1).max(TRIGGER_LIMITS.events),
      field: path.optional().describe('value_count: what is different in them'),
    })
    .optional()
    .describe('how many at least; for temporal all of the rules, unless it says fewer'),
  rules: z
    .array(name)
    .min(1)
    .max(TRIGGER_LIMITS.rules)
    .optional()
    .describe('temporal: other triggers, which then do not fire by themselves'),
})

/** A trigger as it stands in a playbook's file. */
export const triggerSchema = z.strictObject({
  name,
  when: expression.optional().describe('CEL over event; may be left out for temporal'),
  correlate: correlate.optional(),
  'first-seen': z
    .array(z.enum(['action', 'resource', 'network', 'country']))
    .min(1)
    .optional()
    .describe('one of these is new for the identity, as far as watch --learn has seen it'),
  risk: z
    .strictObject({
      points: z.number().gt(0).max(1_000_000),
      threshold: z.number().gt(0).max(1_000_000),
      'half-life': duration(TRIGGER_LIMITS.halfLife),
    })
    .optional()
    .describe('each match adds points to the identity; the points of all triggers count together'),
  inputs: z.record(z.string(), expression).default({}).describe('input → CEL over event'),
  mode: z.enum(['propose', 'act']).default('propose'),
  cooldown: duration(TRIGGER_LIMITS.cooldown, 0)
    .default('1h')
    .describe('how long the same group does not fire again'),
})

const record = z.union([z.record(z.string(), z.unknown()), text(500)], {
  error: 'has to be a record, or the name of a file with one',
})
const records = z.array(record).min(1).max(TRIGGER_LIMITS.eventsPerTest)
const inputValue = z.union([z.string(), z.number(), z.boolean(), z.array(z.union([z.string(), z.number()]))])

/** A test of triggers as it stands in a playbook's file. */
export const testSchema = z.strictObject({
  name: text(80),
  event: record.optional().describe("a record in the cloud's own format, or a file next to the playbook"),
  events: records.optional().describe('several, in the order in which they come'),
  learned: records.optional().describe('records that are learned as usual beforehand'),
  fires: z.boolean(),
  trigger: name.optional().describe('the trigger that is meant; any when left out'),
  inputs: z.record(z.string(), inputValue).optional().describe('what the playbook is to be started with'),
})

/** A parsed `triggerSchema`. */
export type TriggerFile = z.infer<typeof triggerSchema>
/** A parsed `testSchema`. */
export type TestFile = z.infer<typeof testSchema>
