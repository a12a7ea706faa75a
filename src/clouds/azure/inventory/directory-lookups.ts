import { Fault } from '../../../model/fault.ts'
import type { AzureCall, AzureClient } from '../client.ts'
import { graphRead } from '../http/read-requests.ts'
import { isFirstParty } from './first-party.ts'
import type { Losses } from './listing-losses.ts'
import type { DirectoryObject, PrincipalRecord } from './records.ts'

/** The questions for each principal by itself. */
export interface Asked {
  agent?: { blueprint: string; created: string | null | undefined }
  groups?: { id: string; name: string }[]
  owners?: string[]
}

/** Groups and owners, by object id. Microsoft's own are many, are never touched, and not asked about. */
export async function askEach(
  client: AzureClient,
  some: readonly PrincipalRecord[],
  losses: Losses,
): Promise<Map<string, Asked>> {
  const records = some.filter(({ appOwnerOrganizationId }) => !isFirstParty(appOwnerOrganizationId))
  const ids = records.map(({ id }) => id)
  const agents = await agentsOf(client, records, losses)
  const found = await askLists<DirectoryObject>(client, ids.flatMap(groupsAndOwners))
  return new Map(
    ids.map((id, at) => {
      const groups = losses
        .of('groups of principals', found[2 * at], { quietly: true })
        ?.filter(each => each['@odata.type'] === GROUP)
      const owners = losses.of('owners of principals', found[2 * at + 1], { quietly: true })
      const agent = agents.get(id)
      return [
        id,
        {
          ...(agent && { agent }),
          ...(groups && { groups: groups.map(group => ({ id: group.id, name: group.displayName ?? '' })) }),
          ...(owners && { owners: owners.map(owner => owner.id) }),
        },
      ]
    }),
  )
}

/** The groups of a principal, and its owners. */
export const groupsAndOwners = (id: string): AzureCall[] => [
  graphRead('/v1.0/servicePrincipals/{id}/memberOf', { $select: 'id,displayName' }, id),
  graphRead('/v1.0/servicePrincipals/{id}/owners', { $select: 'id' }, id),
]

/** The ids of the groups that any of these principals is in; those that are hidden are named where they are shown. */
export async function groupIdsOf(client: AzureClient, ids: readonly string[]): Promise<string[]> {
  const answers = await askLists<DirectoryObject>(client, ids.flatMap(groupsAndOwners))
  const found = answers.flatMap(each => (each instanceof Fault ? [] : each))
  return found.flatMap(each => (each['@odata.type'] === GROUP ? [each.id] : []))
}

const GROUP = '#microsoft.graph.group'

type Agent = NonNullable<Asked['agent']>

/** The blueprint of an agent is on its own type, which a listing of principals does not show. */
async function agentsOf(
  client: AzureClient,
  records: readonly PrincipalRecord[],
  losses: Losses,
): Promise<Map<string, Agent>> {
  const ids = records.flatMap(record =>
    record['@odata.type'] === '#microsoft.graph.agentIdentity' ? [record.id] : [],
  )
  const $select = 'id,agentIdentityBlueprintId,createdDateTime'
  const found = await client.batch<PrincipalRecord>(
    ids.map(id => graphRead('/v1.0/servicePrincipals/microsoft.graph.agentIdentity/{id}', { $select }, id)),
  )
  const agents = new Map<string, Agent>()
  for (const one of found) {
    const each = losses.of('the blueprints of agents', one, { quietly: true })
    if (each)
      agents.set(each.id, { blueprint: each.agentIdentityBlueprintId ?? '', created: each.createdDateTime })
  }
  return agents
}

/**
 * Lists, one for each call, in batches. One that does not end with its first page is read from its beginning, since a
 * batch shows no more.
 */
export async function askLists<Item>(
  client: AzureClient,
  calls: readonly AzureCall[],
): Promise<(Item[] | Fault)[]> {
  const firsts = await client.batch<{ value?: Item[]; '@odata.nextLink'?: string }>(calls)
  return await Promise.all(
    firsts.map(async (first, at) => {
      const call = calls[at]
      if (first instanceof Fault) return first
      if (!first['@odata.nextLink'] || call === undefined) return first.value ?? []
      return await Array.fromAsync(client.pages<Item>(call))
    }),
  )
}
