import { z } from 'zod'
import { PATTERNS } from './scope-flags.ts'

const { project: PROJECT, number: NUMBER } = PATTERNS
const EMAIL = /^[^\s/@]+@[a-z0-9.-]+$/i

/** `scope.gcp` of a playbook. */
export const scopeSchema = z.strictObject({
  /** Ids or numbers; `self` is the project of the credentials or the environment. The default when nothing is named. */
  projects: z.array(z.string().regex(PROJECT)).min(1).optional(),
  /** Projects with all of these labels: of the folders and the organization that are named, else of all that we see. */
  labels: z
    .record(
      z.string().regex(/^[\p{Ll}\p{Lo}\p{N}_-]{1,63}$/u),
      z.string().regex(/^[\p{Ll}\p{Lo}\p{N}_-]{0,63}$/u),
    )
    .refine(labels => Object.keys(labels).length > 0)
    .optional(),
  /** Numbers of folders; every project below them. */
  folders: z.array(z.string().regex(NUMBER)).min(1).optional(),
  /** Number of the organization; without `projects`, `labels` or `folders`: every project of it. */
  organization: z.string().regex(NUMBER).optional(),
  /** A key file, in place of the credentials that the environment has. */
  keyFile: z.string().min(1).optional(),
  /** Service accounts to act as: the last one, through those before it. */
  impersonate: z
    .union([z.string().regex(EMAIL), z.array(z.string().regex(EMAIL)).min(1)])
    .transform(each => [each].flat())
    .optional(),
  /** The project that the calls are counted against. */
  quotaProject: z.string().regex(PROJECT).optional(),
})

export type Scope = z.infer<typeof scopeSchema>
