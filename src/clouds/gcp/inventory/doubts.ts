import type { Identity } from '../../../model/identity.ts'
import { allDoubts, NOT_KNOWN, youngBecause } from '../../../model/spare-doubts.ts'
import type { GcpClient } from '../client.ts'
import { mayUse } from '../settings/troubleshoot.ts'

/** The members that `serviceAccounts.patch` writes. The address itself never changes. */
const MARKS: { readonly [member: string]: string } = {
  description: 'this description',
  displayName: 'this name',
}

/**
 * Says why a description or a name that spares a service account is not to be relied on: by Policy Troubleshooter the account
 * may write it itself (`iam.serviceAccounts.update` on its project). Google dates neither.
 */
export function doubtsOf(
  client: GcpClient,
): (identity: Identity, reads: readonly string[], now: number) => Promise<string | undefined> {
  return async (identity, reads, now) => {
    const marks = [...new Set(reads)].flatMap(member => MARKS[member] ?? [])
    if (identity.kind !== 'service-account' || marks.length === 0) return youngBecause(identity, now)
    const may = await mayUse(client, identity.name, 'iam.serviceAccounts.update')
    return allDoubts([
      may === true ? `it may write ${marks.join(' and ')} itself` : undefined,
      may === undefined ? NOT_KNOWN : undefined,
      youngBecause(identity, now),
    ])
  }
}
