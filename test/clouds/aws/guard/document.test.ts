import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  CHARACTERS,
  type GuardDocument,
  guardEntry,
  guardText,
  isPlainArn,
  NO_GUARD,
  PREPARED_GUARD,
  readGuard,
  withGuards,
} from '../../../../src/clouds/aws/guard/document.ts'
import type { Json } from '../../../../src/model/json.ts'

const arnOf = (name: string) => `arn:aws:iam::111122223333:${name}`
const ONE = arnOf('user/ci/ci-deploy')
const TWO = arnOf('role/third-party/vendor-sync')

const entry: fc.Arbitrary<[string, Json]> = fc
  .tuple(
    fc.constantFrom('all', 'undo', 'sessions'),
    fc.constantFrom(ONE, TWO, arnOf('user/a'), arnOf('role/b')),
    fc.constantFrom('2026-11-30T04:00:00Z', '2026-12-01T05:06:07Z'),
  )
  .map(([mode, arn, time]) => [guardEntry(mode as 'all', arn), mode === 'sessions' ? time : true])

const foreign: fc.Arbitrary<Json> = fc.constantFrom<Json>(
  { Sid: 'Trail', Effect: 'Deny', Action: 'cloudtrail:StopLogging', Resource: '*' },
  {
    Effect: 'Deny',
    Action: ['s3:*'],
    Resource: '*',
    Condition: { Bool: { 'aws:SecureTransport': 'false' } },
  },
  // Ours by its name, and changed: it is somebody else's now.
  {
    Sid: 'InterdictDenyAll',
    Effect: 'Deny',
    Action: 's3:*',
    Resource: '*',
    Condition: { ArnEquals: { 'aws:PrincipalArn': [ONE] } },
  },
)

const document: fc.Arbitrary<GuardDocument> = fc.record({
  entries: fc.array(entry).map(entries => Object.fromEntries(entries)),
  foreign: fc.uniqueArray(foreign, { selector: each => JSON.stringify(each) }),
  prepared: fc.boolean(),
})

describe('a guard policy as text', () => {
  it('says what it was made of', () => {
    fc.assert(
      fc.property(document, given => {
        expect(readGuard(guardText(given))).toEqual(given)
      }),
    )
  })

  it('has every Sid once', () => {
    fc.assert(
      fc.property(document, given => {
        const { Statement } = JSON.parse(guardText(given)) as { Statement: { Sid?: string }[] }
        const sids = Statement.flatMap(({ Sid }) => Sid ?? [])
        expect(new Set(sids).size).toBe(sids.length)
        for (const sid of sids) expect(sid).toMatch(/^[A-Za-z0-9]+$/)
      }),
    )
  })

  it('is the same after two entries come and go, whichever goes first', () => {
    fc.assert(
      fc.property(document, fc.boolean(), (given, firstFirst) => {
        const a = guardEntry('all', arnOf('user/x'))
        const b = guardEntry('undo', arnOf('role/y'))
        const both = withGuards(withGuards(given, { [a]: true }), { [b]: true })
        const [first, second] = firstFirst ? [a, b] : [b, a]
        const left = withGuards(withGuards(both, { [first]: undefined }), { [second]: undefined })
        expect(guardText(left)).toBe(guardText(given))
      }),
    )
  })

  it('does not take a statement for ours whose action or condition somebody changed', () => {
    const text = guardText(withGuards(NO_GUARD, { [guardEntry('all', ONE)]: true }))
    for (const [from, to] of [
      ['"Action":"*"', '"Action":"s3:*"'],
      ['"Effect":"Deny"', '"Effect":"Allow"'],
      ['ArnEquals', 'ArnNotEquals'],
    ] as const) {
      const changed = readGuard(text.replace(from, to))
      expect(changed.entries).toEqual({})
      expect(changed.foreign).toHaveLength(1)
    }
  })

  it('has room for more than a hundred principals', () => {
    let many = PREPARED_GUARD
    for (let at = 0; at < 110; at += 1) {
      many = withGuards(many, {
        [guardEntry('all', arnOf(`role/service-role/a-name-of-thirty-characters${at}`))]: true,
      })
    }
    expect(guardText(many).length).toBeLessThan(CHARACTERS)
  })
})

it.each([
  [ONE, true],
  [arnOf('role/a+b=c,d.e@f_g-h'), true],
  ['arn:aws-cn:iam::111122223333:user/x', true],
  [arnOf('user/*'), false],
  [arnOf('user/a?c'), false],
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a policy variable
  [arnOf('user/${aws:username}'), false],
  ['arn:aws:sts::111122223333:assumed-role/x/y', false],
])('an ARN of %s can be named in a guard policy: %s', (arn, expected) => {
  expect(isPlainArn(arn)).toBe(expected)
})
