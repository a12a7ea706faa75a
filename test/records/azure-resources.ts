import { AT, type RecordCase, TENANT } from './case.ts'

const PRINCIPAL = 'bbbbbbbb-0000-4000-8000-000000000007'
const APP = 'aaaaaaaa-0000-4000-8000-000000000007'
const SUBSCRIPTION = '/subscriptions/99999999-9999-4999-8999-000000000007'
const VAULT = `${SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/kv`
const TIME = '2026-11-22T10:15:00Z'
const SCHEMA = 'http://schemas.microsoft.com/identity/claims/'
const claims = {
  aud: 'https://management.core.windows.net/',
  iss: `https://sts.windows.net/${TENANT}/`,
  appid: APP,
  [`${SCHEMA}objectidentifier`]: PRINCIPAL,
  [`${SCHEMA}tenantid`]: TENANT,
  idtyp: 'app',
  uti: 'uti-7',
}
const authorization = {
  action: 'Microsoft.KeyVault/vaults/write',
  scope: VAULT,
  evidence: { role: 'Owner', principalId: PRINCIPAL, principalType: 'ServicePrincipal' },
}
const asPrincipal = {
  id: `azure:${TENANT}:service-principal/${PRINCIPAL}`,
  uid: PRINCIPAL,
  session: 'uti-7',
  account: TENANT,
}
const asWrite = {
  ...asPrincipal,
  action: 'Microsoft.KeyVault/vaults/write',
  resource: VAULT.toLowerCase(),
  outcome: 'success',
  time: AT,
} as const

const sent = (more: object = {}) => ({
  records: [
    {
      time: TIME,
      resourceId: VAULT.toUpperCase(),
      operationName: 'MICROSOFT.KEYVAULT/VAULTS/WRITE',
      category: 'Write',
      resultType: 'Success',
      resultSignature: 'Succeeded.OK',
      durationMs: 0,
      callerIpAddress: '198.51.100.9',
      correlationId: 'c',
      identity: { authorization, claims },
      level: 'Information',
      properties: { eventDataId: 'e7' },
      ...more,
    },
  ],
})
const listed = {
  authorization: { action: authorization.action, role: 'Owner', scope: VAULT },
  caller: PRINCIPAL,
  channels: 'Operation',
  claims,
  correlationId: 'c',
  eventDataId: 'e7',
  eventTimestamp: TIME,
  category: { value: 'Administrative', localizedValue: 'Administrative' },
  httpRequest: { clientIpAddress: '198.51.100.9', method: 'PUT' },
  operationName: { value: 'Microsoft.KeyVault/vaults/write', localizedValue: 'Update vault' },
  resourceId: VAULT,
  status: { value: 'Succeeded', localizedValue: 'Succeeded' },
  subStatus: { value: 'OK' },
  submissionTimestamp: TIME,
  tenantId: TENANT,
}
const row = {
  TenantId: '99999999-9999-4999-8999-999999999999',
  TimeGenerated: TIME,
  OperationNameValue: 'MICROSOFT.KEYVAULT/VAULTS/WRITE',
  ActivityStatusValue: 'Success',
  ActivitySubstatusValue: 'OK',
  CategoryValue: 'Administrative',
  Caller: PRINCIPAL,
  CallerIpAddress: '198.51.100.9',
  Claims: JSON.stringify(claims),
  Authorization: JSON.stringify(authorization),
  EventDataId: 'e7',
  _ResourceId: VAULT.toLowerCase(),
  Type: 'AzureActivity',
}

export const azureActivity: readonly RecordCase[] = [
  { name: 'a write by diagnostic settings', record: sent(), events: [asWrite] },
  {
    name: 'a write as the API lists it',
    record: { value: [listed] },
    events: [{ ...asWrite, sourceIp: '198.51.100.9' }],
  },
  { name: 'a write as the CLI lists it', record: [listed], events: [asWrite] },
  { name: 'a write as the table has it', record: row, events: [{ ...asWrite, sourceIp: '198.51.100.9' }] },
  {
    name: 'a write as the table has it, with dynamic columns and no name of the table',
    record: {
      ...row,
      Type: undefined,
      Claims: undefined,
      Authorization: undefined,
      Claims_d: claims,
      Authorization_d: authorization,
    },
    events: [asWrite],
  },
  { name: 'the beginning of an operation says nothing', record: sent({ resultType: 'Start' }), events: [] },
  {
    name: 'the beginning of an operation in a listing says nothing',
    record: [{ ...listed, status: { value: 'Started' } }],
    events: [],
  },
  {
    name: 'a refused write by diagnostic settings',
    record: sent({ resultType: 'Failure', resultSignature: 'Failed.Forbidden' }),
    events: [{ ...asWrite, outcome: 'denied' }],
  },
  {
    name: 'a refused write in a listing',
    record: [
      {
        ...listed,
        status: { value: 'Failed' },
        subStatus: { value: 'Forbidden' },
        properties: { statusCode: 'Forbidden' },
      },
    ],
    events: [{ ...asWrite, outcome: 'denied' }],
  },
  {
    name: 'a failed write in a table',
    record: { ...row, ActivityStatusValue: 'Failure', ActivitySubstatusValue: 'Conflict' },
    events: [{ ...asWrite, outcome: 'failure' }],
  },
  {
    name: 'a person in a table without claims',
    record: { ...row, Caller: 'ada@example.com', Claims: '', Authorization: '' },
    events: [
      {
        id: undefined,
        kind: 'user',
        name: 'ada@example.com',
        action: 'microsoft.keyvault/vaults/write',
        outcome: 'success',
      },
    ],
  },
  {
    name: 'a managed identity',
    record: sent({
      identity: {
        authorization,
        claims: { ...claims, xms_mirid: `${SUBSCRIPTION}/resourcegroups/rg/providers/x/y` },
      },
    }),
    events: [
      {
        id: `azure:${TENANT}:managed-identity/${PRINCIPAL}`,
        action: authorization.action,
        outcome: 'success',
      },
    ],
  },
  {
    name: 'an event of Event Grid',
    record: {
      id: 'g7',
      topic: SUBSCRIPTION,
      subject: VAULT,
      eventType: 'Microsoft.Resources.ResourceWriteSuccess',
      eventTime: TIME,
      dataVersion: '2',
      metadataVersion: '1',
      data: {
        authorization,
        claims,
        correlationId: 'c',
        httpRequest: { clientIpAddress: '198.51.100.9' },
        resourceUri: VAULT,
        operationName: authorization.action,
        status: 'Succeeded',
        subscriptionId: 'x',
        tenantId: TENANT,
      },
    },
    events: [asWrite],
  },
]

