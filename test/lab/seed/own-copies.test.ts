import { describe, expect, it } from 'vitest'
import { seedEstate } from '../../../src/lab/aws/seed/index.ts'
import { largeEstate } from '../../../src/lab/aws/seed/large.ts'
import { memberEstate } from '../../../src/lab/aws/seed/members.ts'
import { seedAzure } from '../../../src/lab/azure/seed/index.ts'
import { largeAzure } from '../../../src/lab/azure/seed/large.ts'
import { crowdedGcp, largeGcp, seedGcp } from '../../../src/lab/gcp/seed/index.ts'

const AT = '2026-01-02T03:04:05.000Z'

/** Every object below a value, with the path that leads to it. */
function objectsOf(value: unknown, path = 'estate', found = new Map<object, string>()): Map<object, string> {
  if (typeof value !== 'object' || value === null || found.has(value)) return found
  found.set(value, path)
  for (const [key, each] of Object.entries(value)) objectsOf(each, `${path}.${key}`, found)
  return found
}

const SEEDS: readonly [string, () => object][] = [
  ['AWS', () => seedEstate(AT)],
  ['large AWS', () => largeEstate(3, AT)],
  ['AWS with members', () => memberEstate(AT, { accounts: 2 })],
  ['Azure', () => seedAzure(AT)],
  ['large Azure', () => largeAzure(3, AT)],
  ['Google', () => seedGcp(AT)],
  ['large Google', () => largeGcp(AT, 3, 2)],
  ['crowded Google', () => crowdedGcp(AT, 3)],
]

// A test that changes the estate of its lab would change those of all later labs of its process.
describe('two estates of one seed', () => {
  it.each(SEEDS)('share nothing: %s', (_, seed) => {
    const first = objectsOf(seed())
    const shared = [...objectsOf(seed())].filter(([object]) => first.has(object)).map(([, path]) => path)
    expect(first.size).toBeGreaterThan(100)
    expect(shared).toEqual([])
  })
})
