import type { Account } from './aws-account.ts'
import type { Entity, Part } from './aws-entities.ts'
import { type Members, text } from './recordings.ts'

/** How an account is served. */
export interface Seat {
  account: Account
  /** Items on a page of a listing; `Infinity` for all. */
  page: number
  /** IAM may send a page that is shorter than asked for and still have more: here the first one is empty. */
  emptyFirst?: boolean
  /** Recorded documents, percent-encoded as IAM sent them. */
  documents: readonly Part<string>[]
}

/** Members of `UserDetail` in the API reference; GetUser says more. */
export function userDetail({ self, inline, attached, groups }: Entity): Members {
  const { PasswordLastUsed: _, ...shown } = self.value
  return {
    ...shown,
    UserPolicyList: (inline?.value ?? []).map(PolicyName => ({ PolicyName })),
    AttachedManagedPolicies: attached?.value ?? [],
    GroupList: (groups?.value ?? []).map(each => text(each, 'GroupName')),
  }
}

/** Members of `RoleDetail`. */
export function roleDetail({ self, inline, attached, profiles }: Entity): Members {
  const { MaxSessionDuration: _, Description: __, ...shown } = self.value
  return {
    ...shown,
    RolePolicyList: (inline?.value ?? []).map(PolicyName => ({ PolicyName })),
    AttachedManagedPolicies: attached?.value ?? [],
    InstanceProfileList: profiles?.value ?? [],
  }
}

/** A page, with the marker of the next one in the letters that IAM's markers have. */
export function pageOf(
  member: string,
  items: readonly unknown[],
  { page, emptyFirst }: Seat,
  { Marker }: { readonly [name: string]: string },
): Members {
  const [offset, isFirst] =
    Marker === undefined ? [0, true] : [Number(Buffer.from(Marker, 'base64').toString()), false]
  const size = isFirst && emptyFirst ? 0 : page
  const next = offset + size
  return next < items.length
    ? {
        [member]: items.slice(offset, next),
        IsTruncated: true,
        Marker: Buffer.from(String(next).padStart(28, '0')).toString('base64'),
      }
    : { [member]: items.slice(offset), IsTruncated: false }
}
