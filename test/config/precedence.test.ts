import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { SCOPE_FLAGS } from '../../src/toolkit/scope-settings.ts'
import { configFolders } from './folders.ts'

/** A key of the configuration with values for four layers, and which of them counts. */
interface Row {
  key: string
  /** YAML of the key with a value; 0 is the one that counts most. */
  yaml(value: number): string
  value(value: number): unknown
  /** Values that count, where the layers have 0, 1, 2 and 3 in this order; the first alone unless it says so. */
  counts?: number[]
}

const FLAG_VALUES: { [flag: string]: (value: number) => string } = {
  account: value => `11112222333${value}`,
  role: value => `responder-${value}`,
  'external-id': value => `house-${value}`,
  region: value => `eu-west-${value + 1}`,
  project: value => `acme-shop-${value}`,
  folder: value => `10${value}`,
  organization: value => `20${value}`,
  tenant: value => `contoso${value}.example`,
  subscription: value => `00000000-0000-4000-8000-00000000000${value}`,
  'management-group': value => `group-${value}`,
}

const ROWS: Row[] = [
  { key: 'state', yaml: value => `state: /srv/${value}`, value: value => `/srv/${value}` },
  {
    key: 'notify',
    yaml: value => `notify: [ { slack: { env: HOOK_${value} } } ]`,
    value: value => [`slack of env HOOK_${value}`],
  },
  {
    key: 'protect',
    yaml: value => `protect: [ role/r${value} ]`,
    value: value => `role/r${value}`,
    counts: [0, 1, 2, 3],
  },
  {
    key: 'ceilings.identities',
    yaml: value => `ceilings: { identities: ${10 - value} }`,
    value: value => 10 - value,
    counts: [3],
  },
  {
    key: 'ceilings.share',
    yaml: value => `ceilings: { share: 0.${9 - value} }`,
    value: value => Number(`0.${9 - value}`),
    counts: [3],
  },
  {
    key: 'approvals.restore',
    yaml: value => `approvals: { restore: ${1 + value} }`,
    value: value => 1 + value,
    counts: [3],
  },
  {
    key: 'approvals.break-glass',
    yaml: value =>
      `approvals: { break-glass: [${['contain', 'restore', 'rotate', 'contain, restore'][value]}] }`,
    value: value => [['contain'], ['restore'], ['rotate'], ['contain', 'restore']][value],
  },
  {
    key: 'playbooks.a.inputs.key',
    yaml: value => `playbooks: { a: { inputs: { key: k${value} } } }`,
    value: value => `k${value}`,
  },
  {
    key: 'playbooks.a.ttl',
    yaml: value => `playbooks: { a: { ttl: ${value + 1}h } }`,
    value: value => `${value + 1}h`,
  },
  ...Object.values(SCOPE_FLAGS).map(({ flag, cloud, many }): Row => {
    const of = FLAG_VALUES[flag] ?? (value => `missing from this test ${value}`)
    return {
      key: `scope.${cloud}.${flag}`,
      yaml: value => `scope: { ${cloud}: { ${flag}: ${many ? `["${of(value)}"]` : `"${of(value)}"`} } }`,
      value: value => (many ? [of(value)] : of(value)),
    }
  }),
]

describe('a value of the configuration', () => {
  it.each(ROWS)(
    '$key: a profile before what stands outside, the working folder before the user',
    async row => {
      const folders = configFolders()
      const file = (profile: number, own: number) =>
        `${row.yaml(own)}\nprofiles:\n  strict: { ${row.yaml(profile)} }\n`
      folders.write('working', file(0, 2))
      folders.write('user', `trust: [ "${folders.working}" ]\n${file(1, 3)}`)
      const { settings } = await folders.load({ profile: 'strict' })
      const { counts = [0] } = row
      expect(settings.map(({ key, value, use }) => [key, value, use])).toEqual(
        [0, 1, 2, 3].map(value => [
          row.key,
          row.value(value),
          counts.includes(value) ? 'used' : 'overridden',
        ]),
      )
      for (const { use, because, at } of settings) {
        expect(at.line).toBeGreaterThan(1)
        expect(because !== undefined).toBe(use === 'overridden')
      }
      // Without the profile its values are not there, and the working folder's come first.
      const plain = (await folders.load()).settings
      const best = row.counts === undefined ? [2] : row.counts.length > 1 ? [2, 3] : [3]
      expect(plain.filter(({ use }) => use === 'used').map(({ value }) => value)).toEqual(best.map(row.value))
    },
  )

  it('has every key of the schema in the table above', async () => {
    const { configJsonSchema } = await import('../../src/toolkit/config/json-schema.ts')
    const { properties } = configJsonSchema() as { properties: { [key: string]: unknown } }
    const keys = Object.keys(properties).filter(
      key => !['$schema', 'version', 'trust', 'profiles'].includes(key),
    )
    expect([...new Set(ROWS.map(({ key }) => key.split('.')[0]))].sort()).toEqual(keys.sort())
  })
})

describe('paths', () => {
  it('begin at the folder of their file, and at the home of the user after ~/', async () => {
    const folders = configFolders()
    folders.write('user', 'state: ../runs\nprofiles: { home: { state: ~/runs } }\n')
    expect((await folders.load()).state).toBe(join(folders.user, '..', 'runs'))
    expect((await folders.load({ profile: 'home' })).state).toMatch(/^\/.*\/runs$/)
  })
})
