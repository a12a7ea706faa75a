import { expect, test } from 'vitest'
import { checkExpression, compileExpression } from '../../../src/model/expression/expression.ts'
import type { Identity } from '../../../src/model/identity.ts'
import type { FactShape, Kind } from '../../../src/model/kind.ts'

const kind = (name: string, facts: FactShape): Kind => ({ name, summary: name, credential: false, facts })
const kinds = [
  kind('a', { size: 'int', trust: { accounts: 'list<string>' }, rules: { list: { name: 'string' } } }),
  kind('b', {
    size: 'string',
    trust: { open: 'bool' },
    rules: { list: { level: 'int' } },
    'not-a-name': 'int',
  }),
]
const identity = (name: string, facts: Identity['facts']): Identity => ({
  id: `x:1:${name}/i`,
  uid: 'u',
  cloud: 'x',
  account: '1',
  kind: name,
  name: 'i',
  facts,
})
const holds = (source: string, subject: Identity) =>
  compileExpression(source, { kinds, inputs: {} }).test(subject, {})

test('kinds that share a fact are merged, member by member', () => {
  const a = identity('a', { trust: { accounts: ['1'] }, rules: [{ name: 'n' }] })
  const b = identity('b', { trust: { open: true }, rules: [{ level: 3 }] })
  const source = '"1" in identity.trust.accounts || (has(identity.trust.open) && identity.trust.open)'
  expect(holds(source, a)).toBe(true)
  expect(holds(source, b)).toBe(true)
  expect(holds('identity.rules.exists(r, has(r.level) && r.level > 2)', a)).toBe(false)
  expect(holds('identity.rules.exists(r, has(r.level) && r.level > 2)', b)).toBe(true)
})

test('a fact that kinds declare otherwise is dynamic, unless the kind is named', () => {
  expect(holds('identity.size == 3 || identity.size == "big"', identity('a', { size: 3 }))).toBe(true)
  expect(holds('identity.size == 3 || identity.size == "big"', identity('b', { size: 'big' }))).toBe(true)
  const named = checkExpression('identity.kind == "b" && identity.size == 3', { kinds, inputs: {} })
  expect(named.flaws[0]?.message).toBe('types do not fit: string == int')
})

test('members of an identity beyond its kind are not seen', () => {
  expect(checkExpression('has(identity.secret)', { kinds, inputs: {} }).flaws).toHaveLength(1)
  expect(holds('identity.name == "i"', identity('a', { name: 'other', secret: 's' }))).toBe(true)
})
