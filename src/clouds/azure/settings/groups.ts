import { unlessGone } from '../../kit/http/faults.ts'
import type { AzureClient } from '../client.ts'
import { graphCall } from './graph.ts'
import { ifMissing, isThere } from './missing-objects.ts'

interface Member {
  '@odata.type'?: string
  id: string
}

interface Group {
  id: string
  displayName?: string | null
  groupTypes?: string[] | null
  membershipRule?: string | null
  onPremisesSyncEnabled?: boolean | null
  isAssignableToRole?: boolean | null
}

/** Memberships that may be taken away and given again, as entries `group/<id>`, with the groups' names. */
export async function readGroups(
  client: AzureClient,
  principal: string,
): Promise<{ groups: { id: string; name: string }[]; left: string[] }> {
  const found = await Promise.all(
    (await membershipsOf(client, principal)).map(id =>
      unlessGone(client.call<Group>(graphCall('GET', '/v1.0/groups/{id}', [id], { query }))),
    ),
  )
  const groups: { id: string; name: string }[] = []
  const left: string[] = []
  for (const group of found) {
    if (!group) continue
    const name = group.displayName ?? group.id
    const because = notOurs(group)
    if (because) left.push(`group ${name}, ${because}`)
    else groups.push({ id: group.id, name })
  }
  return { groups: groups.sort((a, b) => (a.id < b.id ? -1 : 1)), left: left.sort() }
}

/** Ids of the groups that a principal is a member of. */
export async function membershipsOf(client: AzureClient, principal: string): Promise<string[]> {
  const members = await Array.fromAsync(
    client.pages<Member>(graphCall('GET', '/v1.0/servicePrincipals/{id}/memberOf', [principal])),
  )
  return members.filter(each => each['@odata.type'] === '#microsoft.graph.group').map(({ id }) => id)
}

/** The facts that decide whether a membership can be changed. */
const query = {
  $select: 'id,displayName,groupTypes,membershipRule,onPremisesSyncEnabled,isAssignableToRole',
}

function notOurs(group: Group): string | undefined {
  if (group.groupTypes?.includes('DynamicMembership') || group.membershipRule) {
    return 'whose members a rule decides'
  }
  if (group.onPremisesSyncEnabled === true) return 'which is kept on premises'
  if (group.isAssignableToRole === true) return 'which can hold directory roles'
  return undefined
}

export async function leaveGroup(client: AzureClient, principal: string, group: string): Promise<void> {
  await unlessGone(
    client.call(graphCall('DELETE', '/v1.0/groups/{id}/members/{id}/$ref', [group, principal])),
  )
}

export async function joinGroup(client: AzureClient, principal: string, group: string): Promise<void> {
  try {
    await client.call(
      graphCall('POST', '/v1.0/groups/{id}/members/$ref', [group], {
        body: { '@odata.id': `${client.graph}/v1.0/directoryObjects/${principal}` },
        repeatable: true,
      }),
    )
  } catch (error) {
    if (isThere(error)) return
    throw ifMissing(error, `membership of group ${group}`)
  }
}