const claim = { oid: PRINCIPAL, appid: APP, idtyp: 'app', tid: TENANT }
const vault = (operationName: string, properties: object, more: object = {}) => ({
  records: [
    {
      time: TIME,
      category: 'AuditEvent',
      operationName,
      operationVersion: '7.4',
      resultType: 'Success',
      resultSignature: 'OK',
      resultDescription: '',
      durationMs: '18',
      callerIpAddress: '198.51.100.9',
      correlationId: 'c',
      resourceId: VAULT.toUpperCase(),
      identity: { claim },
      properties: {
        id: 'https://kv.vault.azure.net/secrets/Payroll/3f2a',
        clientInfo: 'python',
        requestUri: 'https://kv.vault.azure.net/secrets/Payroll/?api-version=7.4',
        httpStatusCode: 200,
        ...properties,
      },
      ...more,
    },
  ],
})
const asReader = { id: `azure:${TENANT}:service-principal/${PRINCIPAL}`, account: TENANT }
const secret = 'https://kv.vault.azure.net/secrets/payroll'

export const keyVault: readonly RecordCase[] = [
  {
    name: 'a secret is read',
    record: vault('SecretGet', {}),
    events: [
      {
        ...asReader,
        action: 'SecretGet',
        resource: secret,
        outcome: 'success',
        sourceIp: '198.51.100.9',
        time: AT,
      },
    ],
  },
  {
    name: 'a secret is refused',
    record: vault('SecretGet', { httpStatusCode: 403 }),
    events: [{ ...asReader, action: 'SecretGet', outcome: 'denied' }],
  },
  {
    name: 'a token is not taken',
    record: vault('SecretGet', { httpStatusCode: 401 }),
    events: [{ action: 'SecretGet', outcome: 'denied' }],
  },
  {
    name: 'a secret is missing',
    record: vault('SecretGet', { httpStatusCode: 404 }),
    events: [{ ...asReader, action: 'SecretGet', outcome: 'failure' }],
  },
  {
    name: 'a status as text',
    record: vault('SecretList', { httpStatusCode: '200' }),
    events: [{ ...asReader, action: 'SecretList', outcome: 'success' }],
  },
  {
    name: 'no status',
    record: vault('KeySign', { httpStatusCode: undefined }, { resultType: 'Success' }),
    events: [{ ...asReader, action: 'KeySign', outcome: 'success' }],
  },
  {
    name: 'a refusal by its signature',
    record: vault(
      'KeySign',
      { httpStatusCode: undefined },
      { resultType: 'Failed', resultSignature: 'Forbidden' },
    ),
    events: [{ ...asReader, action: 'KeySign', outcome: 'denied' }],
  },
  {
    name: 'a managed identity',
    record: vault('SecretGet', {}, { identity: { claim: { ...claim, xms_mirid: `${SUBSCRIPTION}/x` } } }),
    events: [
      { id: `azure:${TENANT}:managed-identity/${PRINCIPAL}`, action: 'SecretGet', outcome: 'success' },
    ],
  },
  {
    name: 'a person with long names of claims',
    record: vault(
      'SecretGet',
      {},
      {
        identity: {
          claim: {
            [`${SCHEMA}objectidentifier`]: 'dddddddd-0000-4000-8000-000000000007',
            'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn': 'ada@example.com',
            appid: APP,
          },
        },
      },
    ),
    events: [
      {
        id: undefined,
        kind: 'user',
        uid: 'dddddddd-0000-4000-8000-000000000007',
        action: 'SecretGet',
        outcome: 'success',
      },
    ],
  },
  {
    name: 'a vault is asked for as a whole',
    record: vault('VaultGet', { id: undefined, requestUri: undefined }),
    events: [{ ...asReader, action: 'VaultGet', resource: VAULT.toLowerCase(), outcome: 'success' }],
  },
  {
    name: 'a tenant that the record does not name comes from the options',
    record: vault('SecretGet', {}, { identity: { claim: { ...claim, tid: undefined } } }),
    events: [{ ...asReader, action: 'SecretGet', outcome: 'success' }],
  },
]
