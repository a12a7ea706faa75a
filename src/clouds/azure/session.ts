import type { Session } from '../../model/provider.ts'
import { manual } from './advice.ts'
import { rights } from './capabilities.ts'
import type { AzureClient } from './client.ts'
import { graphRead } from './http/read-requests.ts'
import { credentialsOf } from './inventory/credentials.ts'
import { dependentsOf } from './inventory/dependents.ts'
import { doubts } from './inventory/doubts.ts'
import { Grants } from './inventory/grants.ts'
import { inventory } from './inventory/inventory.ts'
import type { Warn } from './inventory/listing-losses.ts'
import { newcomers } from './inventory/newcomers.ts'
import { sparesFor } from './inventory/spares.ts'
import { undoes } from './self-restore-rights.ts'
import { whoAmI } from './sign-in/caller.ts'

/**
 * A session of a tenant that we are signed in to.
 *
 * @param endpoint where the calls go, when it is not the cloud’s own
 */
export async function openSession(
  client: AzureClient,
  endpoint: string | undefined,
): Promise<Session<AzureClient>> {
  const [me, alias] = await Promise.all([whoAmI(client), aliasOf(client)])
  let grants = new Grants()
  const loaded = (newest: Grants) => {
    grants = newest
  }
  const warnings: Session['warnings'] = [...me.warnings]
  const warn: Warn = (message, missing = []) => {
    // The reason has the id of the request in it, which is another one each time.
    const what = message.slice(0, message.indexOf(' could not be read: '))
    if (warnings.some(each => each.message.startsWith(`${what} could not be read: `))) return
    warnings.push({ message, refuse: false, ...(missing.length > 0 ? { missing } : {}) })
  }
  return {
    cloud: 'azure',
    account: client.tenant,
    ...(alias === undefined ? {} : { alias }),
    caller: me.caller,
    ...(endpoint === undefined ? {} : { endpoint }),
    client,
    inventory: (query, tell) => inventory(client, query, tell, warn, loaded),
    credentials: (owner, gap) => credentialsOf(client, owner, gap),
    newcomers: since => newcomers(client, since),
    dependents: dependentsOf(client),
    spares: sparesFor(me, {
      lastAdministratorOf: id => grants.lastAdministratorOf(id),
      undecided: () => grants.undecided,
    }),
    doubts,
    rights: permissions => rights(client, permissions),
    undoes: identity => undoes(client, identity, grants),
    manual,
    warnings,
    clockOffset: () => client.clockOffset(),
    calls: () => client.tally.operations,
    purposes: () => client.tally.purposes,
    // Idle connections of Azure's pipeline hold nothing open.
    close: async () => undefined,
  }
}

/** The tenant’s name; for display only, so that a lacking permission is no reason to stop. */
async function aliasOf(client: AzureClient): Promise<string | undefined> {
  const call = graphRead('/v1.0/organization', { $select: 'id,displayName' })
  const { value = [] } = await client
    .call<{ value?: { displayName?: string | null }[] }>(call)
    .catch(() => ({ value: [] }))
  return value[0]?.displayName ?? undefined
}
