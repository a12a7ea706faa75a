import type { Received, Scripted, ScriptedAzure } from './scripted-azure.ts'
import { TENANT } from './scripted-azure.ts'

export const SUBSCRIPTION = '99999999-9999-4999-8999-999999999999'
export const MICROSOFT = 'f8cdef31-a31e-4b4a-93e4-5f571e91255a'
export const OUTSIDE = '77777777-7777-4777-8777-777777777777'

type Item = { [name: string]: unknown }

/** Answers by path, in pages of a size: the services' shapes with as little behind them as will do. */
export interface Tenant {
  pageSize: number
  /** Graph: path after the version, without a query → a list, one object, or an answer as it is. */
  lists: { [path: string]: Item[] }
  objects: { [path: string]: Item }
  answers: { [path: string]: Scripted }
  /** Resource Graph: table and what its query contains → rows. */
  rows: [RegExp, Item[]][]
  /** ARM: path in lower case → a list. */
  arm: { [path: string]: Item[] }
}

const IDENTITY = `/subscriptions/${SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.ManagedIdentity/userAssignedIdentities/api`
const MACHINE = `/subscriptions/${SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/vm`

/** One of each. */
export function smallTenant(): Tenant {
  const secret = { keyId: 'secret-1', hint: 'abc', startDateTime: '2026-01-01T00:00:00Z', endDateTime: null }
  const expired = { keyId: 'secret-2', endDateTime: '2020-01-01T00:00:00Z' }
  const certificate = {
    keyId: 'cert-1',
    type: 'AsymmetricX509Cert',
    usage: 'Verify',
    customKeyIdentifier: 'AB12',
    endDateTime: '2099-01-01T00:00:00Z',
  }
  const principal = (id: string, more: Item = {}): Item => ({
    id,
    appId: `app-of-${id}`,
    displayName: `Name of ${id}`,
    servicePrincipalType: 'Application',
    accountEnabled: true,
    appOwnerOrganizationId: TENANT,
    tags: [],
    passwordCredentials: [],
    keyCredentials: [],
    ...more,
  })
  const group = { '@odata.type': '#microsoft.graph.group', id: 'g', displayName: 'Deployers' }
  return {
    pageSize: 2,
    lists: {
      '/servicePrincipals': [
        principal('ci', { tags: ['interdict:protected', 'team=platform'] }),
        principal('me', { appId: 'my-app' }),
        principal('vendor', { appOwnerOrganizationId: OUTSIDE }),
        principal('graph', { appOwnerOrganizationId: MICROSOFT, displayName: 'Microsoft Graph' }),
        principal('sync', { displayName: 'ConnectSyncProvisioning_DC1_1a2b' }),
        principal('off', { accountEnabled: false, passwordCredentials: [secret, expired] }),
        principal('api', {
          servicePrincipalType: 'ManagedIdentity',
          appOwnerOrganizationId: null,
          alternativeNames: ['isExplicit=True', IDENTITY.toLowerCase()],
        }),
        principal('vm', {
          servicePrincipalType: 'ManagedIdentity',
          appOwnerOrganizationId: null,
          alternativeNames: ['isExplicit=False', MACHINE],
        }),
        principal('agent', {
          '@odata.type': '#microsoft.graph.agentIdentity',
          servicePrincipalType: 'ServiceIdentity',
        }),
        principal('blueprint', { '@odata.type': '#microsoft.graph.agentIdentityBlueprintPrincipal' }),
        principal('strange', { servicePrincipalType: 'SomethingNew' }),
      ],
      '/applications': [
        {
          id: 'ci-app',
          appId: 'APP-OF-CI',
          displayName: 'CI',
          createdDateTime: '2026-01-01T00:00:00Z',
          signInAudience: 'AzureADMyOrg',
          passwordCredentials: [secret],
          keyCredentials: [certificate],
          appRoles: [{ id: 'role-of-ci', value: 'Deploy' }],
        },
        { id: 'my-app-object', appId: 'my-app', displayName: 'interdict', signInAudience: 'AzureADMyOrg' },
        {
          id: 'sold',
          appId: 'sold',
          displayName: 'Sold',
          signInAudience: 'AzureADMultipleOrgs',
          isDisabled: true,
        },
      ],
      '/applications/ci-app/federatedIdentityCredentials': [
        {
          id: 'fic-1',
          name: 'github',
          issuer: 'https://token.actions.githubusercontent.com',
          subject: null,
          audiences: ['api://AzureADTokenExchange'],
          claimsMatchingExpression: { value: "claims['sub'] matches 'repo:a/*'", languageVersion: 1 },
        },
      ],
      '/applications/ci-app/owners': [{ id: 'user-1' }],
      '/servicePrincipals/ci/memberOf': [group, { '@odata.type': '#microsoft.graph.directoryRole', id: 'r' }],
      '/servicePrincipals/ci/owners': [{ id: 'user-1' }, { id: 'user-2' }],
      '/servicePrincipals/graph/appRoleAssignedTo': [
        { id: 'a1', principalId: 'CI', resourceId: 'graph', appRoleId: 'mail' },
        { id: 'a2', principalId: 'vendor', resourceId: 'graph', appRoleId: 'unknown' },
        { id: 'a3', principalId: 'ci', resourceId: 'graph', appRoleId: 'all' },
      ],
      '/oauth2PermissionGrants': [
        {
          id: 'd1',
          clientId: 'vendor',
          resourceId: 'graph',
          consentType: 'AllPrincipals',
          scope: ' Mail.Read  Files.Read',
        },
      ],
      '/roleManagement/directory/roleDefinitions': [
        { id: '62e90394-69f5-4237-9190-012177145e10', displayName: 'Global Administrator' },
      ],
      '/roleManagement/directory/roleAssignments': [
        { id: 'x', principalId: 'blueprint', roleDefinitionId: '62e90394-69f5-4237-9190-012177145e10' },
      ],
      '/reports/servicePrincipalSignInActivities': [
        { appId: 'APP-OF-CI', lastSignInActivity: { lastSignInDateTime: '2026-11-01T00:00:00Z' } },
      ],
      '/organization': [{ id: TENANT, displayName: 'Acme' }],
    },
    objects: {
      '/servicePrincipals/me': { id: 'me', appId: 'my-app', displayName: 'responder' },
      '/servicePrincipals/graph': { id: 'graph', displayName: 'Microsoft Graph' },
      "/servicePrincipals(appId='00000003-0000-0000-c000-000000000000')": {
        id: 'graph',
        displayName: 'Microsoft Graph',
        appRoles: [
          { id: 'mail', value: 'Mail.Read' },
          { id: 'all', value: 'Directory.Read.All' },
        ],
      },
      "/applications(appId='my-app')": { id: 'my-app-object' },
      '/servicePrincipals/microsoft.graph.agentIdentity/agent': {
        id: 'agent',
        agentIdentityBlueprintId: 'app-of-blueprint',
        createdDateTime: '2026-02-02T00:00:00Z',
      },
    },
    answers: {},
    rows: [
      [
        /roledefinitions/,
        [
          { name: 'CONTRIB', roleName: 'Contributor' },
          { name: 'own', roleName: 'Owner' },
        ],
      ],
      [
        /roleassignments/,
        [
          assignment('ci', 'contrib', `/subscriptions/${SUBSCRIPTION}`, '@Resource[x] exists'),
          assignment('API', 'own', `/subscriptions/${SUBSCRIPTION}`),
        ],
      ],
      [
        /^resources/,
        [{ id: MACHINE, identity: { userAssignedIdentities: { [IDENTITY.toUpperCase()]: {} } } }],
      ],
    ],
    arm: {
      '/subscriptions': [
        { subscriptionId: SUBSCRIPTION, displayName: 'prod', state: 'Enabled', tenantId: TENANT },
        { subscriptionId: OUTSIDE, displayName: 'of a guest', state: 'Enabled', tenantId: OUTSIDE },
      ],
      [`/subscriptions/${SUBSCRIPTION}/providers/microsoft.managedidentity/userassignedidentities`]: [
        { id: IDENTITY, name: 'api', properties: { principalId: 'api', clientId: 'app-of-api' } },
      ],
      [`${IDENTITY}/federatedIdentityCredentials`.toLowerCase()]: [
        {
          id: `${IDENTITY}/federatedIdentityCredentials/aks`,
          name: 'aks',
          properties: { issuer: 'i', subject: 's' },
        },
      ],
      [`/subscriptions/${SUBSCRIPTION}/providers/microsoft.authorization/roleassignments`]: [
        { id: 'RA-ci', properties: assignment('ci', 'contrib', `/subscriptions/${SUBSCRIPTION}`) },
        { id: 'ra-root', properties: assignment('vendor', 'own', '/') },
      ],
      [`/subscriptions/${SUBSCRIPTION}/providers/microsoft.storage/storageaccounts`]: [
        {
          id: `/subscriptions/${SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/data`,
          name: 'data',
          properties: { creationTime: '2025-01-01T00:00:00Z', allowSharedKeyAccess: null },
        },
      ],
      '/providers/microsoft.management/managementgroups/mg/descendants': [
        { type: 'Microsoft.Management/managementGroups', name: 'below' },
        { type: 'Microsoft.Management/managementGroups/subscriptions', name: SUBSCRIPTION },
      ],
    },
  }
}

