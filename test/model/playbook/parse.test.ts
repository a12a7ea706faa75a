import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checkPlaybook, kindsNeeded, parsePlaybook } from '../../../src/model/playbook/parse.ts'
import { catalog, minimal } from './catalog.ts'

const problems = (source: string) => checkPlaybook(source, 'p.yaml', catalog).problems
const first = (source: string) => {
  const [problem] = problems(source)
  return (
    problem && `${problem.severity} ${problem.line}:${problem.column} ${problem.path} | ${problem.message}`
  )
}

describe('a good playbook', () => {
  test('has what it left out', () => {
    const playbook = parsePlaybook(minimal, 'p.yaml', catalog)
    expect(playbook).toMatchObject({
      name: 'one-role',
      status: 'experimental',
      protect: ['identity.tags.exists(k, k == "break-glass")'],
      limit: { identities: 5, share: 0.2 },
      ttl: 4 * 3600,
      inputs: { role: { type: 'string', required: true } },
      steps: [{ name: 'the role', interrupt: [{ use: 'quarantine', params: {} }] }],
      file: 'p.yaml',
      source: minimal,
    })
    expect(playbook.sha256).toMatch(/^[0-9a-f]{64}$/)
    expect(kindsNeeded(playbook, catalog)).toEqual(['role'])
  })

  test('keeps what the schema of an interruption fills in', () => {
    const source = minimal.replace('[quarantine]', '[{ constrain: { deny: ["s3:*"] } }]')
    expect(parsePlaybook(source, 'p.yaml', catalog).steps[0]?.interrupt).toEqual([
      { use: 'constrain', params: { deny: ['s3:*'], reason: 'none' } },
    ])
  })

  test('a verb reaches the credentials of what is selected', () => {
    const source = minimal.replace('== "role"', '== "user"').replace('[quarantine]', '[disable]')
    expect(problems(source)).toEqual([])
  })
})

describe('a problem of a playbook', () => {
  test.each([
    ['unknown key', minimal.replace('title:', 'titel:'), "error 1:1  | 'title' is missing"],
    ['number for text', `${minimal}ttl: 4\n`, "error 11:6 ttl | 'ttl' has to be text, but is number"],
    ['ttl too long', `${minimal}ttl: 400d\n`, "error 11:6 ttl | 'ttl' has to be between 1m and 90d"],
    ['created', `${minimal}created: kill\n`, /^error 11:10 created \| 'created' has to be .*contain/],
    ['empty protect', `${minimal}protect: []\n`, /^error 11:10 protect \| 'protect' must not be empty/],
    ['share', `${minimal}limit: { share: 2 }\n`, "error 11:17 limit.share | 'share' has to be <=1"],
    ['version', minimal.replace('version: 1', 'version: 2'), "error 1:10 version | 'version' has to be 1"],
    ['cloud', minimal.replace('{ aws: {} }', '{ aw: {} }'), "error 10:10 scope.aw | no cloud is called 'aw'"],
    ['no cloud', minimal.replace('{ aws: {} }', '{}'), /'scope' has to name a cloud/],
    ['no credential', minimal.replace('[quarantine]', '[disable]'), /'disable' works on access-key, but/],
    ['verb', minimal.replace('[quarantine]', '[quarantin]'), /^error 9:17 .* no verb and no interruption/],
    [
      'no such verb yet',
      minimal.replace('[quarantine]', '[gate]'),
      /no cloud has an interruption for 'gate' yet/,
    ],
    [
      'kind',
      minimal.replace('[quarantine]', '[aws.user.quarantine]'),
      /works on user, but the step selects role/,
    ],
    [
      'params',
      minimal.replace('[quarantine]', '[{ constrain: { deny: [] } }]'),
      'error 9:38 steps.0.interrupt.0.constrain.deny | aws.role.constrain deny has to be >=1 items',
    ],
    ['two in one', minimal.replace('[quarantine]', '[{ a: {}, b: {} }]'), /has to name one verb/],
    [
      'look-ahead',
      minimal.replace('^[a-z-]+$', '(?=a)'),
      /^error 5:34 inputs.role.pattern \| not an RE2 pattern/,
    ],
    [
      'default',
      minimal.replace("pattern: '^[a-z-]+$'", 'default: 3'),
      /^error 5:34 .* the default has to be text/,
    ],
    ['drill', `${minimal}drill: { thief: x }\n`, /a rehearsal needs a value for the input 'role'/],
    ['drill input', `${minimal}drill: { thief: x, inputs: { role: A } }\n`, /'role' does not match/],
    ['empty', '', 'error 1:1  | the file is empty'],
    ['list', '- 1', "error 1:1  | 'the playbook' has to be a mapping, but is a list"],
  ])('%s', (_, source, expected) => {
    if (typeof expected === 'string') expect(first(source)).toBe(expected)
    else expect(first(source)).toMatch(expected)
  })

  test('suggestions', () => {
    const suggestions = (source: string) => problems(source).map(({ suggestion }) => suggestion)
    expect(suggestions(minimal.replace('title:', 'titel:'))).toContain("did you mean 'title'?")
    expect(suggestions(minimal.replace('select:', 'selct:'))).toContain("did you mean 'select'?")
    expect(suggestions(minimal.replace('[quarantine]', '[quarantin]'))).toEqual([
      "did you mean 'quarantine'?",
    ])
    expect(suggestions(`${minimal}ttl: 4\n`)).toEqual(['put it in quotes'])
  })

  test('a flaw in an expression is placed inside the text, however it is written', () => {
    const at = (source: string) => problems(source).map(({ line, column }) => [line, column])
    const nme = minimal.replace('identity.name', 'identity.nme')
    expect(at(nme)).toEqual([[8, 49]])
    expect(at(nme.replace('select: ', 'select: >-\n      ').replace(' && ', '\n      && '))).toEqual([
      [10, 19],
    ])
    expect(at(nme.replace('select: ', 'select: |\n      ').replace(' && ', '\n      && '))).toEqual([
      [10, 19],
    ])
    const spread = 'select: |\n      identity.kind == "role"\n\n        && identity.nme == inputs.role'
    expect(at(nme.replace(/select: .*/, spread))).toEqual([[11, 21]])
    expect(at(nme.replace(/select: (.*)/, "select: '$1'"))).toEqual([[8, 50]])
    expect(at(nme.replace(/select: (.*)/, (_, cel) => `select: ${JSON.stringify(cel)}`))).toEqual([[8, 52]])
  })

  test('citations that are odd are warnings, with the id that took their place', () => {
    const source = `${minimal}references: { attack: [T1562.008], owasp-nhi: [NHI-08], nist-csf: [PR.AC-4] }\n`
    const { playbook, problems } = checkPlaybook(source, 'p.yaml', catalog)
    expect(playbook).toBeDefined()
    expect(problems.map(({ severity, suggestion }) => `${severity} ${suggestion}`)).toEqual([
      'warning write T1685.002',
      "warning did you mean 'NHI8:2025'?",
      'warning write PR.AA-05',
    ])
  })

  test('an input that no expression looks at, and a pattern that lets everything through, are warnings', () => {
    const source = minimal.replace('inputs.role', '"x"').replace('^[a-z-]+$', '[a-z]')
    expect(problems(source).map(({ message }) => message)).toEqual([
      "no expression looks at the input 'role'",
      expect.stringMatching(/not anchored/),
    ])
  })

  test('the Fault names the first and counts the rest', () => {
    const source = `${minimal.replace('title:', 'titel:')}ttl: 4\n`
    expect(() => parsePlaybook(source, 'p.yaml', catalog)).toThrowError(
      expect.objectContaining({
        code: 'invalid-playbook',
        where: 'p.yaml:1:1',
        message: "'title' is missing (and 2 more)",
      }),
    )
  })
})

