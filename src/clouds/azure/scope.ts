import { z } from 'zod'
import { CLOUDS } from './http/hosts.ts'
import { PATTERNS } from './scope-flags.ts'
import { SIGN_INS } from './sign-in/sign-in.ts'

const SUBSCRIPTION = z.guid()

/** `scope.azure` of a playbook. */
export const scopeSchema = z.strictObject({
  /** Id or domain; else that of the environment or of who is signed in. */
  tenant: z.string().regex(PATTERNS.tenant).optional(),
  cloud: z.enum(CLOUDS).optional(),
  /** Another address for tokens, e.g. of a private cloud. */
  authority: z.url({ protocol: /^https$/ }).optional(),
  credential: z.enum(SIGN_INS).default('default'),
  /** Of the managed or workload identity to sign in as, where there are several. */
  clientId: z.guid().optional(),
  subscriptions: z
    .array(z.union([z.literal('all'), SUBSCRIPTION]))
    .min(1)
    .optional(),
  /** Subscriptions under these, at any depth. */
  managementGroups: z.array(z.string().regex(PATTERNS.managementGroup)).min(1).optional(),
})

export type Scope = z.infer<typeof scopeSchema>

export const labCredentials = z.object({
  tenantId: z.string().min(1),
  clientId: z.string().min(1),
  clientSecret: z.string().min(1),
})
