import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { withOurs, withoutOurs } from '../../../../src/clouds/aws/settings/trust-text.ts'

const OURS = '{"Sid":"InterdictC0de","Effect":"Deny","Principal":"*","Action":["sts:AssumeRole"]}'
const isOurs = (text: string) => (JSON.parse(text) as { Sid?: string }).Sid === 'InterdictC0de'
const statements = (text: string) => [(JSON.parse(text) as { Statement: unknown }).Statement].flat()

const there = (text: string) => {
  const cut = withOurs(text, OURS)
  if (cut === undefined) throw new Error('not in place')
  return cut
}

describe('a trust policy as text', () => {
  it.each([
    ['compact', '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole"}]}'],
    [
      'a single statement without a list',
      '{\n  "Statement": {"Sid": "a]}", "Effect": "Allow"},\n  "Version": "2012-10-17"\n}',
    ],
    [
      'lines and tabs',
      '{\n\t"Version" : "2008-10-17",\n\t"Statement" : [\n\t\t{ "Sid" : "\\"],[" }\n\t,\n {"Sid":"b"} ]\n}\n',
    ],
    ['an empty list', '{"Statement":[ ]}'],
    [
      'escapes and numbers',
      '{"Id":"\\u0041%41","Statement":[{"Sid":"\\\\","Condition":{"x":{"y":[1,2.50,true,null]}}}]}',
    ],
    ['the name of the member escaped', '{"\\u0053tatement":[{"Sid":"a"}]}'],
  ])('comes back byte for byte when it is %s', (_, text) => {
    const cut = there(text)
    expect(statements(cut)).toHaveLength(statements(text).length + 1)
    expect(withoutOurs(cut, isOurs)).toBe(text)
  })

  it('comes back byte for byte whatever its form', () => {
    const space = fc.stringMatching(/^[ \t\n\r]{0,3}$/)
    const value = fc.jsonValue({ maxDepth: 2 })
    const document = fc.record({
      other: value,
      statements: fc.array(fc.record({ Sid: fc.string(), Condition: value }), { maxLength: 4 }),
      list: fc.boolean(),
      gaps: fc.array(space, { minLength: 8, maxLength: 8 }),
      indent: fc.nat(3),
      first: fc.boolean(),
    })
    fc.assert(
      fc.property(document, ({ other, statements: all, list, gaps, indent, first }) => {
        const single = !list && all.length === 1
        const [a = '', b = '', c = '', d = '', e = '', f = '', g = '', h = ''] = gaps
        const items = all.map(each => JSON.stringify(each, null, indent))
        const value = single ? items.join() : `[${c}${items.join(`${d},${e}`)}${f}]`
        const members = [`"Statement"${a}:${b}${value}`, `"Other":${JSON.stringify(other, null, indent)}`]
        const text = `{${g}${(first ? members : members.reverse()).join(`,${h}`)}}${g}`
        expect(withoutOurs(there(text), isOurs)).toBe(text)
      }),
      { seed: 11, numRuns: 300 },
    )
  })

  it('is left to be written anew when a change in place would not be certain', () => {
    expect(withOurs('{"Version":"2012-10-17"}', OURS)).toBeUndefined()
    expect(withOurs('{"Statement":[],"Statement":[]}', OURS)).toBeUndefined()
    expect(withOurs('nonsense', OURS)).toBeUndefined()
    expect(withoutOurs(`{"Statement":[${OURS},${OURS}]}`, isOurs)).toBeUndefined()
  })
})
