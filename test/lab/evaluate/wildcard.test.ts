import fc from 'fast-check'
import { expect, it } from 'vitest'
import { matchesWildcard } from '../../../src/lab/aws/evaluate/wildcard.ts'

it('matches what the same pattern matches as a regular expression', () => {
  const letters = fc.string({ unit: fc.constantFrom('a', 'b', ':', '/'), maxLength: 12 })
  const patterns = fc.string({ unit: fc.constantFrom('a', 'b', ':', '*', '?'), maxLength: 8 })
  fc.assert(
    fc.property(patterns, letters, (pattern, text) => {
      const regex = new RegExp(`^${pattern.replaceAll('*', '.*').replaceAll('?', '.')}$`)
      expect(matchesWildcard(pattern, text)).toBe(regex.test(text))
    }),
    { numRuns: 2000 },
  )
})

it('is not slowed down by many stars', () => {
  expect(matchesWildcard(`${'*a'.repeat(40)}b`, 'a'.repeat(5000))).toBe(false)
})