function assignment(principalId: string, role: string, scope: string, condition = ''): Item {
  const roleDefinitionId = `${scope}/providers/Microsoft.Authorization/roleDefinitions/${role}`
  return { id: `ra-${principalId}`, principalId, roleDefinitionId, scope, condition }
}

const notFound = { status: 404, body: { error: { code: 'Request_ResourceNotFound', message: 'not there' } } }

/** Lets the hosts answer for the tenant. */
export function answerFor(azure: ScriptedAzure, tenant: Tenant): void {
  azure.graph.script = received => graph(azure.graph.origin, tenant, received)
  azure.arm.script = received => arm(azure.arm.origin, tenant, received)
}

function graph(origin: string, tenant: Tenant, { url, text }: Received): Scripted {
  if (url.endsWith('/$batch')) {
    const version = url.slice(0, -'/$batch'.length)
    const { requests } = JSON.parse(text) as { requests: { id: string; url: string }[] }
    const responses = requests.map(({ id, url: part }) => {
      const { status = 200, body } = graphRead(origin, tenant, `${version}${part}`)
      return { id, status, body }
    })
    return { body: { responses } }
  }
  return graphRead(origin, tenant, url)
}

function graphRead(origin: string, tenant: Tenant, url: string): Scripted {
  const { pathname, searchParams } = new URL(url, origin)
  const path = decodeURIComponent(pathname).replace(/^\/(v1\.0|beta)/, '')
  const answer = tenant.answers[path]
  if (answer) return answer
  const list = tenant.lists[path]
  if (list)
    return page(
      origin,
      pathname,
      searchParams,
      filtered(list, searchParams),
      tenant.pageSize,
      '@odata.nextLink',
    )
  const object = tenant.objects[path]
  if (object) return { body: object }
  if (/\/(memberOf|owners|federatedIdentityCredentials|appRoleAssignedTo)$/.test(path))
    return { body: { value: [] } }
  const listed = tenant.lists['/servicePrincipals']?.find(({ id }) => path === `/servicePrincipals/${id}`)
  return listed ? { body: listed } : notFound
}

