import { z } from 'zod'
import { entryOf, withEntries } from '../../../model/facet.ts'
import { Fault } from '../../../model/fault.ts'
import type { Identity } from '../../../model/identity.ts'
import type { Interruption } from '../../../model/interruption.ts'
import { type Json, same } from '../../../model/json.ts'
import { unlessGone } from '../../kit/http/faults.ts'
import type { AzureClient } from '../client.ts'
import {
  armCall,
  FEDERATED_DELETE,
  FEDERATED_READ,
  FEDERATED_WRITE,
  RIGHTS_READ,
  VERSIONS,
} from '../settings/arm.ts'
import { ownedName, ownerOf } from '../settings/credential-owner.ts'
import { APPLICATION_READ, APPLICATION_WRITE, graphCall, quoted } from '../settings/graph.ts'
import { isThere } from '../settings/missing-objects.ts'
import { lacksAtGraph, lacksInAzure } from '../settings/restore-rights.ts'

/** Only this version shows, and takes, an expression in place of the subject. */
const ON_APPLICATION = '/beta/applications/{id}/federatedIdentityCredentials'

interface Trust {
  name?: string | null
  issuer?: string | null
  subject?: string | null
  audiences?: string[] | null
  description?: string | null
  claimsMatchingExpression?: { value: string; languageVersion: number } | null
}

const KEPT = ['issuer', 'subject', 'audiences', 'description', 'claimsMatchingExpression'] as const

/** All that makes it again; what is not set is left out. */
function kept(trust: Trust): Json {
  const value: { [name: string]: Json } = {}
  for (const name of KEPT) {
    const member = trust[name]
    if (member === undefined || member === null) continue
    value[name] = name === 'claimsMatchingExpression' ? expression(trust) : (member as Json)
  }
  return value
}

function expression({ claimsMatchingExpression: found }: Trust): Json {
  return found ? { value: found.value, languageVersion: found.languageVersion } : null
}

/**
 * Tokens of this issuer and subject are no longer taken. It is removed and made again: Entra has no switch for one. The
 * directory has it under the same name.
 */
export const federatedCredentialDisable: Interruption<AzureClient, Record<string, never>> = {
  id: 'azure.federated-credential.disable',
  summary: 'Remove the trust in the other issuer’s tokens',
  verbs: ['disable'],
  on: ['federated-credential'],
  leaves:
    'tokens that were exchanged before, until they expire; the other credentials of the application or identity',
  reversal: {
    kind: 'equivalent',
    differs:
      'a credential of an application comes back under the same name with a new id, which sign-in logs and detections show; one of a managed identity is the same again',
  },
  permissions: {
    read: [APPLICATION_READ, FEDERATED_READ, RIGHTS_READ],
    cut: [APPLICATION_WRITE, FEDERATED_DELETE],
    restore: [APPLICATION_WRITE, FEDERATED_WRITE],
  },
  params: z.strictObject({}),
  example: {},
  refuse: (_, { identity }) =>
    ownerOf(identity).on === 'service-principal'
      ? 'it is on a service principal itself, where Microsoft Graph documents no way to put it back'
      : undefined,
  async read(client, { identity }) {
    const trusts = await unlessGone(all(client, identity))
    if (!trusts) return undefined
    const found = trusts.find(({ name }) => name === ownedName(identity))
    // Under a new id it is the same again: what it says is compared, entry by entry.
    return { uid: identity.uid, facet: withEntries({}, [['trust', found && kept(found)]]) }
  },
  cut: facet => withEntries(facet, [['trust', undefined]]),
  async write(client, from, to, { identity }) {
    const wanted = entryOf(to, 'trust')
    if (same(wanted, entryOf(from, 'trust'))) return
    if (wanted === undefined) await unlessGone(remove(client, identity))
    else await put(client, identity, wanted as { [name: string]: Json })
  },
  horizon: () => 0,
  // "Workload identity federation": minutes, in both directions; what is asked for meanwhile may be refused once more.
  settles: 300,
  async oneWay(client, { identity }) {
    const { on, resource } = ownerOf(identity)
    return on === 'managed-identity'
      ? await lacksInAzure(client, [resource], [FEDERATED_WRITE])
      : await lacksAtGraph(client, [APPLICATION_WRITE])
  },
}

async function all(client: AzureClient, identity: Identity): Promise<Trust[]> {
  const { on, objectId, resource } = ownerOf(identity)
  if (on !== 'managed-identity') {
    return await Array.fromAsync(client.pages<Trust>(graphCall('GET', ON_APPLICATION, [objectId])))
  }
  const id = `${resource}/federatedIdentityCredentials`
  const items = await Array.fromAsync(
    client.pages<{ name: string; properties: Trust }>(
      armCall('GET', FEDERATED_READ, id, VERSIONS.identities),
    ),
  )
  return items.map(({ name, properties }) => ({ ...properties, name }))
}

async function remove(client: AzureClient, identity: Identity): Promise<void> {
  const { on, objectId, resource } = ownerOf(identity)
  const name = ownedName(identity)
  if (on === 'managed-identity') {
    const id = `${resource}/federatedIdentityCredentials/${name}`
    await client.call(armCall('DELETE', FEDERATED_DELETE, id, VERSIONS.identities))
  } else {
    await client.call(graphCall('DELETE', `${ON_APPLICATION}/{id}`, [objectId, name]))
  }
}

async function put(client: AzureClient, identity: Identity, trust: { [name: string]: Json }): Promise<void> {
  const { on, objectId, resource } = ownerOf(identity)
  const name = ownedName(identity)
  if (on === 'managed-identity') {
    const id = `${resource}/federatedIdentityCredentials/${name}`
    const { issuer = null, subject = null, audiences = null } = trust
    const body = { properties: { issuer, subject, audiences } }
    await client.call(armCall('PUT', FEDERATED_WRITE, id, VERSIONS.identities, { body }))
    return
  }
  // A member that was not set is null: one that somebody made meanwhile under this name is overwritten, expression and all.
  const body = Object.fromEntries(KEPT.map(each => [each, trust[each] ?? null]))
  try {
    await client.call({
      ...graphCall('PATCH', `${ON_APPLICATION}/{id}`, [objectId, name], { body, repeatable: true }),
      path: `${graphCall('GET', ON_APPLICATION, [objectId]).path}(name=${encodeURIComponent(quoted(name))})`,
      headers: { prefer: 'create-if-missing' },
    })
  } catch (error) {
    if (!isThere(error)) throw error
    throw new Fault('rejected', 'another credential trusts the same issuer and subject already', {
      where: identity.id,
      next: 'delete it and restore again, or leave this entry as it is',
      cause: error,
    })
  }
}
