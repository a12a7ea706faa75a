import type { Starter } from '../../model/playbook/starter.ts'

/** The sign-in log's record of an application that signs in with a client secret. */
const SIGNED_IN = {
  time: '2026-11-22T11:03:02.0000000Z',
  resourceId: '/tenants/8b683b98-7802-4b1e-918c-5c3890b5f37b/providers/Microsoft.aadiam',
  operationName: 'Sign-in activity',
  category: 'ServicePrincipalSignInLogs',
  tenantId: '8b683b98-7802-4b1e-918c-5c3890b5f37b',
  resultType: 0,
  callerIpAddress: '198.51.100.23',
  properties: {
    id: '5a0c0000-e3f2-4110-9988-776655443302',
    createdDateTime: '2026-11-22T11:03:02Z',
    appId: 'aaaaaaaa-0000-4000-8000-000000000001',
    servicePrincipalId: 'bbbbbbbb-0000-4000-8000-000000000001',
    servicePrincipalName: 'billing-export',
    clientCredentialType: 'clientSecret',
    servicePrincipalCredentialKeyId: 'cccccccc-0000-4000-8000-000000000009',
    ipAddress: '198.51.100.23',
    location: { countryOrRegion: 'NG' },
    resourceDisplayName: 'Microsoft Graph',
    status: { errorCode: 0 },
  },
}

/** New playbooks for service principals. */
export const starters: readonly Starter[] = [
  {
    kind: 'service-principal',
    cloud: 'azure',
    input: 'principal',
    pattern: '^[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$',
    description: 'object id of the service principal to stop; not its application (client) id',
    value: 'event.identity.name',
    interrupt: ['quarantine', 'disable', 'detach'],
    scope: { subscriptions: ['all'] },
    protect: 'identity.tags.exists(k, k == "break-glass")',
    record: SIGNED_IN,
  },
]
