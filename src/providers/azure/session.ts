import type { Session } from '../../model/provider.ts'
import { manual } from './advice.ts'
import { graphRead } from './asking.ts'
import { whoAmI } from './caller.ts'
import { rights } from './capabilities.ts'
import type { AzureClient } from './client.ts'
import { credentialsOf } from './credentials.ts'
import { dependentsOf } from './dependents.ts'
import { doubts } from './doubts.ts'
import { Grants } from './grants.ts'
import { inventory } from './inventory.ts'
import { newcomers } from './newcomers.ts'
import { sparesFor } from './spares.ts'

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
  const warnings = [...me.warnings]
  const warn = (message: string) => {
    if (!warnings.some(each => each.message === message)) warnings.push({ message, refuse: false })
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
    spares: sparesFor(me, id => grants.lastAdministratorOf(id)),
    doubts,
    rights: permissions => rights(client, permissions),
    manual,
    warnings,
    clockOffset: () => client.clockOffset(),
    calls: () => client.calls,
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
