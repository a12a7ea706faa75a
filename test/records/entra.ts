import { AT, type RecordCase, TENANT } from './case.ts'

const PRINCIPAL = 'bbbbbbbb-0000-4000-8000-000000000007'
const APP = 'aaaaaaaa-0000-4000-8000-000000000007'
const KEY = 'cccccccc-0000-4000-8000-000000000007'
const WORKSPACE = '99999999-9999-4999-8999-999999999999'
const RESOURCE = `/tenants/${TENANT}/providers/Microsoft.aadiam`
const TIME = '2026-11-22T10:15:00Z'
const asPrincipal = {
  id: `azure:${TENANT}:service-principal/${PRINCIPAL}`,
  kind: 'service-principal',
  uid: PRINCIPAL,
}

/** As diagnostic settings send a record to an event hub or to storage. */
const diagnostic = (category: string, properties: object, more: object = {}) => ({
  records: [
    {
      time: TIME,
      resourceId: RESOURCE,
      operationName: 'Sign-in activity',
      operationVersion: '1.0',
      category,
      tenantId: TENANT,
      resultType: '0',
      resultSignature: 'None',
      durationMs: 0,
      callerIpAddress: '198.51.100.9',
      correlationId: 'c',
      identity: 'billing-export',
      level: 4,
      location: 'NG',
      properties,
      ...more,
    },
  ],
})
/** As a table of Log Analytics has a row. */
const row = (Type: string, columns: object) => ({
  TenantId: WORKSPACE,
  SourceSystem: 'Azure AD',
  TimeGenerated: TIME,
  ResourceId: RESOURCE,
  Type,
  ...columns,
})
/** The same with small first letters, as some exports write it. */
const small = (columns: object) =>
  Object.fromEntries(
    Object.entries(columns).map(([name, value]) => [name.slice(0, 1).toLowerCase() + name.slice(1), value]),
  )

const signIn = {
  id: 'a7b6c5d4-e3f2-4110-9988-776655443322',
  createdDateTime: TIME,
  appId: APP,
  appDisplayName: 'billing-export',
  servicePrincipalId: PRINCIPAL,
  servicePrincipalName: 'billing-export',
  servicePrincipalCredentialKeyId: KEY,
  clientCredentialType: 'clientSecret',
  resourceDisplayName: 'Microsoft Graph',
  ipAddress: '198.51.100.9',
  location: { city: 'Lagos', countryOrRegion: 'NG' },
  status: { errorCode: 0 },
  uniqueTokenIdentifier: 'uti-7',
}
const signInRow = {
  Category: 'ServicePrincipalSignInLogs',
  OperationName: 'Sign-in activity',
  ResultType: '0',
  AADTenantId: TENANT,
  CreatedDateTime: TIME,
  Id: 'a7b6c5d4-e3f2-4110-9988-776655443322',
  AppId: APP,
  ServicePrincipalId: PRINCIPAL,
  ServicePrincipalName: 'billing-export',
  ServicePrincipalCredentialKeyId: KEY,
  IPAddress: '198.51.100.9',
  Location: 'NG',
  LocationDetails: '{"city":"Lagos","countryOrRegion":"NG"}',
  ResourceDisplayName: 'Microsoft Graph',
  UniqueTokenIdentifier: 'uti-7',
}
const signedIn = {
  ...asPrincipal,
  credential: KEY,
  account: TENANT,
  action: 'Sign-in activity',
  resource: 'Microsoft Graph',
  outcome: 'success',
  country: 'NG',
  sourceIp: '198.51.100.9',
  session: 'uti-7',
  time: AT,
} as const
const person = {
  ...signIn,
  servicePrincipalId: '',
  userId: 'dddddddd-0000-4000-8000-000000000007',
  userPrincipalName: 'ada@example.com',
}
const asPerson = {
  id: undefined,
  kind: 'user',
  name: 'ada@example.com',
  uid: 'dddddddd-0000-4000-8000-000000000007',
}