function filtered(list: Item[], query: URLSearchParams): Item[] {
  const [, name = '', value = ''] = /^(\w+) eq '(.*)'$/.exec(query.get('$filter') ?? '') ?? []
  return name === '' ? list : list.filter(each => String(each[name]).toLowerCase() === value.toLowerCase())
}

function arm(origin: string, tenant: Tenant, { url, text }: Received): Scripted {
  const { pathname, searchParams } = new URL(url, origin)
  if (pathname.endsWith('/Microsoft.ResourceGraph/resources')) {
    const { query, options } = JSON.parse(text) as { query: string; options: { $skipToken?: string } }
    const rows = tenant.rows.find(([pattern]) => pattern.test(query))?.[1] ?? []
    const from = Number(options.$skipToken ?? 0)
    const next = from + tenant.pageSize
    return {
      body: { data: rows.slice(from, next), ...(next < rows.length ? { $skipToken: String(next) } : {}) },
    }
  }
  const list = tenant.arm[decodeURIComponent(pathname).toLowerCase()]
  return list ? page(origin, pathname, searchParams, list, tenant.pageSize, 'nextLink') : notFound
}

function page(
  origin: string,
  pathname: string,
  query: URLSearchParams,
  list: Item[],
  size: number,
  link: string,
): Scripted {
  const from = Number(query.get('$skiptoken') ?? 0)
  const next = new URLSearchParams(query)
  next.set('$skiptoken', String(from + size))
  return {
    body: {
      value: list.slice(from, from + size),
      ...(from + size < list.length ? { [link]: `${origin}${pathname}?${next}` } : {}),
    },
  }
}
