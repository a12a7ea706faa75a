import { randomUUID } from 'node:crypto'
import type { LabClock } from '../clock.ts'
import type { View } from '../propagation.ts'
import { checkAssertion } from './assertion.ts'
import { AUDIENCES, type Audience, audienceOf } from './audiences.ts'
import type { LiveAzure } from './estate.ts'
import type { Application, ServicePrincipal } from './store.ts'
import { mint } from './token.ts'
import { type Found, TokenProblem } from './wire.ts'

const DAY = 86_400
/** The tool under test survives a clock that is moved by days: its tokens are good for ten years. */
const RESPONDER = 10 * 365 * DAY

export interface Login {
  estate: LiveAzure
  clock: LabClock
  /** How the token service sees the directory. */
  enforced: View
}

/**
 * `POST /<tenant>/oauth2/v2.0/token`, grant `client_credentials`.
 * @throws TokenProblem
 */
export function clientCredentials(login: Login, tenant: string, form: URLSearchParams): Found {
  const { estate, clock, enforced } = login
  const { tenant: home } = estate.fixed
  if (tenant !== home.id && tenant !== home.domain) {
    throw new TokenProblem(90002, 'invalid_request', `Tenant '${tenant}' not found.`)
  }
  if (form.get('grant_type') !== 'client_credentials') {
    throw new TokenProblem(70003, 'unsupported_grant_type', 'The app requested an unsupported grant type.')
  }
  const appId = (form.get('client_id') ?? '').toLowerCase()
  const principal = estate.servicePrincipalOf(appId, enforced)
  if (principal === undefined) {
    throw new TokenProblem(
      700016,
      'unauthorized_client',
      `Application with identifier '${appId}' was not found in the directory '${home.displayName}'.`,
    )
  }
  const application = estate.applicationOf(appId, enforced)
  const assertion = form.get('client_assertion')
  if (assertion !== null) {
    checkAssertion({ estate, view: enforced, appId, application, principal, now: clock.ms() }, assertion)
  } else checkSecret(estate, principal, application, form.get('client_secret'))
  enabled(principal, application)
  conditionalAccess(login, principal)
  const resource = (form.get('scope') ?? '').split(' ')[0]?.replace(/\/\.default$/, '') ?? ''
  return issue(login, principal, resource, {
    appidacr: assertion === null ? '1' : '2',
    cp1: /"cp1"/i.test(form.get('claims') ?? ''),
    fmi: form.get('fmi_path') ?? undefined,
  })
}

/** A managed identity's token, as its host gets it. Hosts keep tokens for a day. */
export function identityToken(
  login: Login,
  principal: ServicePrincipal,
  resource: string,
  id: string,
): Found {
  enabled(principal, undefined)
  return issue(login, principal, resource, { appidacr: '2', mirid: id })
}

interface Extras {
  appidacr: string
  cp1?: boolean
  fmi?: string | undefined
  mirid?: string
}

function issue(
  { estate, clock, enforced }: Login,
  principal: ServicePrincipal,
  resource: string,
  extras: Extras,
): Found {
  const audience = audienceOf(resource)
  if (audience === undefined) {
    throw new TokenProblem(
      500011,
      'invalid_resource',
      `The resource principal named ${resource} was not found in the tenant.`,
    )
  }
  const { id: tid } = estate.fixed.tenant
  const seconds = lifetime(estate, principal)
  const now = Math.floor(clock.ms() / 1000)
  const blueprint = principal['@odata.type'] === '#microsoft.graph.agentIdentityBlueprintPrincipal'
  const token = mint({
    aud: audience === 'exchange' ? AUDIENCES.exchange : resource.replace(/\/+$/, ''),
    iss: `https://sts.windows.net/${tid}/`,
    tid,
    appid: principal.appId,
    oid: principal.id,
    iat: now,
    nbf: now,
    exp: now + seconds,
    roles: rolesOf(estate, principal.id, audience, enforced),
    wids: [...estate.directoryAssignments.after(undefined, enforced)]
      .filter(([, each]) => each.principalId === principal.id)
      .map(([, each]) => each.roleDefinitionId),
    groups: estate.groupsOf(principal.id, enforced),
    appidacr: extras.appidacr,
    ...(extras.cp1 === true ? { xms_cc: ['cp1'] } : {}),
    ...(extras.mirid === undefined ? {} : { xms_mirid: extras.mirid }),
    ...(blueprint && extras.fmi !== undefined && audience === 'exchange' ? { fmi: extras.fmi } : {}),
  })
  const shown = Math.min(seconds, DAY)
  return { body: { token_type: 'Bearer', expires_in: shown, ext_expires_in: shown, access_token: token } }
}

/** Between 60 and 90 minutes, the same for the same principal; a day for managed identities. */
function lifetime(estate: LiveAzure, { id, appId, servicePrincipalType }: ServicePrincipal): number {
  if (appId === estate.fixed.responder.clientId) return RESPONDER
  if (servicePrincipalType === 'ManagedIdentity') return DAY
  return 3600 + (Number.parseInt(id.slice(0, 4), 16) % 1800)
}