export const entraSignIn: readonly RecordCase[] = [
  {
    name: 'a service principal by diagnostic settings',
    record: diagnostic('ServicePrincipalSignInLogs', signIn),
    events: [signedIn],
  },
  {
    name: 'a service principal as a table has it',
    record: row('AADServicePrincipalSignInLogs', signInRow),
    events: [signedIn],
  },
  {
    name: 'a service principal as a table has it, in small letters',
    record: small(row('AADServicePrincipalSignInLogs', signInRow)),
    events: [signedIn],
  },
  {
    name: 'rows of an answer of Log Analytics',
    record: {
      tables: [
        {
          name: 'PrimaryResult',
          columns: Object.keys(row('', signInRow)).map(name => ({ name, type: 'string' })),
          rows: [Object.values(row('AADServicePrincipalSignInLogs', signInRow))],
        },
      ],
    },
    events: [signedIn],
  },
  {
    name: 'a service principal as Graph lists it',
    record: {
      '@odata.context': 'x',
      value: [{ ...signIn, signInEventTypes: ['servicePrincipal'], resourceTenantId: TENANT }],
    },
    events: [signedIn],
  },
  {
    name: 'a managed identity',
    record: diagnostic('ManagedIdentitySignInLogs', { ...signIn, servicePrincipalCredentialKeyId: '' }),
    events: [
      {
        id: `azure:${TENANT}:managed-identity/${PRINCIPAL}`,
        action: 'Sign-in activity',
        outcome: 'success',
        credential: undefined,
      },
    ],
  },
  {
    name: 'a managed identity as Graph lists it',
    record: { ...signIn, signInEventTypes: ['managedIdentity'] },
    events: [
      { id: `azure:${TENANT}:managed-identity/${PRINCIPAL}`, action: 'Sign-in activity', outcome: 'success' },
    ],
  },
  {
    name: 'a wrong secret',
    record: diagnostic(
      'ServicePrincipalSignInLogs',
      { ...signIn, servicePrincipalCredentialKeyId: '', status: { errorCode: 7000215 } },
      { resultType: 7000215 },
    ),
    events: [{ ...asPrincipal, credential: undefined, action: 'Sign-in activity', outcome: 'denied' }],
  },
  {
    name: 'a fault of the service',
    record: row('AADServicePrincipalSignInLogs', { ...signInRow, ResultType: '90033' }),
    events: [{ ...asPrincipal, action: 'Sign-in activity', outcome: 'failure' }],
  },
  {
    name: 'a user',
    record: diagnostic('SignInLogs', person, { identity: 'Ada' }),
    events: [{ ...asPerson, action: 'Sign-in activity', outcome: 'success' }],
  },
  {
    name: 'a user without interaction, as a table has it',
    record: row('AADNonInteractiveUserSignInLogs', {
      ResultType: '50076',
      AADTenantId: TENANT,
      UserId: 'dddddddd-0000-4000-8000-000000000007',
      UserPrincipalName: 'ada@example.com',
      AppId: APP,
      Status: '{"errorCode":50076}',
      IPAddress: '198.51.100.9',
    }),
    events: [{ ...asPerson, action: 'Sign-in activity', outcome: 'denied', account: TENANT }],
  },
  {
    name: 'a user as Graph lists it',
    record: person,
    events: [{ ...asPerson, action: 'Sign-in activity', outcome: 'success' }],
  },
]

const added = {
  id: 'Directory_7',
  category: 'ApplicationManagement',
  activityDisplayName: 'Add service principal credentials',
  activityDateTime: TIME,
  result: 'success',
  resultReason: '',
  loggedByService: 'Core Directory',
  operationType: 'Assign',
  initiatedBy: {
    user: null,
    app: {
      appId: null,
      displayName: 'deploy-bot',
      servicePrincipalId: PRINCIPAL,
      servicePrincipalName: null,
    },
  },
  targetResources: [
    {
      id: 'eeeeeeee-0000-4000-8000-000000000007',
      displayName: 'payroll',
      type: 'ServicePrincipal',
      modifiedProperties: [
        { displayName: 'KeyDescription', oldValue: '[]', newValue: '["[KeyIdentifier=x]"]' },
      ],
    },
  ],
  additionalDetails: [{ key: 'User-Agent', value: 'az/2.79' }],
}
const asAdded = {
  ...asPrincipal,
  account: TENANT,
  action: 'Add service principal credentials',
  resource: 'eeeeeeee-0000-4000-8000-000000000007',
  outcome: 'success',
  time: AT,
} as const
const audit = (more: object) =>
  diagnostic('AuditLogs', { ...added, ...more }, { operationName: 'x', resultType: '' })
const auditRow = {
  Category: 'ApplicationManagement',
  OperationName: 'Add service principal credentials',
  AADTenantId: TENANT,
  AADOperationType: 'Assign',
  ActivityDateTime: TIME,
  ActivityDisplayName: 'Add service principal credentials',
  Id: 'Directory_7',
  Result: 'success',
  InitiatedBy: JSON.stringify(added.initiatedBy),
  TargetResources: JSON.stringify(added.targetResources),
}
const byUser = {
  user: {
    id: 'dddddddd-0000-4000-8000-000000000007',
    userPrincipalName: 'ada@example.com',
    ipAddress: '198.51.100.7',
  },
  app: null,
}

