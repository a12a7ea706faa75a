import { afterEach, expect, test } from 'vitest'
import { allowanceFor, type Holder, lifetimeOf } from '../../../src/clouds/azure/rotations/app-management.ts'
import { objectId } from '../../../src/lab/azure/seed/index.ts'
import type { AppManagement, AppRestriction, AppRestrictions } from '../../../src/lab/azure/store.ts'
import { type AzureRange, openAzure } from '../../contract/azure-range.ts'
import { applicationId } from '../../contract/azure-subjects.ts'

const DAY = 86_400_000
const APP = applicationId('reports-api')
const CREATED = '2025-06-01T00:00:00Z'
const application: Holder = { on: 'application', objectId: APP, created: CREATED }

const restrict = (restrictionType: string, more: Partial<AppRestriction> = {}): AppRestriction => ({
  restrictionType,
  state: 'enabled',
  maxLifetime: null,
  restrictForAppsCreatedAfterDateTime: null,
  ...more,
})
const none: AppRestrictions = { passwordCredentials: [], keyCredentials: [] }
const passwords = (...passwordCredentials: AppRestriction[]): AppRestrictions => ({
  ...none,
  passwordCredentials,
})
const keys = (...keyCredentials: AppRestriction[]): AppRestrictions => ({ ...none, keyCredentials })
const tenant = (applications: AppRestrictions, servicePrincipals = none): AppManagement => ({
  tenant: { applications, servicePrincipals },
  assigned: [],
})
const assigned = (
  restrictions: AppRestrictions,
  appliesTo: string,
  beside: AppManagement,
): AppManagement => ({
  ...beside,
  assigned: [{ id: 'p1', displayName: 'own', restrictions, appliesTo: [appliesTo] }],
})

let range: AzureRange | undefined

afterEach(async () => {
  await range?.close()
  range = undefined
})

async function ask(
  policy: AppManagement | undefined,
  holder = application,
  of: keyof AppRestrictions = 'passwordCredentials',
) {
  range = await openAzure(estate => {
    if (policy) estate.appManagement = policy
  })
  return await allowanceFor(range.session.client, holder, of)
}

test('a tenant without a policy allows it, for half a year', async () => {
  const allowance = await ask(undefined)
  expect(allowance).toEqual({ forbidden: false })
  expect(lifetimeOf(allowance)).toBe(180 * DAY)
})

test.each([
  ['the tenant’s forbids it', tenant(passwords(restrict('passwordAddition'))), true],
  ['one that is switched off', tenant(passwords(restrict('passwordAddition', { state: 'disabled' }))), false],
  [
    'one for newer applications',
    tenant(
      passwords(
        restrict('passwordAddition', { restrictForAppsCreatedAfterDateTime: '2026-01-01T00:00:00Z' }),
      ),
    ),
    false,
  ],
  [
    'one for this and newer applications',
    tenant(
      passwords(
        restrict('passwordAddition', { restrictForAppsCreatedAfterDateTime: '2019-01-01T00:00:00Z' }),
      ),
    ),
    true,
  ],
  ['one for principals of other tenants', tenant(none, passwords(restrict('passwordAddition'))), false],
  [
    'one assigned to it, in place of the tenant’s',
    assigned(none, APP, tenant(passwords(restrict('passwordAddition')))),
    false,
  ],
  [
    'one assigned to it that forbids',
    assigned(passwords(restrict('passwordAddition')), APP, tenant(none)),
    true,
  ],
  [
    'one assigned to another',
    assigned(passwords(restrict('passwordAddition')), applicationId('hr-portal'), tenant(none)),
    false,
  ],
])('%s', async (_, policy, forbidden) => {
  expect(await ask(policy)).toEqual({ forbidden })
})

test('a new secret or certificate lives no longer than the policy says', async () => {
  const secret = await ask(tenant(passwords(restrict('passwordLifetime', { maxLifetime: 'P30D' }))))
  expect([secret, lifetimeOf(secret)]).toEqual([{ forbidden: false, longest: 30 * DAY }, 30 * DAY])
  await range?.close()
  const own = { on: 'service-principal' as const, objectId: objectId('crm-sso') }
  const policy = tenant(none, keys(restrict('asymmetricKeyLifetime', { maxLifetime: 'P365D' })))
  const certificate = await ask(policy, own, 'keyCredentials')
  expect([certificate, lifetimeOf(certificate)]).toEqual([
    { forbidden: false, longest: 365 * DAY },
    180 * DAY,
  ])
})

test('what may not be read is left to Entra to refuse', async () => {
  range = await openAzure(estate => {
    estate.appManagement = tenant(passwords(restrict('passwordAddition')))
  })
  range.lab.faults.add({
    operation: 'GET /v1.0/policies/defaultAppManagementPolicy',
    trouble: { kind: 'error', code: 'Authorization_RequestDenied', status: 403 },
    times: 0,
  })
  expect(await allowanceFor(range.session.client, application, 'passwordCredentials')).toEqual({
    forbidden: false,
  })
})
