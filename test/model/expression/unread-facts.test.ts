import { describe, expect, it } from 'vitest'
import { compileExpression } from '../../../src/model/expression/expression.ts'
import type { Facts, Identity } from '../../../src/model/identity.ts'
import type { Kind } from '../../../src/model/kind.ts'

const kinds: Kind[] = [
  {
    name: 'role',
    summary: 'a role',
    credential: false,
    facts: { groups: 'list<string>', tags: 'map<string>', trust: { accounts: 'list<string>', open: 'bool' } },
  },
  { name: 'key', summary: 'a key', credential: true, facts: {} },
]

const identity = (kind: string, facts: Facts): Identity => ({
  id: `toy:a:${kind}/x`,
  uid: 'x',
  cloud: 'toy',
  account: 'a',
  kind,
  name: 'x',
  facts,
})

const on = (source: string, kind: string, facts: Facts) => {
  const expression = compileExpression(source, { kinds, inputs: {} })
  const attempt = (test: 'test' | 'testKnown') => {
    try {
      return expression[test](identity(kind, facts), {})
    } catch {
      return 'fails'
    }
  }
  return { select: attempt('test'), protect: attempt('testKnown') }
}

describe('a declared list or map that could not be read', () => {
  it.each([
    'identity.groups.exists(g, g == "admins")',
    'identity.tags.exists(t, t == "keep")',
    'identity.trust.accounts.exists(a, a == "1")',
    '!has(identity.tags.keep) && identity.groups.size() > 0',
  ])('fails %s where it must protect, and is empty in a select', source => {
    expect(on(source, 'role', {})).toEqual({ select: false, protect: 'fails' })
  })

  it('does not matter when the rest of the expression decides', () => {
    expect(on('identity.name == "y" && identity.groups.size() > 0', 'role', {}).protect).toBe(false)
    expect(on('identity.name == "x" || identity.groups.size() > 0', 'role', {}).protect).toBe(true)
  })

  it('is empty for a kind that does not declare it', () => {
    expect(on('identity.tags.exists(t, t == "keep")', 'key', {}).protect).toBe(false)
  })

  it('is what it is when it was read as empty', () => {
    expect(on('identity.groups.exists(g, g == "admins")', 'role', { groups: [] }).protect).toBe(false)
  })
})