describe('hostile files', () => {
  test.each([
    ['aliases', `a: &a [x]\nb: [${'*a,'.repeat(40)}]`, /more than 32 aliases/],
    ['laughs', `a: &a [${'x,'.repeat(999)}]\nb: &b [${'*a,'.repeat(20)}]`, /more than 10000 values/],
    ['itself', 'a: &a [*a]', /nested deeper than 20/],
    ['anchors', 'a: &a 1\nb: &a 2', /'&a' is there twice/],
    ['nowhere', 'a: *b', /no anchor is called 'b'/],
    ['brackets', `a: ${'['.repeat(100_000)}`, /nested too deeply/],
    ['dashes', `${'- '.repeat(50_000)}1`, /nested too deeply/],
    ['prototype', `${minimal}__proto__: { name: x }\n`, /'__proto__' is not allowed as a key/],
    [
      'constructor',
      minimal.replace('{ aws: {} }', '{ aws: { constructor: 1 } }'),
      /'constructor' is not allowed as a key/,
    ],
    ['twice', `${minimal}name: other\n`, /'name' is there twice/],
    ['tag', `${minimal}description: !!binary aGVsbG8=\n`, /tags such as/],
    ['own tag', `${minimal}description: !run x\n`, /Unresolved tag/],
    ['number', `${minimal}limit: { identities: 1e400 }\n`, /out of range/],
    ['integer', `${minimal}limit: { identities: 99999999999999999999 }\n`, /out of range/],
    ['nan', `${minimal}limit: { share: .nan }\n`, /out of range/],
    ['large', '#'.repeat(300_000), /at most 256 KiB/],
    ['documents', `${minimal}---\na: 1\n`, /only one document/],
    ['complex key', '? [a]\n: 1\n', /a key has to be plain text/],
  ])('%s', (_, source, message) => {
    const found = problems(source)
    expect(found.length).toBeLessThan(20)
    expect(found[0]?.message).toMatch(message)
  })

  test('any change to a playbook gives a playbook or problems with a place in it', () => {
    const lines = minimal.split('\n').length
    const snippet = fc.constantFrom(
      '{',
      '[',
      '"',
      "'",
      ': ',
      '\n',
      '  ',
      '- ',
      '&a ',
      '*a',
      '!!x ',
      '|',
      '\t',
      '#',
      '\0',
    )
    fc.assert(
      fc.property(fc.nat(minimal.length), fc.nat(8), fc.oneof(snippet, fc.string()), (at, cut, put) => {
        const source = minimal.slice(0, at) + put + minimal.slice(at + cut)
        const { playbook, problems } = checkPlaybook(source, 'p.yaml', catalog)
        expect(problems.some(({ severity }) => severity === 'error')).toBe(playbook === undefined)
        for (const { line, column } of problems) {
          expect(line).toBeGreaterThanOrEqual(1)
          expect(line).toBeLessThanOrEqual(lines + put.split('\n').length)
          expect(column).toBeGreaterThanOrEqual(1)
        }
      }),
      { numRuns: 500 },
    )
  })
})