export const entraAudit: readonly RecordCase[] = [
  { name: 'a credential is added, by diagnostic settings', record: audit({}), events: [asAdded] },
  {
    name: 'a credential is added, as the table has it',
    record: row('AuditLogs', auditRow),
    events: [asAdded],
  },
  {
    name: 'a credential is added, as the table has it in small letters',
    record: small(row('AuditLogs', auditRow)),
    events: [asAdded],
  },
  { name: 'a credential is added, as Graph lists it', record: { value: [added] }, events: [asAdded] },
  {
    name: 'a person does it',
    record: audit({ initiatedBy: byUser }),
    events: [
      {
        ...asPerson,
        action: 'Add service principal credentials',
        outcome: 'success',
        sourceIp: '198.51.100.7',
      },
    ],
  },
  {
    name: 'an application without a principal is known by its id',
    record: audit({
      initiatedBy: { app: { appId: APP, displayName: 'deploy-bot', servicePrincipalId: null } },
    }),
    events: [
      {
        id: undefined,
        kind: 'service-principal',
        name: APP,
        action: 'Add service principal credentials',
        outcome: 'success',
      },
    ],
  },
  {
    name: 'a refused change is denied',
    record: audit({ result: 'failure', resultReason: 'Insufficient privileges to complete the operation.' }),
    events: [{ ...asPrincipal, action: 'Add service principal credentials', outcome: 'denied' }],
  },
  {
    name: 'a failed change is a failure',
    record: audit({
      result: 'failure',
      resultReason: 'Microsoft.Online.Workflows.ObjectAlreadyExistsException',
    }),
    events: [{ ...asPrincipal, action: 'Add service principal credentials', outcome: 'failure' }],
  },
  {
    name: 'an application is enabled again',
    record: audit({
      activityDisplayName: 'Update service principal',
      targetResources: [
        {
          id: PRINCIPAL,
          type: 'ServicePrincipal',
          modifiedProperties: [{ displayName: 'AccountEnabled', oldValue: '[false]', newValue: '[true]' }],
        },
      ],
    }),
    events: [{ ...asPrincipal, action: 'Update service principal', resource: PRINCIPAL, outcome: 'success' }],
  },
  {
    name: 'a role is given',
    record: audit({
      activityDisplayName: 'Add member to role',
      category: 'RoleManagement',
      initiatedBy: byUser,
      targetResources: [{ id: PRINCIPAL, displayName: 'billing-export', type: 'ServicePrincipal' }],
    }),
    events: [{ ...asPerson, action: 'Add member to role', resource: PRINCIPAL, outcome: 'success' }],
  },
]

const risky = {
  id: PRINCIPAL,
  appId: APP,
  displayName: 'billing-export',
  isEnabled: true,
  isProcessing: false,
  riskLevel: 'high',
  riskState: 'atRisk',
  riskDetail: 'none',
  riskLastUpdatedDateTime: TIME,
  servicePrincipalType: 'Application',
}
const riskEvent = {
  id: 'r-7',
  requestId: 'q',
  correlationId: 'c',
  riskEventType: 'leakedCredentials',
  riskState: 'atRisk',
  riskLevel: 'medium',
  riskDetail: 'none',
  source: 'IdentityProtection',
  detectionTimingType: 'offline',
  activity: 'servicePrincipal',
  ipAddress: '198.51.100.9',
  location: { city: 'Lagos', countryOrRegion: 'NG' },
  activityDateTime: TIME,
  detectedDateTime: TIME,
  servicePrincipalId: PRINCIPAL,
  servicePrincipalDisplayName: 'billing-export',
  appId: APP,
  keyIds: [KEY],
}
const asRisk = { ...asPrincipal, action: 'finding', outcome: 'success', time: AT } as const
const pascal = (columns: object) =>
  Object.fromEntries(
    Object.entries(columns).map(([name, value]) => [
      name.slice(0, 1).toUpperCase() + name.slice(1),
      typeof value === 'object' ? JSON.stringify(value) : value,
    ]),
  )

export const entraRisk: readonly RecordCase[] = [
  {
    name: 'a risky principal by diagnostic settings',
    record: diagnostic('RiskyServicePrincipals', risky),
    events: [{ ...asRisk, account: TENANT, severity: 75 }],
  },
  {
    name: 'a risky principal as the table has it',
    record: row('AADRiskyServicePrincipals', pascal(risky)),
    events: [{ ...asRisk, account: TENANT, severity: 75 }],
  },
  {
    name: 'a risky principal as Graph lists it',
    record: { value: [risky] },
    events: [{ ...asRisk, severity: 75 }],
  },
  {
    name: 'a low risk',
    record: diagnostic('RiskyServicePrincipals', { ...risky, riskLevel: 'low' }),
    events: [{ ...asRisk, severity: 30 }],
  },
  ...(['dismissed', 'remediated', 'confirmedSafe'] as const).map(
    (riskState): RecordCase => ({
      name: `a risk that is ${riskState} says nothing`,
      record: diagnostic('RiskyServicePrincipals', { ...risky, riskState }),
      events: [],
    }),
  ),
  {
    name: 'a detection by diagnostic settings',
    record: diagnostic('ServicePrincipalRiskEvents', riskEvent),
    events: [
      { ...asRisk, severity: 50, category: 'leakedCredentials', country: 'NG', sourceIp: '198.51.100.9' },
    ],
  },
  {
    name: 'a detection as the table has it',
    record: row('AADServicePrincipalRiskEvents', pascal(riskEvent)),
    events: [{ ...asRisk, severity: 50, category: 'leakedCredentials', country: 'NG' }],
  },
  {
    name: 'a detection as Graph lists it',
    record: { value: [riskEvent] },
    events: [{ ...asRisk, severity: 50, category: 'leakedCredentials' }],
  },
]

