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
/** Anything else cannot be the address of one, and is not put into a path. */
const ADDRESS = /^[a-z0-9][a-z0-9._:-]*@[a-z0-9.-]+$/i

/** Addresses of the service accounts that are meant; undefined where something else is meant as well. */
export function addressesIn({ only }: Query): string[] | undefined {
  if (only === undefined || only.length > MOST) return undefined
  const found = only.map(({ kind, name, email }) =>
    kind === 'service-account' ? (name ?? email) : undefined,
  )
  return found.every(each => each !== undefined && ADDRESS.test(each))
    ? [...new Set(found.flatMap(each => each ?? []))]
    : undefined
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
