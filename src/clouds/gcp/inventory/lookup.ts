import { toFault } from '../../../model/fault.ts'
import type { Query } from '../../../model/provider.ts'
import { unlessGone } from '../../kit/http/faults.ts'
import type { GcpClient } from '../client.ts'
import { gcpCall } from '../http/call.ts'
import type { Policy } from '../policies/policy.ts'
import { policyCall } from '../policies/resource.ts'
import { accountNamed } from '../settings/settings.ts'
import { type Answered, listAccounts, type ServiceAccount, withId } from './accounts.ts'
import { accountOf, homeOf } from './common-facts.ts'
import type { PolicyOf } from './grants.ts'

/** More than this, and a listing is the shorter way. */
const MOST = 25
/** Ids of keys. */
const KEY = /^[0-9a-f]{40}$/
/** Anything else cannot be the address of one, and is not put into a path. */
const ADDRESS = /^[a-z0-9][a-z0-9._:-]*@[a-z0-9.-]+$/i

/** Service accounts and keys that are meant. */
export interface Meant {
  addresses: string[]
  /** Ids of keys, which Google finds only by the account that they are of. */
  keys: string[]
  /** Addresses at which the keys may be. */
  near: string[]
}

/** Returns the accounts and keys that are meant; undefined where something else is meant as well. */
export function meantIn({ only, near = [] }: Query): Meant | undefined {
  if (only === undefined || only.length > MOST) return undefined
  const [addresses, keys] = [new Set<string>(), new Set<string>()]
  for (const { kind, name, email, keys: key, serviceAccount } of only) {
    const address = kind === 'service-account' ? (name ?? email) : undefined
    const id = kind === 'service-account-key' ? name : kind === 'service-account' ? key : undefined
    if (address !== undefined && ADDRESS.test(address)) addresses.add(address)
    else if (kind === 'service-account-key' && serviceAccount !== undefined && ADDRESS.test(serviceAccount))
      addresses.add(serviceAccount)
    else if (id !== undefined && KEY.test(id)) keys.add(id)
    else return undefined
  }
  const places = near.filter(each => ADDRESS.test(each)).slice(0, MOST)
  return { addresses: [...addresses], keys: [...keys], near: places }
}

/** Facts that only Policy Analyzer tells. */
const USES = ['lastUsed', 'unusedDays', 'neverUsed']

/** Whether somebody looks at when identities were last used. */
export function asksUses({ facts }: Query): boolean {
  return facts === undefined || USES.some(each => facts.includes(each))
}

/** Those of the addresses that the project has; all its accounts where one may not be asked for. */
export async function* accountsAt(
  client: GcpClient,
  addresses: readonly string[] | undefined,
): AsyncGenerator<ServiceAccount> {
  // An address names the project that it is of.
  const here = addresses?.filter(each => homeOf(each, accountOf(client)) === accountOf(client))
  const found = here && (await lookedUp(client, here))
  yield* found ?? listAccounts(client)
}

async function lookedUp(
  client: GcpClient,
  addresses: readonly string[],
): Promise<ServiceAccount[] | undefined> {
  const asked = addresses.map(email =>
    unlessGone(
      client
        .call<Answered>(
          gcpCall('GET', 'iam.projects.serviceAccounts.get', `/v1/${accountNamed(client, email)}`),
        )
        .then(withId),
    ),
  )
  try {
    return (await Promise.all(asked)).flatMap(each => each ?? [])
  } catch (error) {
    if (['denied', 'rejected', 'unsupported'].includes(toFault(error).code)) return undefined
    throw error
  }
}

/** The policy of each asked for by itself, which is as fresh as can be; `otherwise` where that is not permitted. */
export function policyOfEach(client: GcpClient, otherwise: () => Promise<PolicyOf>): PolicyOf {
  let bulk: Promise<PolicyOf> | undefined
  return async account => {
    try {
      const resource = `projects/${client.project}/serviceAccounts/${account.uniqueId}`
      return await client.call<Policy>(policyCall(resource, 'getIamPolicy'))
    } catch (error) {
      const { code } = toFault(error)
      if (code === 'gone') return {}
      if (!['denied', 'rejected', 'unsupported'].includes(code)) throw error
      bulk ??= otherwise()
      return await (await bulk)(account)
    }
  }
}
