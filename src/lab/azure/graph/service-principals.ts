import type { ServicePrincipal } from '../store.ts'
import { Problem } from '../wire.ts'
import { allow } from './app-management.ts'
import {
  objects,
  PRINCIPAL_WRITABLE,
  patched,
  selectsKeys,
  shownWithCredentials,
  thePrincipal,
  withoutPassword,
} from './objects.ts'
import {
  bad,
  type GraphCall,
  type GraphRoute,
  notFound,
  one,
  oneOf,
  page,
  READ_APPLICATIONS,
  referenceOf,
  WRITE_APPLICATIONS,
} from './route.ts'

function save({ estate }: GraphCall, principal: ServicePrincipal): void {
  estate.servicePrincipals.set(principal.id, principal)
}

const get = (call: GraphCall) =>
  one(call, 'servicePrincipal', shownWithCredentials(thePrincipal(call), selectsKeys(call)))

const update = (call: GraphCall) => {
  const principal = thePrincipal({ ...call, view: 'now' })
  if (
    principal.servicePrincipalType === 'ManagedIdentity' &&
    !call.estate.fixed.switches.managedIdentityPatch
  ) {
    throw new Problem(
      403,
      'Authorization_RequestDenied',
      'Service principals of managed identities cannot be updated or modified directly.',
    )
  }
  const patch = patched(principal, call.body, PRINCIPAL_WRITABLE)
  for (const added of patch.keyCredentials.filter(each => !principal.keyCredentials.includes(each)))
    allow(call.estate, 'servicePrincipals', principal, 'keyCredentials', added)
  save(call, patch)
  return {}
}

const owned = (call: GraphCall) => thePrincipal(call).id

/** Agents and blueprint principals, in both forms in which Microsoft writes the address. */
function cast(
  type: string,
  read: readonly (readonly string[])[],
  write: readonly (readonly string[])[],
): GraphRoute[] {
  const typed = (call: GraphCall) => {
    const principal = thePrincipal({ ...call, view: 'now' })
    if (principal['@odata.type'] !== `#${type}`) throw notFound(principal.id)
  }
  const templates = [`/servicePrincipals/${type}/{id}`, `/servicePrincipals/{id}/${type}`]
  return templates.flatMap(template => [
    {
      method: 'GET',
      template,
      permissions: read,
      run: (call: GraphCall) => {
        typed(call)
        return get(call)
      },
    },
    {
      method: 'PATCH',
      template,
      permissions: write,
      writes: true as const,
      guard: (call: GraphCall) => {
        typed(call)
        manages(call)
        onlyToggles(call)
      },
      run: update,
    },
  ])
}

/** A blueprint may change its own agents and nobody else's. */
function manages(call: GraphCall): void {
  const { roles, appid } = call.claims
  if (roles.some(role => /^AgentIdentity\w*\.(?:EnableDisable|ReadWrite)\.All$/.test(role))) return
  if (thePrincipal(call).agentIdentityBlueprintId === appid) return
  throw new Problem(403, 'Authorization_RequestDenied', 'Insufficient privileges to complete the operation.')
}

function onlyToggles({ claims: { roles }, body }: GraphCall): void {
  const more = roles.some(role => /ReadWrite\.All$|CreateAsManager$/.test(role))
  if (more || Object.keys(body).every(name => name === 'accountEnabled')) return
  throw new Problem(403, 'Authorization_RequestDenied', 'Insufficient privileges to complete the operation.')
}

