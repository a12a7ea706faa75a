import type { IdentityCredential, UserAssignedIdentity } from '../store.ts'
import { Problem } from '../wire.ts'
import { type ArmCall, type ArmRoute, armPage, propertiesOf, textIn } from './route.ts'

const TYPE = 'Microsoft.ManagedIdentity/userAssignedIdentities'
const GROUP = '/subscriptions/[^/]+(?:/resourceGroups/[^/]+)?'
const ONE = `(?<scope>/subscriptions/[^/]+/resourceGroups/[^/]+/providers/${TYPE.replace('.', '\\.')}/[^/]+)`
const VERSIONS = /^(?:2024-11-30|2023-01-31|2022-01-31-preview)$/
/** Each application and managed identity takes so many (Microsoft Entra documentation, "Important considerations"). */
const MOST = 20

export function shownIdentity(
  { id, location, tags, principalId, clientId }: UserAssignedIdentity,
  tenantId: string,
) {
  return {
    id,
    name: id.split('/').at(-1),
    type: TYPE,
    location,
    tags,
    properties: { tenantId, principalId, clientId },
  }
}

function the(call: ArmCall, view = call.view): UserAssignedIdentity {
  const id = call.params['scope'] ?? ''
  const found = call.estate.identities.get(id.toLowerCase(), view)
  if (found === undefined) throw new Problem(404, 'ResourceNotFound', `The Resource '${id}' was not found.`)
  return found
}

function shown({ id }: UserAssignedIdentity, { name, ...properties }: IdentityCredential) {
  return {
    id: `${id}/federatedIdentityCredentials/${name}`,
    name,
    type: `${TYPE}/federatedIdentityCredentials`,
    properties,
  }
}

function credentialOf(call: ArmCall, identity: UserAssignedIdentity): IdentityCredential | undefined {
  return identity.federatedCredentials.find(({ name }) => name === call.params['name'])
}

function save({ estate }: ArmCall, identity: UserAssignedIdentity): void {
  estate.identities.set(identity.id.toLowerCase(), identity)
}

const CREDENTIAL = `^${ONE}/federatedIdentityCredentials/(?<name>[^/]+)$`

export const identities: readonly ArmRoute[] = [
  {
    method: 'GET',
    pattern: new RegExp(`^(?<scope>${GROUP})/providers/${TYPE.replace('.', '\\.')}$`, 'i'),
    action: `${TYPE}/read`,
    versions: VERSIONS,
    run: call => {
      const scope = `${call.params['scope'] ?? ''}/`.toLowerCase()
      const { id } = call.estate.fixed.tenant
      const entries = [...call.estate.identities.after(undefined, call.view)]
        .filter(([key]) => key.startsWith(scope))
        .map(([key, each]) => [key, shownIdentity(each, id)] as const)
      return armPage(call, entries)
    },
  },
  {
    method: 'GET',
    pattern: new RegExp(`^${ONE}$`, 'i'),
    action: `${TYPE}/read`,
    versions: VERSIONS,
    run: call => ({ body: shownIdentity(the(call), call.estate.fixed.tenant.id) }),
  },
  {
    method: 'GET',
    pattern: new RegExp(`^${ONE}/federatedIdentityCredentials$`, 'i'),
    action: `${TYPE}/federatedIdentityCredentials/read`,
    versions: VERSIONS,
    run: call => {
      const identity = the(call)
      const all = identity.federatedCredentials.toSorted((a, b) => (a.name < b.name ? -1 : 1))
      return armPage(
        call,
        all.map(each => [each.name, shown(identity, each)] as const),
      )
    },
  },
  {
    method: 'GET',
    pattern: new RegExp(CREDENTIAL, 'i'),
    action: `${TYPE}/federatedIdentityCredentials/read`,
    versions: VERSIONS,
    run: call => {
      const identity = the(call)
      const credential = credentialOf(call, identity)
      if (credential === undefined) {
        throw new Problem(
          404,
          'NotFound',
          `The federated identity credential '${call.params['name'] ?? ''}' was not found.`,
        )
      }
      return { body: shown(identity, credential) }
    },
  },
  {
    method: 'PUT',
    pattern: new RegExp(CREDENTIAL, 'i'),
    action: `${TYPE}/federatedIdentityCredentials/write`,
    versions: VERSIONS,
    writes: true,
    run: call => {
      const identity = the(call, 'now')
      const before = credentialOf(call, identity)
      const properties = propertiesOf(call)
      const { audiences } = properties
      const made: IdentityCredential = {
        name: call.params['name'] ?? '',
        issuer: textIn(properties, 'issuer') ?? '',
        subject: textIn(properties, 'subject') ?? '',
        audiences: Array.isArray(audiences) ? audiences.map(String) : [],
      }
      if (made.issuer === '' || made.subject === '' || made.audiences.length !== 1) {
        throw new Problem(400, 'BadRequest', 'issuer, subject and one audience are needed.')
      }
      const others = identity.federatedCredentials.filter(each => each !== before)
      if (others.length >= MOST)
        throw new Problem(
          400,
          'BadRequest',
          `Too many federated identity credentials, the maximum is ${MOST}.`,
        )
      if (others.some(each => each.issuer === made.issuer && each.subject === made.subject)) {
        throw new Problem(
          409,
          'Conflict',
          'Issuer and subject combination already exists for this managed identity.',
        )
      }
      save(call, { ...identity, federatedCredentials: [...others, made] })
      return { status: before === undefined ? 201 : 200, body: shown(identity, made) }
    },
  },
  {
    method: 'DELETE',
    pattern: new RegExp(CREDENTIAL, 'i'),
    action: `${TYPE}/federatedIdentityCredentials/delete`,
    versions: VERSIONS,
    writes: true,
    run: call => {
      const identity = the(call, 'now')
      const credential = credentialOf(call, identity)
      if (credential === undefined) return { status: 204 }
      const left = identity.federatedCredentials.filter(each => each !== credential)
      save(call, { ...identity, federatedCredentials: left })
      return { status: 200 }
    },
  },
]
