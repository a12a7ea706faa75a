import { expect, it } from 'vitest'
import { permissionsFor } from '../../../src/clouds/gcp/permission-map.ts'
import { policyDocument } from '../../../src/clouds/gcp/policy.ts'

it('is a custom role as gcloud takes it', () => {
  expect(
    policyDocument(['iam.serviceAccounts.list', 'iam.serviceAccounts.disable', 'iam.serviceAccounts.list']),
  ).toEqual({
    title: 'interdict',
    description: 'Permissions that interdict uses, and no more.',
    stage: 'GA',
    includedPermissions: ['iam.serviceAccounts.disable', 'iam.serviceAccounts.list'],
  })
})

it('says what no custom role may have, where it has to be made, and what is dangerous in it', () => {
  const { description, includedPermissions } = Object(
    policyDocument([
      'iam.denypolicies.create',
      'resourcemanager.folders.get',
      'resourcemanager.projects.setIamPolicy',
    ]),
  )
  expect(includedPermissions).toEqual([
    'resourcemanager.folders.get',
    'resourcemanager.projects.setIamPolicy',
  ])
  expect(description).toContain('--organization')
  expect(description).toContain('roles/iam.denyAdmin')
  expect(description).toContain('setIamPolicy')
  // The limits of Google (IAM v1, Role).
  expect(description.length).toBeLessThanOrEqual(256)
})

it.each([
  ['iam.projects.serviceAccounts.keys.disable', ['iam.serviceAccountKeys.disable']],
  ['iam.projects.serviceAccounts.setIamPolicy', ['iam.serviceAccounts.setIamPolicy']],
  ['iam.projects.locations.workloadIdentityPools.providers.list', ['iam.workloadIdentityPoolProviders.list']],
  ['cloudresourcemanager.folders.getIamPolicy', ['resourcemanager.folders.getIamPolicy']],
  ['storage.projects.hmacKeys.update', ['storage.hmacKeys.update']],
  ['apikeys.projects.locations.keys.patch', ['apikeys.keys.update']],
  ['iam.policies.createPolicy', ['iam.denypolicies.create']],
  ['cloudresourcemanager.projects.testIamPermissions', []],
])('%s needs %j', (operation, permissions) => {
  expect(permissionsFor(operation)).toEqual(permissions)
})
