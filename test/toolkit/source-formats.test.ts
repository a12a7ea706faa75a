import { mkdirSync, mkdtempSync, readFileSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { clouds } from '../../src/clouds/index.ts'
import { readingOf } from '../../src/toolkit/watch/judge.ts'
import { formattedSource, formatWords } from '../../src/toolkit/watch/source-formats.ts'
import { reader } from '../signals/reader.ts'

const state = realpathSync(mkdtempSync(join(tmpdir(), 'interdict-formats-')))
const context = { reader, mappings: ['shop', 'till'], tokens: true, state }
const read = (given: string, more: Partial<typeof context> = {}) => {
  const { source, from } = formattedSource(given, { ...context, ...more })
  return { source, kind: from.kind, bare: from.bare, formats: [...from.formats] }
}
const AWS = ['cloudtrail', 'guardduty', 'asff']
const GCP = ['cloud-audit', 'scc']
const SQS = 'sqs:https://sqs.eu-west-1.amazonaws.com/111122223333/trail'

describe('a source without formats', () => {
  test('delivers those of its cloud', () => {
    expect(read(SQS)).toEqual({ source: SQS, kind: 'sqs', bare: false, formats: AWS })
    expect(read('pubsub:projects/p/subscriptions/s').formats).toEqual(GCP)
    expect(read('azqueue:https://a.queue.core.windows.net/q').formats).toContain('entra-sign-in')
  })

  test.each(['file:log', '-'])(
    'delivers every log, the mappings and the tokens as %s, and no refusals of the gate',
    source => {
      const { formats } = read(source)
      for (const each of [...AWS, ...GCP, 'ocsf', 'azure-activity', 'shop', 'till', 'security-event-token']) {
        expect(formats).toContain(each)
      }
      expect(formats).not.toContain('gate')
      expect(read(source, { tokens: false }).formats).not.toContain('security-event-token')
    },
  )

  test("delivers refusals as the gate's own file, by whatever path", () => {
    mkdirSync(join(state, 'gate'))
    const link = join(state, 'link')
    symlinkSync(join(state, 'gate'), link)
    expect(read(`file:${join(state, 'gate', 'refusals.ndjson')}`).formats).toEqual(['gate'])
    expect(read(`file:${join(link, 'refusals.ndjson')}`).formats).toEqual(['gate'])
    expect(read(`file:${join(state, 'refusals.ndjson')}`).formats).not.toContain('gate')
  })
})

describe('formats before a source', () => {
  test('are all that it delivers', () => {
    expect(read(`aws,ocsf@${SQS}`)).toEqual({
      source: SQS,
      kind: 'sqs',
      bare: false,
      formats: [...AWS, 'ocsf'],
    })
    expect(read(`tokens,shop@${SQS}`).formats).toEqual(['security-event-token', 'shop'])
    expect(read(`mapping@${SQS}`).formats).toEqual(['shop', 'till'])
    expect(read('gate@file:copy').formats).toEqual(['gate'])
    expect(read('cloudtrail@-')).toMatchObject({ source: '-', kind: 'file', formats: ['cloudtrail'] })
  })

  test('may be the usual ones, bare', () => {
    expect(read(`bare@${SQS}`)).toMatchObject({ bare: true, formats: AWS })
    expect(read(`bare,asff@${SQS}`)).toMatchObject({ bare: true, formats: ['asff'] })
  })

  test.each([
    'file:a@b',
    'file:aws@home/log',
    'sqs:https://user@host/1/q',
    'azqueue:https://a.queue.core.windows.net/q?sig=x@y',
  ])('are not in %s', source => {
    expect(read(source).source).toBe(source)
  })

  test.each([
    [
      'trail@file:log',
      /"trail" is not a format/,
      /aws, gcp, azure, tokens, mapping, cloudtrail.*shop, till, bare/,
    ],
    [`gate@${SQS}`, /own file only/, /refusals\.ndjson/],
    ['bare@file:log', /bare is for sqs:/, /leave out/],
    ['tokens@file:log', /nothing says how/, /--tokens FILE/],
    ['mapping@file:log', /nothing says how/, /--mapping FILE/],
  ])('%s says what is wrong', (given, message, next) => {
    const none = given.startsWith('tokens') || given.startsWith('mapping')
    const more = none ? { tokens: false, mappings: [] } : {}
    expect(() => read(given, more)).toThrow(
      expect.objectContaining({
        code: 'usage',
        where: '--source',
        message: expect.stringMatching(message),
        next: expect.stringMatching(next),
      }),
    )
  })
})

describe('docs/watch.md', () => {
  const page = readFileSync('docs/watch.md', 'utf8')
  const codes = (text: string) => [...text.matchAll(/`([a-z][a-z-]+)`/g)].map(([, word]) => word)

  test.each([
    ['`sqs:`', SQS],
    ['`pubsub:`', 'pubsub:projects/p/subscriptions/s'],
    ['`azqueue:`', 'azqueue:https://a.queue.core.windows.net/q'],
  ])('names the formats of %s', (cell, source) => {
    const [, , formats = ''] =
      page
        .split('\n')
        .find(line => line.startsWith(`| ${cell} | \`c`) || line.startsWith(`| ${cell} | \`e`))
        ?.split('|') ?? []
    expect(codes(formats)).toEqual(read(source).formats)
  })

  test('names each word', () => {
    for (const word of formatWords(reader))
      if (word !== 'security-event-token') expect(page).toContain(`\`${word}\``)
  })
})

test('a mapping cannot have the name of a format', async () => {
  const file = join(state, 'mapping.yaml')
  const mapping = (name: string) => `version: 1
mappings:
  - name: ${name}
    match: { $.a: b }
    fields: { time: $.t, action: $.a, identity: { name: $.n } }
`
  writeFileSync(file, mapping('cloudtrail'))
  await expect(readingOf(clouds, { mapping: file })).rejects.toMatchObject({
    code: 'invalid-input',
    where: file,
  })
  writeFileSync(file, mapping('shop'))
  expect((await readingOf(clouds, { mapping: file })).mappings).toHaveLength(1)
})
