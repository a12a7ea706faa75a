import { readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { isFirstParty, MICROSOFT_TENANTS } from '../../../src/clouds/azure/inventory/first-party.ts'

it.each(MICROSOFT_TENANTS)('an application that tenant %s owns is Microsoft’s own, in any case', tenant => {
  expect(isFirstParty(tenant)).toBe(true)
  expect(isFirstParty(tenant.toUpperCase())).toBe(true)
})

it.each([
  ['the gallery, which has other vendors’ too', '47df5bb7-e6bc-4256-afb0-dd8c8e3c1ce8'],
  ['personal accounts', '9188040d-6c67-4c5b-b112-36a304b66dad'],
  ['nobody known', ''],
  ['nobody', null],
])('an application of %s is not', (_, tenant) => {
  expect(isFirstParty(tenant)).toBe(false)
})

it('the shipped trigger for sign-ins of vendors leaves out the same tenants', async () => {
  const source = await readFile(new URL('../../../playbooks/third-party-stop.yaml', import.meta.url), 'utf8')
  const [, trigger = ''] = source.split('name: vendor-sign-in-from-elsewhere')
  const [when = ''] = trigger.split('first-seen')
  const listed = when.match(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g) ?? []
  expect(listed.sort()).toEqual([...MICROSOFT_TENANTS].sort())
})
