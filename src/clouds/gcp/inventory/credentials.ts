import { Fault, toFault } from '../../../model/fault.ts'
import type { Identity } from '../../../model/identity.ts'
import type { CredentialGap } from '../../../model/provider.ts'
import type { GcpClient } from '../client.ts'
import { apiKeys } from './api-keys.ts'
import { hmacKeys } from './hmac-keys.ts'
import { keyIdentity, listKeys } from './keys.ts'
import type { Uses } from './usage.ts'

const NO_USES: Uses = new Map()

/**
 * All credentials that a service account has now; one that is deleted has none. A listing that is refused is handed to
 * `gap` and costs its own kind; without `gap` the Fault is thrown.
 *
 * @param kinds those that are listed; absent: all
 */
export async function credentialsOf(
  client: GcpClient,
  email: string,
  gap?: (gap: CredentialGap) => void,
  kinds?: readonly string[],
): Promise<Identity[]> {
  const listings: [kind: string, list: () => AsyncIterable<Identity> | Promise<Identity[]>][] = [
    ['service-account-key', () => keysOf(client, email)],
    ['hmac-key', () => hmacKeys(client, email)],
    ['api-key', () => apiKeys(client)],
  ]
  const found = await Promise.all(
    listings.map(async ([kind, list]) => {
      const own: Identity[] = []
      if (kinds?.includes(kind) === false) return own
      try {
        for await (const each of await list()) if (each.facts.serviceAccount === email) own.push(each)
      } catch (error) {
        const { code, message } = toFault(error)
        if (code === 'gone') return []
        if (!gap || !['denied', 'unsupported', 'rejected'].includes(code)) throw error
        gap({ kind, because: message })
      }
      return own
    }),
  )
  return found.flat()
}

async function keysOf(client: GcpClient, email: string): Promise<Identity[]> {
  const now = client.timing.date()
  return (await listKeys(client, email)).map(key => keyIdentity(client, email, key, NO_USES, now))
}

/** A name from a plan or a journal, before it is put into a path. @throws Fault */
export function emailOf({ name }: Identity): string {
  if (/^[^\s/@%?#]+@[a-z0-9.-]+$/i.test(name)) return name
  throw new Fault('invalid-input', `not the address of a service account: ${name}`)
}
