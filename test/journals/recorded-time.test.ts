import { afterEach, expect, test } from 'vitest'
import { compileExpression } from '../../src/model/expression/expression.ts'
import type { Identity } from '../../src/model/identity.ts'
import type { Kind } from '../../src/model/kind.ts'
import { liveAt } from './recorded-time.ts'

afterEach(() => liveAt(undefined))

const kind = { name: 'key', summary: '', credential: false, facts: { created: 'time' } } as Kind
const identity: Identity = {
  ...{ id: 'toy:town:key/a', uid: 'a', cloud: 'toy', account: 'town', kind: 'key', name: 'a' },
  facts: { created: '2025-12-01T00:00:00Z' },
}
const isOld = () =>
  compileExpression('identity.created < timestamp("2026-01-01T00:00:00Z")', {
    kinds: [kind],
    inputs: {},
  }).test(identity, {})

test('a recorded moment is the time of the process, and the expressions of playbooks compare its dates', () => {
  expect(isOld()).toBe(true)
  liveAt('2020-02-02T00:00:00Z')
  expect(new Date().toISOString()).toMatch(/^2020-02-02T00:00:/)
  expect(Date.now()).toBeGreaterThanOrEqual(Date.parse('2020-02-02T00:00:00Z'))
  expect(new Date('2026-01-01T00:00:00Z').constructor).toBe(new Date().constructor)
  expect(new Date()).toBeInstanceOf(Date)
  expect(isOld()).toBe(true)
  liveAt(undefined)
  expect(isOld()).toBe(true)
  expect(Date.now()).toBeGreaterThan(Date.parse('2026-01-01T00:00:00Z'))
})