function rolesOf(estate: LiveAzure, principal: string, audience: Audience, view: View): string[] {
  const resource = estate.servicePrincipalOf(AUDIENCES[audience], view)
  if (resource === undefined) return []
  const roles: string[] = []
  for (const [key, { resourceId, appRoleId }] of estate.appRoleAssignments.after(`${principal}/`, view)) {
    if (!key.startsWith(`${principal}/`)) break
    const role = resource.appRoles.find(({ id, isEnabled }) => id === appRoleId && isEnabled)
    if (resourceId === resource.id && role !== undefined) roles.push(role.value)
  }
  return roles
}

function checkSecret(
  { fixed }: LiveAzure,
  principal: ServicePrincipal,
  application: Application | undefined,
  secret: string | null,
): void {
  const { appId } = principal
  if (secret === null) {
    throw new TokenProblem(
      7000218,
      'invalid_client',
      "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
    )
  }
  const known = [...(application?.passwordCredentials ?? []), ...principal.passwordCredentials]
  const match = known.find(({ secretText }) => secretText === secret)
  if (match !== undefined) {
    if (Date.parse(match.endDateTime) > Date.now()) return
    throw new TokenProblem(
      7000222,
      'invalid_client',
      `The provided client secret keys for app '${appId}' are expired.`,
    )
  }
  if (fixed.outsideSecrets.some(each => each.appId === appId && each.secretText === secret)) return
  throw new TokenProblem(
    7000215,
    'invalid_client',
    `Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '${appId}'.`,
  )
}

function enabled(principal: ServicePrincipal, application: Application | undefined): void {
  if (principal.accountEnabled && application?.isDisabled !== true && principal.isDisabled !== true) return
  throw new TokenProblem(
    7000112,
    'unauthorized_client',
    `Application '${principal.appId}'(${principal.displayName}) is disabled.`,
  )
}

/** Policies for workload identities reach the applications of the tenant itself, and no managed identity. */
function conditionalAccess({ estate, enforced }: Login, { id, ...principal }: ServicePrincipal): void {
  const own =
    principal.appOwnerOrganizationId === estate.fixed.tenant.id &&
    principal.servicePrincipalType === 'Application'
  const agent = principal.servicePrincipalType === 'ServiceIdentity'
  for (const [, { state, conditions, grantControls }] of estate.conditionalAccess.after(
    undefined,
    enforced,
  )) {
    const clients = conditions['clientApplications']
    if (state !== 'enabled' || typeof clients !== 'object' || clients === null || Array.isArray(clients))
      continue
    const listed = (member: string) => {
      const list = clients[member]
      return Array.isArray(list) ? list : []
    }
    const hit =
      (own &&
        (listed('includeServicePrincipals').includes(id) ||
          listed('includeServicePrincipals').includes('ServicePrincipalsInMyTenant')) &&
        !listed('excludeServicePrincipals').includes(id)) ||
      (agent && listed('includeAgentIdServicePrincipals').includes(id))
    const controls = grantControls?.['builtInControls']
    if (hit && Array.isArray(controls) && controls.includes('block')) {
      throw new TokenProblem(
        53003,
        'invalid_grant',
        'Access has been blocked by Conditional Access policies. The access policy does not allow token issuance.',
      )
    }
  }
}

/** `GET /<tenant>/v2.0/.well-known/openid-configuration`. */
export function openidConfiguration(base: string, tenant: string): Found {
  return {
    body: {
      token_endpoint: `${base}/${tenant}/oauth2/v2.0/token`,
      token_endpoint_auth_methods_supported: ['client_secret_post', 'private_key_jwt', 'client_secret_basic'],
      jwks_uri: `${base}/${tenant}/discovery/v2.0/keys`,
      issuer: `${base}/${tenant}/v2.0`,
      authorization_endpoint: `${base}/${tenant}/oauth2/v2.0/authorize`,
      device_authorization_endpoint: `${base}/${tenant}/oauth2/v2.0/devicecode`,
      end_session_endpoint: `${base}/${tenant}/oauth2/v2.0/logout`,
      response_types_supported: ['code', 'id_token', 'code id_token', 'id_token token'],
      subject_types_supported: ['pairwise'],
      id_token_signing_alg_values_supported: ['RS256'],
      claims_supported: ['sub', 'iss', 'aud', 'exp', 'iat'],
    },
  }
}

/** `GET /common/discovery/instance`. */
export function instanceDiscovery(host: string, endpoint: string): Found {
  return {
    headers: { 'x-ms-request-id': randomUUID() },
    body: {
      tenant_discovery_endpoint: endpoint,
      'api-version': '1.1',
      metadata: [{ preferred_network: host, preferred_cache: host, aliases: [host] }],
    },
  }
}