export const servicePrincipals: readonly GraphRoute[] = [
  {
    method: 'GET',
    template: '/servicePrincipals',
    permissions: READ_APPLICATIONS,
    run: call =>
      page(call, {
        type: 'servicePrincipal',
        *after(marker) {
          for (const [key, each] of call.estate.servicePrincipals.after(marker, call.view)) {
            yield [key, shownWithCredentials(each, false)]
          }
        },
      }),
  },
  ...cast(
    'microsoft.graph.agentIdentity',
    oneOf('AgentIdentity.Read.All', 'AgentIdentity.ReadWrite.All'),
    oneOf('AgentIdentity.EnableDisable.All', 'AgentIdentity.ReadWrite.All', 'AgentIdentity.CreateAsManager'),
  ),
  ...cast(
    'microsoft.graph.agentIdentityBlueprintPrincipal',
    oneOf('AgentIdentityBlueprintPrincipal.Read.All', 'AgentIdentityBlueprintPrincipal.ReadWrite.All'),
    oneOf(
      'AgentIdentityBlueprintPrincipal.EnableDisable.All',
      'AgentIdentityBlueprintPrincipal.ReadWrite.All',
    ),
  ),
  { method: 'GET', template: '/servicePrincipals/{id}', permissions: READ_APPLICATIONS, run: get },
  { method: 'GET', template: '/servicePrincipals(appId={value})', permissions: READ_APPLICATIONS, run: get },
  {
    method: 'PATCH',
    template: '/servicePrincipals/{id}',
    permissions: WRITE_APPLICATIONS,
    writes: true,
    run: update,
  },
  {
    method: 'PATCH',
    template: '/servicePrincipals(appId={value})',
    permissions: WRITE_APPLICATIONS,
    writes: true,
    owned,
    run: update,
  },
  {
    method: 'POST',
    template: '/servicePrincipals/{id}/removePassword',
    permissions: WRITE_APPLICATIONS,
    writes: true,
    run: call => {
      const principal = thePrincipal(call)
      save(call, { ...principal, passwordCredentials: withoutPassword(principal, call.body) })
      return {}
    },
  },
  {
    method: 'GET',
    template: '/servicePrincipals/{id}/owners',
    permissions: READ_APPLICATIONS,
    run: call => {
      const { owners } = thePrincipal(call)
      return page(call, { type: 'directoryObject', after: marker => objects(call.estate, owners, marker) })
    },
  },
  {
    method: 'POST',
    template: '/servicePrincipals/{id}/owners/$ref',
    permissions: WRITE_APPLICATIONS,
    writes: true,
    run: call => {
      const principal = thePrincipal(call)
      const owner = referenceOf(call.body)
      if (principal.owners.includes(owner)) {
        throw bad(
          "One or more added object references already exist for the following modified properties: 'owners'.",
        )
      }
      save(call, { ...principal, owners: [...principal.owners, owner] })
      return {}
    },
  },
  {
    method: 'DELETE',
    template: '/servicePrincipals/{id}/owners/{id}/$ref',
    permissions: WRITE_APPLICATIONS,
    writes: true,
    run: call => {
      const principal = thePrincipal(call)
      const { id2: owner = '' } = call.params
      if (!principal.owners.includes(owner)) throw notFound(owner)
      save(call, { ...principal, owners: principal.owners.filter(each => each !== owner) })
      return {}
    },
  },
  ...(['memberOf', 'transitiveMemberOf'] as const).map(
    (which): GraphRoute => ({
      method: 'GET',
      template: `/servicePrincipals/{id}/${which}`,
      permissions: READ_APPLICATIONS,
      run: call => {
        const { id } = thePrincipal(call)
        const all = call.estate.groupsOf(id, call.view)
        const direct = all.filter(group => call.estate.groups.get(group, call.view)?.members.includes(id))
        const ids = which === 'memberOf' ? direct : all
        return page(call, { type: 'directoryObject', after: marker => objects(call.estate, ids, marker) })
      },
    }),
  ),
  {
    method: 'GET',
    template: '/servicePrincipals/{id}/ownedObjects',
    permissions: READ_APPLICATIONS,
    run: call => {
      const { id } = thePrincipal(call)
      const { applications, servicePrincipals: principals } = call.estate
      const ids = [...applications.values(), ...principals.values()]
        .filter(({ owners }) => owners.includes(id))
        .map(each => each.id)
      return page(call, { type: 'directoryObject', after: marker => objects(call.estate, ids, marker) })
    },
  },
  {
    method: 'GET',
    template: '/servicePrincipals/{id}/federatedIdentityCredentials',
    permissions: READ_APPLICATIONS,
    run: call => {
      thePrincipal(call)
      return page(call, { type: 'federatedIdentityCredential', after: () => [] })
    },
  },
]
