import type { Json } from '../../../model/json.ts'
import type { DenyPolicy, RuleFor } from './document.ts'

/** Where a deny policy is attached: `projects/<number>`, `folders/<id>`, `organizations/<id>`. */
export type Attachment = string

/** The parent of an attachment's deny policies, as the API names it. */
export function parentOf(at: Attachment): string {
  return `policies/${encodeURIComponent(`cloudresourcemanager.googleapis.com/${at}`)}/denypolicies`
}

/** A rule as the API takes it. */
export function wireRule({ principals, permissions, description, condition, ...exceptions }: RuleFor) {
  return {
    ...(description === undefined ? {} : { description }),
    denyRule: {
      deniedPrincipals: principals,
      deniedPermissions: permissions,
      ...exceptions,
      ...(condition === undefined ? {} : { denialCondition: condition as object }),
    },
  }
}

interface WirePolicy {
  etag?: string | null
  annotations?: { [name: string]: string } | null
  rules?:
    | {
        description?: string | null
        denyRule?: {
          deniedPrincipals?: string[] | null
          deniedPermissions?: string[] | null
          exceptionPrincipals?: string[] | null
          exceptionPermissions?: string[] | null
          denialCondition?: object | null
        } | null
      }[]
    | null
}

/** The library fills in empty members, which mean the same as none. */
export function policyFrom({ etag, annotations, rules }: WirePolicy): DenyPolicy {
  return {
    etag: etag ?? '',
    annotations: annotations ?? {},
    rules: (rules ?? []).flatMap(({ description, denyRule }): RuleFor[] => {
      if (!denyRule) return []
      const { exceptionPrincipals, exceptionPermissions, denialCondition } = denyRule
      return [
        {
          principals: [...(denyRule.deniedPrincipals ?? [])].sort(),
          permissions: [...(denyRule.deniedPermissions ?? [])].sort(),
          ...(exceptionPrincipals?.length ? { exceptionPrincipals: [...exceptionPrincipals].sort() } : {}),
          ...(exceptionPermissions?.length ? { exceptionPermissions: [...exceptionPermissions].sort() } : {}),
          ...(denialCondition ? { condition: { ...denialCondition } as Json } : {}),
          ...(description ? { description } : {}),
        },
      ]
    }),
  }
}
