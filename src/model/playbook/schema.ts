import { z } from 'zod'
import { parseDuration } from '../duration.ts'
import { approvalCounts } from './approvals-schema.ts'
import { DEFAULT_LIMIT, DEFAULT_PROTECT, LIMITS, TTL } from './limits.ts'
import { TRIGGER_LIMITS, testSchema, triggerSchema } from './trigger-schema.ts'

const NAME = /^[a-z0-9]+(?:-[a-z0-9]+)*$/
const INPUT_NAME = /^[a-z][a-z0-9_]*$/

const text = (max: number) => z.string().trim().min(1).max(max)
const kebab = z.string().max(64).regex(NAME, { error: 'has to be lower-case words joined by hyphens' })
const expression = text(4_000).describe('CEL over identity and inputs')

const duration = z
  .string()
  .regex(/^(?:\d+[smhdw])+$/, { error: 'has to be a duration such as 30m, 4h or 7d' })
  .refine(
    value => {
      const seconds = parseDuration(value)
      return seconds !== undefined && seconds >= TTL.min && seconds <= TTL.max
    },
    { error: 'has to be between 1m and 90d' },
  )
  .describe('a duration such as 30m, 4h or 7d')

const scalar = z.union([z.string(), z.number(), z.boolean()])
const inputValue = z.union([scalar, z.array(scalar).max(LIMITS.listItems)], {
  error: 'has to be text, a number, true or false, or a list of them',
})

const input = z.strictObject({
  type: z.enum(['string', 'int', 'bool', 'list']),
  of: z.enum(['string', 'int']).optional().describe('what a list holds'),
  pattern: text(500).optional().describe('RE2 pattern that the text, or each item of a list, has to match'),
  description: text(500),
  required: z.boolean().optional().describe('true unless there is a default'),
  default: inputValue.optional(),
})

const interruption = z.union(
  [
    text(100).describe('a verb, or the exact id of an interruption'),
    z
      .record(text(100), z.record(z.string(), z.unknown()).nullable())
      .refine(value => Object.keys(value).length === 1, {
        error: 'has to name one verb or interruption an item',
      })
      .describe('a verb or an id with its parameters'),
  ],
  { error: 'has to be a verb or an interruption id, or one of them with parameters: { constrain: { … } }' },
)

const step = z.strictObject({
  name: text(80),
  select: expression.describe('CEL over identity and inputs: what this step stops'),
  interrupt: z.array(interruption).min(1).max(LIMITS.interruptsPerStep),
  after: z
    .literal('keep-off', { error: 'has to be keep-off, or is left out' })
    .optional()
    .describe(
      'keep-off: what this step stops leaked, and a restore leaves it off until it is given back by its id',
    ),
  include: z
    .array(z.literal('assumable-roles', { error: 'has to be assumable-roles' }))
    .min(1)
    .optional()
    .describe('assumable-roles: the step also stops the roles that a selected principal may assume (AWS)'),
})

/** The shape of a playbook file. Its meaning is checked afterwards, against the catalog. */
export const playbookSchema = z.strictObject({
  version: z.literal(1, { error: 'has to be 1' }),
  name: kebab,
  title: text(120),
  description: text(4_000).optional(),
  status: z.enum(['stable', 'test', 'experimental', 'deprecated']).default('experimental'),
  severity: z.enum(['low', 'medium', 'high', 'critical']).default('high'),
  references: z
    .record(kebab, z.array(text(40)).max(50))
    .default({})
    .describe('framework → ids, e.g. owasp-nhi: ["NHI2:2025"]'),
  inputs: z
    .record(z.string().max(64).regex(INPUT_NAME, { error: 'has to be a lower_case name' }), input)
    .refine(inputs => Object.keys(inputs).length <= LIMITS.inputs, {
      error: `at most ${LIMITS.inputs} inputs`,
    })
    .default({}),
  scope: z
    .record(kebab, z.unknown())
    .refine(scope => Object.keys(scope).length > 0, {
      error: 'has to name a cloud: { aws: { accounts: [self] } }',
    })
    .describe('cloud → which of its accounts to look at; inputs.NAME stands for an input'),
  protect: z
    .array(expression)
    .min(1, { error: 'must not be empty: leave it out for the default, or say what is never touched' })
    .max(LIMITS.protect)
    .default([...DEFAULT_PROTECT])
    .describe('identities for which one of these is true are never touched'),
  limit: z
    .strictObject({
      identities: z.int().min(1).max(100_000).default(DEFAULT_LIMIT.identities),
      share: z.number().gt(0).max(1).default(DEFAULT_LIMIT.share).describe('of the identities listed'),
    })
    .default({ ...DEFAULT_LIMIT })
    .describe('a plan that stops more is refused'),
  ttl: duration
    .default('4h')
    .describe('until the containment is due for review; it never restores by itself'),
  onExpiry: z
    .enum(['remind', 'lapse'])
    .optional()
    .describe(
      'at the review date: remind, or lapse: the stop ends by itself, in the cloud; for precautions, where the cloud can carry an end',
    ),
  approvals: z
    .strictObject(approvalCounts)
    .optional()
    .describe('how many other people have to sign what is done with this playbook'),
  created: z
    .enum(['list', 'contain'])
    .default('list')
    .describe(
      'identities that are created during the run: list them, or contain those that a contained identity created',
    ),
  steps: z.array(step).min(1).max(LIMITS.steps),
  drill: z
    .strictObject({
      inputs: z.record(z.string(), inputValue).default({}),
      thief: z.union([text(80), z.array(text(80)).min(1).max(10)]),
      honest: z.array(text(80)).max(50).default([]),
      collateral: z
        .array(text(80))
        .max(50)
        .default([])
        .describe('honest workloads that use what was stolen, and stop with the thief'),
    })
    .optional()
    .describe('what a rehearsal in the lab uses'),
  triggers: z
    .array(triggerSchema)
    .min(1)
    .max(TRIGGER_LIMITS.triggers)
    .optional()
    .describe('when it starts by itself, under interdict watch'),
  tests: z
    .array(testSchema)
    .min(1)
    .max(TRIGGER_LIMITS.tests)
    .optional()
    .describe('records on which a trigger fires, or does not'),
})

/** A playbook as it stands in its file. */
export type PlaybookFile = z.infer<typeof playbookSchema>
