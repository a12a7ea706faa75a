import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checkExpression, compileExpression } from '../../../src/model/expression/expression.ts'
import type { Identity } from '../../../src/model/identity.ts'
import type { Json } from '../../../src/model/json.ts'
import type { InputSpec } from '../../../src/model/playbook/playbook.ts'
import { catalog } from '../playbook/catalog.ts'

const inputs: { [name: string]: InputSpec } = {
  vendor: { type: 'list', of: 'string', description: '', required: true },
  days: { type: 'int', description: '', required: true },
}
const context = { kinds: catalog.kinds, inputs }
const given = { vendor: ['444455556666'], days: 90 }

const role = (facts: { [name: string]: Json } = {}, kind = 'role'): Identity => ({
  id: `aws:111122223333:${kind}/x`,
  uid: 'AROAX',
  cloud: 'aws',
  account: '111122223333',
  kind,
  name: 'x',
  facts,
})

const holds = (source: string, identity = role()) => compileExpression(source, context).test(identity, given)
const flaws = (source: string) => checkExpression(source, context).flaws

describe('the members that an expression sees', () => {
  test('facts by their declared types', () => {
    const subject = role({
      unusedDays: 91,
      created: '2026-11-20T09:00:00Z',
      tags: { team: 'ci' },
      human: { score: 1 },
      trust: { accounts: ['444455556666'], oidc: [{ issuer: 'token', subjects: ['repo:a'] }] },
    })
    for (const source of [
      'identity.unusedDays > 90 && identity.unusedDays > inputs.days',
      'identity.created < timestamp("2026-11-21T00:00:00Z")',
      'identity.tags.team == "ci"',
      'identity.human.score > 0.5',
      'identity.trust.accounts.exists(a, a in inputs.vendor)',
      'identity.trust.oidc.exists(o, o.subjects.exists(s, glob(s, "repo:*")))',
      'identity.trust.oidc[0].issuer == "token"',
      'inWindow(identity.created, "Mon-Fri 08:00-18:00", "Europe/Berlin")',
    ]) {
      expect(holds(source, subject), source).toBe(true)
    }
  })

  test('missing lists and maps are empty, missing scalars absent', () => {
    expect(holds('identity.trust.accounts.exists(a, true)')).toBe(false)
    expect(holds('identity.tags.exists(k, k == "break-glass")')).toBe(false)
    expect(holds('has(identity.unusedDays)')).toBe(false)
    expect(holds('identity.?unusedDays.orValue(0) == 0')).toBe(true)
    expect(() => holds('identity.unusedDays > 90')).toThrowError(/there is no 'unusedDays', looking at aws:/)
  })

  test('a value of another type than declared is an error, never false', () => {
    expect(() => holds('identity.unusedDays > 90', role({ unusedDays: 'many' }))).toThrowError(/not of type/)
    expect(() =>
      holds('identity.created > timestamp("2020-01-01T00:00:00Z")', role({ created: 'soon' })),
    ).toThrow()
  })

  test('hostile names in a cloud are only names', () => {
    const tags = JSON.parse('{"__proto__": "a", "constructor": "b", "hasOwnProperty": "c"}')
    const subject = role({ tags })
    expect(holds('identity.tags["__proto__"] == "a" && identity.tags["constructor"] == "b"', subject)).toBe(
      true,
    )
    expect(holds('"toString" in identity.tags || has(identity.tags.valueOf)', subject)).toBe(false)
    expect(flaws('identity.__proto__ != null')).toHaveLength(1)
    expect(flaws('identity.constructor != null')).toHaveLength(1)
    const disguised = role(JSON.parse('{"kind": "user", "__proto__": {"unusedDays": 1000}}'))
    expect(holds('identity.kind == "role" && !has(identity.unusedDays)', disguised)).toBe(true)
  })

  test('tags decide by equality alone, with every content', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.string()), fc.string(), (tags, wanted) => {
        const expected = Object.hasOwn(tags, wanted)
        expect(holds(`${JSON.stringify(wanted)} in identity.tags`, role({ tags }))).toBe(expected)
      }),
      { numRuns: 200 },
    )
  })
})

describe('the kinds that it is restricted to', () => {
  test.each([
    ['identity.kind == "role" && identity.name == "x"', ['role']],
    ['"role" == identity.kind', ['role']],
    ['identity.kind in ["role", "user"] && identity.kind != "x"', ['role', 'user']],
    ['identity.kind == "role" || identity.kind == "user"', ['role', 'user']],
    ['identity.kind == "role" && identity.kind == "user"', []],
    ['identity.kind == "role" || identity.name == "x"', undefined],
    ['!(identity.kind == "role")', undefined],
    ['identity.name == "x" ? identity.kind == "role" : true', undefined],
  ])('%s', (source, kinds) => {
    expect(compileExpression(source, context).kinds()).toEqual(kinds)
  })

  test('it is false for every other kind, and the type check knows only their facts', () => {
    expect(holds('identity.unusedDays > 1 && identity.kind == "role"', role({}, 'user'))).toBe(false)
    expect(flaws('identity.kind == "user" && identity.trust.accounts.size() > 0')[0]?.message).toBe(
      "identities have no 'trust'",
    )
  })

  test('the restriction agrees with the evaluation', () => {
    const atom = fc.constantFrom(
      'identity.kind == "role"',
      'identity.kind in ["user"]',
      'identity.name == "x"',
    )
    const tree = fc.letrec<{ node: string }>(tie => ({
      node: fc.oneof(
        { maxDepth: 4 },
        atom,
        fc
          .tuple(tie('node'), fc.constantFrom('&&', '||'), tie('node'))
          .map(([a, op, b]) => `(${a} ${op} ${b})`),
        tie('node').map(inside => `!${inside.startsWith('(') ? inside : `(${inside})`}`),
      ),
    })).node
    fc.assert(
      fc.property(tree, fc.constantFrom('role', 'user', 'group'), (source, kind) => {
        const expression = compileExpression(source, context)
        const plain = compileExpression(`true ? (${source}) : false`, context)
        expect(plain.kinds()).toBeUndefined()
        expect(expression.test(role({}, kind), given)).toBe(plain.test(role({}, kind), given))
      }),
    )
  })
})

