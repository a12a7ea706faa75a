import type { LiveAzure } from './estate.ts'
import { identityToken, type Login } from './login.ts'
import { type Found, Problem } from './wire.ts'

/**
 * `GET /metadata/identity/oauth2/token`: what a virtual machine asks its host. Which one asks is in the header
 * `x-lab-resource`. A host keeps a token for a day, so it keeps returning it even after a change of the principal
 * (Microsoft Entra documentation, "Managed identities: token caching").
 * @throws Problem
 */
export function metadataToken(
  login: Login,
  kept: Map<string, { until: number; found: Found }>,
  query: URLSearchParams,
  headers: { readonly [name: string]: string | undefined },
): Found {
  if (headers['metadata'] !== 'true')
    throw new Problem(400, 'bad_request_102', 'Required metadata header not specified')
  const resource = query.get('resource') ?? ''
  const host = headers['x-lab-resource'] ?? ''
  const { principal, id } = principalOf(login, host, query.get('client_id'))
  const key = `${host.toLowerCase()} ${principal.id} ${resource}`
  const before = kept.get(key)
  if (before !== undefined && before.until > login.clock.ms()) return before.found
  const found = identityToken(login, principal, resource, id)
  kept.set(key, { until: login.clock.ms() + 23 * 3_600_000, found })
  return found
}

/** @throws Problem when the resource has no such identity */
function principalOf({ estate, enforced }: Login, host: string, clientId: string | null) {
  const identity = estate.resources.get(host.toLowerCase(), enforced)?.identity ?? undefined
  const assigned = (identity?.userAssignedIdentities ?? []).flatMap(id => known(estate, id))
  const system =
    clientId === null ? estate.servicePrincipals.get(identity?.principalId ?? '', enforced) : undefined
  if (system !== undefined) return { principal: system, id: host }
  const found = clientId === null ? assigned[0] : assigned.find(each => each.clientId === clientId)
  const principal = estate.servicePrincipals.get(found?.principalId ?? '', enforced)
  if (found === undefined || principal === undefined)
    throw new Problem(400, 'invalid_request', 'Identity not found')
  return { principal, id: found.id }
}

function known(estate: LiveAzure, id: string) {
  const found = estate.identities.get(id.toLowerCase())
  return found === undefined ? [] : [found]
}