const activity = {
  timeGenerated: TIME,
  location: 'West Europe',
  requestId: 'req-7',
  operationId: 'op-7',
  clientRequestId: 'cl-7',
  apiVersion: 'v1.0',
  requestMethod: 'POST',
  responseStatusCode: '201',
  tenantId: TENANT,
  durationMs: '120',
  ipAddress: '198.51.100.9',
  requestUri: `https://graph.microsoft.com/v1.0/applications/${APP}/addPassword`,
  userId: '',
  servicePrincipalId: PRINCIPAL,
  appId: APP,
  roles: 'Application.ReadWrite.All Directory.Read.All',
  scopes: '',
  signInActivityId: 'uti-7',
  userAgent: 'python',
}
const graph = (more: object = {}) =>
  diagnostic(
    'MicrosoftGraphActivityLogs',
    { ...activity, ...more },
    { operationName: 'Microsoft Graph Activity' },
  )
const asGraph = { ...asPrincipal, action: 'POST /applications/{id}/addPassword', outcome: 'success' } as const

export const graphActivity: readonly RecordCase[] = [
  {
    name: 'an application adds a secret',
    record: graph(),
    events: [
      {
        ...asGraph,
        account: TENANT,
        resource: `/v1.0/applications/${APP}/addPassword`,
        session: 'uti-7',
        sourceIp: '198.51.100.9',
        time: AT,
      },
    ],
  },
  {
    name: 'the same as the table has it',
    record: row('MicrosoftGraphActivityLogs', {
      ...pascal(activity),
      TenantId: WORKSPACE,
      AadTenantId: TENANT,
      IPAddress: '198.51.100.9',
      IpAddress: undefined,
    }),
    events: [{ ...asGraph, account: TENANT }],
  },
  {
    name: 'a refused request',
    record: graph({ responseStatusCode: 403 }),
    events: [{ ...asGraph, outcome: 'denied' }],
  },
  {
    name: 'a token that is not taken',
    record: graph({ responseStatusCode: '401' }),
    events: [{ ...asGraph, outcome: 'denied' }],
  },
  {
    name: 'a request that fails',
    record: graph({ responseStatusCode: '404' }),
    events: [{ ...asGraph, outcome: 'failure' }],
  },
  {
    name: 'a query is left out',
    record: graph({
      requestMethod: 'GET',
      requestUri: "https://graph.microsoft.com/beta/users?$filter=startswith(mail,'ada')",
    }),
    events: [{ ...asPrincipal, action: 'GET /users', resource: '/beta/users', outcome: 'success' }],
  },
  {
    name: 'two ids in a path',
    record: graph({
      requestMethod: 'DELETE',
      requestUri: `https://graph.microsoft.com/v1.0/applications/${APP}/owners/${PRINCIPAL}/$ref`,
    }),
    events: [{ ...asPrincipal, action: 'DELETE /applications/{id}/owners/{id}/$ref', outcome: 'success' }],
  },
  {
    name: 'a person',
    record: graph({ userId: 'dddddddd-0000-4000-8000-000000000007', servicePrincipalId: '' }),
    events: [
      {
        id: undefined,
        kind: 'user',
        uid: 'dddddddd-0000-4000-8000-000000000007',
        action: 'POST /applications/{id}/addPassword',
        outcome: 'success',
      },
    ],
  },
  {
    name: 'an application without a principal',
    record: graph({ servicePrincipalId: '' }),
    events: [
      {
        id: undefined,
        kind: 'service-principal',
        name: APP,
        action: 'POST /applications/{id}/addPassword',
        outcome: 'success',
      },
    ],
  },
  {
    name: 'a batch',
    record: graph({ requestUri: 'https://graph.microsoft.com/v1.0/$batch' }),
    events: [{ ...asPrincipal, action: 'POST /$batch', outcome: 'success' }],
  },
]
