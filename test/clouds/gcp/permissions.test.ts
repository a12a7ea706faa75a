import { expect, it } from 'vitest'
import { gcp } from '../../../src/clouds/gcp/provider.ts'

it('listing asks for nothing of kinds that are not meant, when a run is over service accounts', () => {
  const asked = gcp.listing?.(['service-account']) ?? []
  expect(asked).toContain('iam.serviceAccounts.list')
  // The sweep lists what an account signs in with.
  expect(asked).toContain('apikeys.keys.list')
  expect(asked.filter(each => /denypolicies|workloadIdentity/.test(each))).toEqual([])
})

it('listing asks for all that the provider ever lists, when every kind is meant', () => {
  const kinds = gcp.kinds.map(({ name }) => name)
  expect(gcp.listing?.(kinds)).toEqual(gcp.permissions)
})
