import { AzureAuthorityHosts } from '@azure/identity'
import { expect, test } from 'vitest'
import { CLOUDS, cloudOfAuthority, hostsOf, isLoopback } from '../../../src/clouds/azure/http/hosts.ts'
import { waitFor } from '../../../src/clouds/azure/http/retry.ts'

test('no cloud’s tokens are good for another’s', () => {
  const audiences = CLOUDS.flatMap(cloud => Object.values(hostsOf(cloud).audiences))
  // The two of the US government share one Azure Resource Manager and one domain of key vaults.
  expect(new Set(audiences).size).toBe(audiences.length - 2)
  for (const cloud of CLOUDS) {
    const { authority, graph, arm, audiences: each } = hostsOf(cloud)
    expect([graph, arm]).toEqual([each.graph, each.arm])
    expect(new Set([authority, graph, arm]).size).toBe(3)
    for (const origin of [authority, graph, arm]) expect(origin).toMatch(/^https:\/\/[a-z.-]+$/)
  }
})

test('the authority tells the cloud', () => {
  expect(cloudOfAuthority('https://login.microsoftonline.com/')).toBe('AzurePublic')
  expect(cloudOfAuthority('login.partner.microsoftonline.cn')).toBe('AzureChina')
  expect(cloudOfAuthority('https://login.example')).toBeUndefined()
  expect(hostsOf('AzurePublic', undefined, 'https://login.example/x').authority).toBe('https://login.example')
})

test('every authority that Azure’s own library names leads to the services of its cloud, and to no other', () => {
  const { AzureGermany, ...open } = AzureAuthorityHosts
  const clouds = Object.entries(open).map(([name, authority]) => [name, cloudOfAuthority(authority)])
  expect(Object.fromEntries(clouds)).toEqual({
    AzureChina: 'AzureChina',
    AzureGovernment: 'AzureUSGovernment',
    AzurePublicCloud: 'AzurePublic',
  })
  expect(() => cloudOfAuthority(AzureGermany)).toThrow(/no longer exists/)
})

test.each([
  'http://example.com',
  'http://127.0.0.1.example.com',
  'ftp://127.0.0.1',
  'http://[::2]:80',
  'https://',
])('no token goes to %s', address => {
  expect(() => hostsOf('AzurePublic', address)).toThrow('https')
})

test.each(['http://127.0.0.1:80', 'http://localhost:1', 'http://[::1]:1'])('%s is this machine', address => {
  expect(isLoopback(address)).toBe(true)
  expect(hostsOf('AzurePublic', address).audiences.graph).toBe('https://graph.microsoft.com')
})

test('waits as long as it is told, or grows at random', () => {
  const now = Date.parse('2026-11-22T10:00:00Z')
  expect(waitFor(0, '7', { date: () => now, random: Math.random })).toBe(7_000)
  expect(waitFor(0, 'Sun, 22 Nov 2026 10:00:30 GMT', { date: () => now, random: Math.random })).toBe(30_000)
  expect(waitFor(0, 'Sun, 22 Nov 2026 09:00:00 GMT', { date: () => now, random: Math.random })).toBe(0)
  for (let attempt = 0; attempt < 12; attempt += 1) {
    const wait = waitFor(attempt, attempt % 2 ? undefined : 'soon', { date: () => now, random: Math.random })
    expect(wait).toBeGreaterThanOrEqual(0)
    expect(wait).toBeLessThanOrEqual(Math.min(32_000, 1_000 * 2 ** attempt))
  }
})
