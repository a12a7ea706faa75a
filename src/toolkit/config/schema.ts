import { z } from 'zod'
import { parseDuration } from '../../model/duration.ts'
import { approvalCounts } from '../../model/playbook/approvals-schema.ts'
import { TTL } from '../../model/playbook/limits.ts'
import { isStoreUrl } from '../../model/store-url.ts'
import { SCOPE_FLAGS } from '../scope-settings.ts'

const text = (max: number) => z.string().trim().min(1).max(max)
/** Items of a list. */
const MOST = 200

const scalar = z.union([z.string(), z.number(), z.boolean()])
const inputValue = z.union([scalar, z.array(scalar).max(1_000)], {
  error: 'has to be text, a number, true or false, or a list of them',
})

const duration = z
  .string()
  .refine(
    value => {
      const seconds = parseDuration(value)
      return seconds !== undefined && seconds >= TTL.min && seconds <= TTL.max
    },
    { error: 'has to be a duration between 1m and 90d, such as 30m, 4h or 7d' },
  )
  .describe('a duration such as 30m, 4h or 7d')

const reference = z
  .union(
    [
      z.strictObject({ env: z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/) }),
      z.strictObject({ file: text(4_096) }),
    ],
    { error: 'has to say where it stands: { env: VARIABLE } or { file: PATH }' },
  )
  .describe('an environment variable, or a file that only its owner can read; never the secret itself')

const notifier = z
  .union(
    [
      z.strictObject({ webhook: reference, secret: reference.optional() }),
      z.strictObject({ slack: reference }),
      z.strictObject({ command: z.union([text(4_096), z.array(text(4_096)).min(1).max(50)]) }),
    ],
    {
      error:
        'has to be one of { webhook: { env: VARIABLE } }, { slack: { env: VARIABLE } } and { command: PROGRAM }',
    },
  )
  .describe('whom to notify of containments, restores and due reviews')

const protection = z
  .union(
    [
      text(500).describe('id or name of an identity, or kind/name'),
      z.strictObject({ name: text(500), because: text(200).optional() }),
      z.strictObject({ when: text(4_000).describe('CEL over identity'), because: text(200).optional() }),
    ],
    { error: 'has to be a name, { name: NAME } or { when: EXPRESSION }, with because: REASON if you like' },
  )
  .describe('identities that no playbook touches')

/** A member of `scope.<cloud>` for each scope flag of the cloud, under the name of the flag. */
function scopeSchema() {
  const clouds = [...new Set(Object.values(SCOPE_FLAGS).map(({ cloud }) => cloud))]
  const ofCloud = (name: string) => {
    const flags = Object.values(SCOPE_FLAGS).filter(({ cloud }) => cloud === name)
    return z.strictObject(
      Object.fromEntries(
        flags.map(({ flag, pattern, says, summary, many }) => {
          const one = z.string().regex(pattern, { error: `has to be ${says}` })
          return [flag, (many ? z.array(one).min(1).max(1_000) : one).optional().describe(summary)]
        }),
      ),
    )
  }
  return z.strictObject(Object.fromEntries(clouds.map(name => [name, ofCloud(name).optional()])))
}

const settings = {
  state: text(4_096)
    .refine(value => !isStoreUrl(value), { error: 'has to be a folder of this machine, and is a URL' })
    .optional()
    .describe('folder of the runs; from the folder of this file if it is relative'),
  scope: scopeSchema()
    .optional()
    .describe('cloud → accounts and roles, where neither a flag nor the playbook names them'),
  notify: z.array(notifier).max(20).optional(),
  protect: z.array(protection).max(MOST).optional(),
  ceilings: z
    .strictObject({
      identities: z.int().min(1).max(100_000).optional(),
      share: z.number().gt(0).max(1).optional().describe('of the identities listed'),
    })
    .optional()
    .describe('limits that no playbook exceeds'),
  approvals: z
    .strictObject({
      ...approvalCounts,
      'break-glass': z
        .array(z.enum(['contain', 'restore', 'rotate']))
        .optional()
        .describe('what may be done without approvals by --break-glass --reason'),
    })
    .optional()
    .describe(
      'how many other people have to sign what is done; the larger of this and of the playbook counts',
    ),
  playbooks: z
    .record(
      z
        .string()
        .max(64)
        .regex(/^[a-z0-9]+(?:-[a-z0-9]+)*$/, { error: 'has to be the name of a playbook' }),
      z.strictObject({
        inputs: z.record(z.string(), inputValue).optional().describe('values of inputs that are not given'),
        ttl: duration.optional().describe('until the review date'),
      }),
    )
    .optional()
    .describe('name of a playbook → its defaults'),
}

/** The shape of `interdict.yaml`. */
export const configSchema = z.strictObject({
  $schema: z.string().optional().describe('for editors'),
  version: z.literal(1, { error: 'has to be 1' }),
  trust: z
    .array(text(4_096))
    .max(MOST)
    .optional()
    .describe('folders whose interdict.yaml may set everything; counts in the file of the user alone'),
  ...settings,
  profiles: z
    .record(
      z
        .string()
        .max(64)
        .regex(/^[a-z0-9]+(?:-[a-z0-9]+)*$/, {
          error: 'has to be lower-case words joined by hyphens',
        }),
      z.strictObject(settings),
    )
    .optional()
    .describe('name → settings that --profile NAME puts over those above'),
})

/** `interdict.yaml` as it stands in its file. */
export type ConfigDocument = z.infer<typeof configSchema>
/** The settings of the file itself, or of a profile. */
export type ConfigSettings = Omit<ConfigDocument, '$schema' | 'version' | 'trust' | 'profiles'>
