import type { Json } from '../../../model/json.ts'
import { unlessGone } from '../../kit/http/faults.ts'
import type { AwsClient } from '../client.ts'
import { accountSummary } from './account-summary.ts'
import { sizeOf } from './denials.ts'
import type { Principal } from './principal.ts'

/** Room for what we add. A member is missing where it was not measured. */
export type Headroom = {
  /** Characters of all inline policies, white space not counted. */
  inlineUsed?: number
  inlineQuota?: number
  attachedCount?: number
  attachedQuota?: number
}

/** Whether this text may be added as an inline policy. Room that was not measured counts as enough: the cloud refuses what does not fit. */
export function fitsInline(seen: Json | undefined, text: string): boolean {
  const { inlineUsed, inlineQuota } = headroomOf(seen)
  return inlineUsed === undefined || inlineQuota === undefined || inlineUsed + sizeOf(text) <= inlineQuota
}

export function fitsAttached(seen: Json | undefined): boolean {
  const { attachedCount, attachedQuota } = headroomOf(seen)
  return attachedCount === undefined || attachedQuota === undefined || attachedCount < attachedQuota
}

export function headroomOf(seen: Json | undefined): Headroom {
  if (typeof seen !== 'object' || seen === null || Array.isArray(seen)) return {}
  const found: Headroom = {}
  for (const name of ['inlineUsed', 'inlineQuota', 'attachedCount', 'attachedQuota'] as const) {
    const value = seen[name]
    if (typeof value === 'number') found[name] = value
  }
  return found
}

/** Characters of the inline policies with these names; one that vanishes meanwhile takes no room. */
export async function inlineSize(
  principal: Principal,
  client: AwsClient,
  name: string,
  policies: readonly string[],
): Promise<number> {
  const texts = await Promise.all(policies.map(policy => unlessGone(principal.inline(client, name, policy))))
  return texts.reduce((sum, text) => sum + sizeOf(text ?? ''), 0)
}

/** A quota of the account; the documented default (IAM and AWS STS quotas) where it does not tell us. */
export async function quotaOf(client: AwsClient, name: string, otherwise: number): Promise<number> {
  return (await accountSummary(client))[name] ?? otherwise
}
