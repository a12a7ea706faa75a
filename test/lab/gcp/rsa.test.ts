import { expect, it } from 'vitest'
import { KEYS } from '../../../src/lab/gcp/seed/ids.ts'
import { DISTANCES, keyPair, searchDistance } from '../../../src/lab/gcp/seed/rsa.ts'

it('the table of distances gives the primes that the search finds for each key of the seed', () => {
  const names = Object.values(KEYS).flatMap(name => [`${name}/p`, `${name}/q`])
  expect(DISTANCES).toEqual(Object.fromEntries(names.map(name => [name, searchDistance(name)])))
})

it('a key of a name outside the seed is the same each time', () => {
  expect(keyPair('somebody else')).toEqual(keyPair('somebody else'))
  expect(keyPair('somebody else').publicKey).not.toBe(keyPair(KEYS.work).publicKey)
})
