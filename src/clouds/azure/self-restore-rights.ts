import { Fault, toFault } from '../../model/fault.ts'
import { type Identity, parseIdentityId } from '../../model/identity.ts'
import { isObject } from '../../model/json-object.ts'
import { Answers, perClient } from '../kit/session/per-client.ts'
import type { AzureClient } from './client.ts'
import { graphRead, quoted } from './http/read-requests.ts'
import { Grants } from './inventory/grants.ts'
import { WRITE_OWNED } from './privileged-rights.ts'

/**
 * Names the grants by which the principal of an identity could undo a containment of itself: application permissions of Microsoft
 * Graph, directory roles, and roles in Azure with their scopes, its own and those of its groups. An application and a
 * credential of it are judged by the principal in this tenant. Throws Fault `unsupported` if none was found and something
 * could not be listed.
 *
 * @param listed the grants that the inventory has listed
 */
export async function undoes(client: AzureClient, identity: Identity, listed: Grants): Promise<string[]> {
  const principal = await principalOf(client, identity)
  if (principal === undefined) return []
  const [grants, groups] = await Promise.all([
    listed.isLoaded ? listed : loadedFor(client),
    groupsOf(client, identity, principal),
  ])
  const { powers, unknown } = grants.powersOf([principal, ...(groups ?? [])])
  const own = powers.filter(each => each !== WRITE_OWNED || mayOwnItself(identity, principal))
  if (own.length > 0) return own
  const missing = [...unknown, ...(groups === undefined ? ['its groups'] : [])]
  if (missing.length === 0) return []
  throw new Fault('unsupported', `these credentials may not list ${missing.join(', ')}`, {
    where: identity.id,
    next: 'interdict permissions PLAYBOOK prints what a plan needs',
  })
}

const grantsOf = perClient((_: AzureClient) => new Answers<Grants>())

/** An inventory that no principal was wanted of has listed no grants. */
async function loadedFor(client: AzureClient): Promise<Grants> {
  return await grantsOf(client).once('', async () => {
    const grants = new Grants()
    await grants.load(client, [], async (_, find) => {
      try {
        return await find()
      } catch (error) {
        if (isHidden(error)) return undefined
        throw error
      }
    })
    return grants
  })
}

/** Object id of the principal in this tenant; undefined where there is none. */
async function principalOf(client: AzureClient, identity: Identity): Promise<string | undefined> {
  const { kind, facts, owner } = identity
  if (kind === 'service-principal' || kind === 'managed-identity') return identity.name
  if (kind === 'application' && typeof facts.principal === 'string' && facts.principal !== '') {
    return facts.principal
  }
  const holder = owner === undefined ? undefined : parseIdentityId(owner)
  if (holder?.kind === 'service-principal' || holder?.kind === 'managed-identity') return holder.name
  const application = kind === 'application' ? identity.name : holder?.name
  if (application === undefined || (kind !== 'application' && holder?.kind !== 'application'))
    return undefined
  const { appId } = await client.call<{ appId?: string | null }>(
    graphRead('/v1.0/applications/{id}', { $select: 'id,appId' }, application),
  )
  if (!appId) return undefined
  const query = { $filter: `appId eq ${quoted(appId)}`, $select: 'id' }
  for await (const { id } of client.pages<{ id: string }>(graphRead('/v1.0/servicePrincipals', query))) {
    return id
  }
  return undefined
}

/** Groups of the principal, by object id; undefined where they are hidden. */
async function groupsOf(
  client: AzureClient,
  { facts }: Identity,
  principal: string,
): Promise<string[] | undefined> {
  const known = facts.groups
  if (Array.isArray(known)) {
    return known.flatMap(each => (isObject(each) ? [String(each.id ?? '')] : []))
  }
  try {
    const groups: string[] = []
    const call = graphRead('/v1.0/servicePrincipals/{id}/memberOf', { $select: 'id' }, principal)
    for await (const { id } of client.pages<{ id: string }>(call)) groups.push(id)
    return groups
  } catch (error) {
    if (isHidden(error)) return undefined
    throw error
  }
}

/** It takes the permission to write what one owns, and being an owner; where owners are hidden, it may be one. */
function mayOwnItself({ facts }: Identity, principal: string): boolean {
  const { owners } = facts
  return !Array.isArray(owners) || owners.some(each => String(each).toLowerCase() === principal.toLowerCase())
}

function isHidden(error: unknown): boolean {
  return ['denied', 'unsupported', 'rejected', 'gone'].includes(toFault(error).code)
}
