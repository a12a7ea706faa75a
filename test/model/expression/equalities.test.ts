import { describe, expect, test } from 'vitest'
import { aws } from '../../../src/clouds/aws/provider.ts'
import { compileExpression } from '../../../src/model/expression/expression.ts'

const text = { type: 'string', description: 'x', required: false } as const
const context = {
  kinds: aws.kinds,
  inputs: { role: text, key: text, roles: { type: 'list', description: 'x', required: false } as const },
}
const given = { role: 'ci', key: 'AKIA1', roles: ['a', 'b'] }
const lookups = (source: string, inputs: { [name: string]: string | string[] } = given) =>
  compileExpression(source, context).lookups(inputs)

describe('the conditions of an expression', () => {
  test.each([
    ['identity.kind == "role" && identity.name == inputs.role', [{ kind: 'role', name: 'ci' }]],
    ['inputs.role == identity.name', [{ name: 'ci' }]],
    ['identity.kind == "user" && inputs.key in identity.keys', [{ kind: 'user', keys: 'AKIA1' }]],
    ['identity.name in inputs.roles', [{ name: 'a' }, { name: 'b' }]],
    ['identity.name in ["x", inputs.role]', [{ name: 'x' }, { name: 'ci' }]],
    [
      '(identity.name == "x" || identity.id == inputs.role) && identity.enabled',
      [{ name: 'x' }, { id: 'ci' }],
    ],
    ['identity.name == "x" && identity.name != inputs.role', [{ name: 'x' }]],
    ['identity.name in []', []],
  ])('%s', (source, expected) => {
    expect(lookups(source)).toEqual(expected)
  })

  test.each([
    'identity.name == "x" || identity.enabled',
    'identity.name != "x"',
    '!(identity.name == "x")',
    'identity.name.startsWith("x")',
    'identity.enabled ? identity.name == "x" : identity.name != "x"',
    'identity.tags.exists(k, k == "x")',
    'true',
  ])('%s: it may be anything', source => {
    expect(lookups(source)).toBeUndefined()
  })

  test('an input that is not there asks nothing', () => {
    expect(lookups('identity.kind == "role" && identity.name == inputs.role', {})).toEqual([{ kind: 'role' }])
  })

  test('so many that a listing is shorter are no lookups', () => {
    expect(lookups('identity.name in inputs.roles', { roles: Array(65).fill('x') })).toBeUndefined()
  })
})
