import type { Identity } from '../../../model/identity.ts'
import { currentAsking } from '../../../model/purpose.ts'
import { unlessGone } from '../../kit/http/faults.ts'
import type { GcpClient } from '../client.ts'
import { gcpCall } from '../http/call.ts'
import { accountNamed, accountResource } from './settings.ts'

/** The members that are read of a service account. */
export interface ServiceAccount {
  uniqueId?: string
  email?: string
  disabled?: boolean
}

/**
 * By its unique id and its real project: with `-` for the project, one that is not there would be answered as one that
 * is not ours (IAM API reference, "projects.serviceAccounts.get"). `undefined` when it is gone.
 */
export async function serviceAccount(
  client: GcpClient,
  identity: Identity,
): Promise<ServiceAccount | undefined> {
  // A plan has looked it up by its address a moment ago. The id in the answer tells another account of the same name.
  const isPlan = currentAsking().purpose === 'plan'
  const resource = isPlan ? accountNamed(client, identity.name) : accountResource(client, identity)
  const account = await unlessGone(
    client.call<ServiceAccount>(gcpCall('GET', 'iam.projects.serviceAccounts.get', `/v1/${resource}`)),
  )
  // As the listing has it.
  return account && { ...account, uniqueId: account.uniqueId || account.email || '' }
}

/** `serviceAccount:…`, as allow policies name it. */
export function memberOf({ name }: Identity): string {
  return `serviceAccount:${name}`
}

/** Machines and functions without an account of their own run as these (IAM documentation, "Service account types"). */
export function isDefaultAccount(email: string): boolean {
  return /-compute@developer\.gserviceaccount\.com$|@appspot\.gserviceaccount\.com$/.test(email)
}
