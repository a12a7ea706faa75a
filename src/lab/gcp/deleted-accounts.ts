import { keyKey, type LiveEstate, resourceKeys } from './estate.ts'
import type { Binding, Key, ServiceAccount } from './store.ts'

/** An account can be undeleted for thirty days (IAM, "Delete and undelete service accounts"). */
const KEPT = 30 * 86_400_000
/** The most deleted accounts that the lab keeps. */
const MOST = 1000

/**
 * Deletes an account with its keys. Its bindings stay, as those of a deleted member: a namesake made later has none of
 * them.
 */
export function deleteAccount(
  estate: LiveEstate,
  account: ServiceAccount,
  keys: readonly Key[],
  now: number,
): void {
  const { email, project, uniqueId } = account
  const policy = estate.policies.get(resourceKeys.account(email))
  for (const [id, { at }] of estate.deletedAccounts) {
    const isMany = estate.deletedAccounts.size >= MOST
    if (isMany || Date.parse(at) + KEPT <= now) estate.deletedAccounts.delete(id)
  }
  estate.deletedAccounts.set(uniqueId, {
    account,
    keys: [...keys],
    ...(policy === undefined ? {} : { policy }),
    at: new Date(now).toISOString(),
  })
  estate.accounts.delete(`${project}/${email}`)
  for (const key of keys) estate.keys.delete(keyKey(key))
  estate.policies.delete(resourceKeys.account(email))
  rename(estate, livingMember(account), deletedMember(account))
}

/** undefined for one that is not there any more. */
export function undeletable(estate: LiveEstate, uniqueId: string, now: number): ServiceAccount | undefined {
  const deleted = estate.deletedAccounts.get(uniqueId)
  return deleted === undefined || Date.parse(deleted.at) + KEPT <= now ? undefined : deleted.account
}

/** Brings a deleted account back, with its keys and bindings. */
export function undeleteAccount(estate: LiveEstate, uniqueId: string): void {
  const deleted = estate.deletedAccounts.get(uniqueId)
  if (deleted === undefined) return
  const { account, keys, policy } = deleted
  estate.deletedAccounts.delete(uniqueId)
  estate.saveAccount(account)
  for (const key of keys) estate.keys.set(keyKey(key), key)
  if (policy !== undefined) estate.policies.set(resourceKeys.account(account.email), policy)
  rename(estate, deletedMember(account), livingMember(account))
}

const livingMember = ({ email }: ServiceAccount) => `serviceAccount:${email}`
const deletedMember = ({ email, uniqueId }: ServiceAccount) =>
  `deleted:serviceAccount:${email}?uid=${uniqueId}`

/** No write of anybody's: etags stay as they are. */
function rename(estate: LiveEstate, from: string, to: string): void {
  const renamed = (binding: Binding): Binding => ({
    ...binding,
    members: binding.members.map(member => (member === from ? to : member)),
  })
  for (const [resource, policy] of [...estate.policies.after(undefined, 'now')]) {
    if (!policy.bindings.some(({ members }) => members.includes(from))) continue
    estate.policies.set(resource, { ...policy, bindings: policy.bindings.map(renamed) })
  }
}