describe('an expression that is refused', () => {
  test.each([
    ['identity.kin == "role"', "identities have no 'kin'", "did you mean 'kind'?"],
    ['has(identity.tag)', "identities have no 'tag'", "did you mean 'tags'?"],
    ['identity.kind == "rol"', "no kind of identity is called 'rol'", "did you mean 'role'?"],
    ['has(inputs.vendr)', "no input is called 'vendr'", "did you mean 'vendor'?"],
    ['identity.trust.oidc.exists(o, o.isuer == "x")', "there is no 'isuer'", "did you mean 'issuer'?"],
    ['identity.kind', 'has to be true or false, but is string', undefined],
    ['identity.name == 1', 'types do not fit: string == int', undefined],
    ['identity.name ==', 'it ends too early', undefined],
    ['nobody.x', 'Unknown variable: nobody', undefined],
    [
      'identity.name.matches(identity.kind)',
      'the pattern of matches() has to be written out as text',
      undefined,
    ],
    [
      '[1].exists(a, [1].exists(b, [1].exists(c, true)))',
      'more than 2 loops in one another are refused',
      undefined,
    ],
    ['inWindow(identity.created, "Mon-Fry 08:00-18:00", "UTC")', /a day that does not exist/, undefined],
    ['inWindow(identity.created, "Mon-Fri 08:00-18:00", "Mars/Base")', /time zone/, undefined],
  ])('%s', (source, message, suggestion) => {
    const [flaw] = flaws(source)
    if (typeof message === 'string') expect(flaw?.message).toBe(message)
    else expect(flaw?.message).toMatch(message)
    expect(flaw?.suggestion).toBe(suggestion)
  })

  test('with a caret under it, and the place', () => {
    const at = { file: 'p.yaml', line: 3, column: 13 }
    expect(() =>
      compileExpression('identity.kind == "role" && identity.nme == "x"', { ...context, at }),
    ).toThrowError(
      expect.objectContaining({
        code: 'invalid-playbook',
        where: 'p.yaml:3:13',
        message: [
          "identities have no 'nme'",
          '  identity.kind == "role" && identity.nme == "x"',
          `  ${' '.repeat(36)}^`,
        ].join('\n'),
      }),
    )
    expect(() => compileExpression('1', context)).toThrowError(expect.objectContaining({ code: 'usage' }))
  })

  test('too long, too deep, too wide', () => {
    expect(flaws(`identity.name == "${'a'.repeat(5000)}"`)[0]?.message).toMatch(/at most 4000/)
    expect(flaws(`${'('.repeat(1000)}true${')'.repeat(1000)}`)[0]?.message).toMatch(/maxDepth/)
    expect(flaws(Array.from({ length: 300 }, () => 'true').join('&&'))[0]?.message).toMatch(/max/)
  })

  test('anything at all yields flaws or an expression, never a stack trace', () => {
    const words = [
      'identity',
      'inputs',
      '.',
      'kind',
      '==',
      '"x"',
      '(',
      ')',
      'has',
      'exists',
      ',',
      '&&',
      '[',
      ']',
      '1',
    ]
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.constantFrom(...words), fc.string()), { maxLength: 20 }), parts => {
        const { expression, flaws } = checkExpression(parts.join(' '), context)
        expect(flaws.length > 0).toBe(expression === undefined)
      }),
      { numRuns: 500 },
    )
  })
})

describe('patterns', () => {
  const evil = role({ tags: { a: `${'a'.repeat(50_000)}!` } })

  test('one that hangs a backtracking engine for ever finishes', () => {
    expect(holds('identity.tags["a"].matches("^(a+)+$")', evil)).toBe(false)
  })

  test('every spelling of a call is RE2, wherever it stands', () => {
    expect(holds('(identity.name) . matches("^x$") && identity.kind.matches(r"^r\\w+$")')).toBe(true)
    expect(holds('["x"].exists(t, t.matches("x") && "matches" != t)')).toBe(true)
    for (const source of ['identity.name.matches("(?=x)")', 'identity.name.matches(r"(a)\\1")']) {
      expect(flaws(source)[0]?.message).toMatch(/^not an RE2 pattern/)
    }
    expect(flaws('identity.name.matches(("x"))')).toHaveLength(1)
    expect(flaws('identity.name /* x */ .matches("x")').length).toBeGreaterThan(0)
    expect(flaws('identity.name // matches("y")\n.matches("x")').length).toBeGreaterThan(0)
  })
})
