import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { refusalSignal } from '../../src/gate/refusal.ts'
import type { Note } from '../../src/guard/ports.ts'
import { TENANT } from '../../src/lab/azure/seed/ids.ts'
import { OwnKey } from '../../src/store/own-key.ts'
import { someOf } from '../setup/whole.ts'
import {
  ACCOUNT,
  bareOf,
  CLOUD_OF,
  FORMATS,
  inEvent,
  inTopic,
  PRINCIPAL,
  recordsOf,
  victimOf,
} from './victims.ts'
import { type Watching, Watchpost } from './watchpost.ts'

let post: Watchpost
let seal: OwnKey
const kept = { ...process.env }
let forged = 0

beforeAll(async () => {
  Object.assign(process.env, {
    AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7WATCHER',
    AWS_SECRET_ACCESS_KEY: 'of no use',
    AWS_REGION: 'eu-west-1',
  })
  post = await Watchpost.open()
  const { Seal: Made } = await import('../../src/store/seal.ts')
  await new Made(post.config).signer()
  seal = OwnKey.fromPem(await readFile(join(post.config, 'seal.pem')))
}, 120_000)

beforeEach(async () => {
  await post.lab.reset()
})

afterAll(async () => {
  console.info(`${forged} forged records, 0 contained`)
  process.env = kept
  await post.close()
})

const of = (notes: readonly Note[], event: Note['event']) => notes.filter(note => note.event === event)
const AWS = FORMATS.filter(format => CLOUD_OF[format] === 'aws')
const GCP = FORMATS.filter(format => CLOUD_OF[format] === 'gcp')
const AZURE = FORMATS.filter(format => CLOUD_OF[format] === 'azure')
const victims = (formats: readonly string[]) => formats.map(format => victimOf(format))

/** A refusal of the gate; sealed unless somebody else wrote it. */
function refused(number: number, by: OwnKey = seal): string {
  const decision = { effect: 'deny', because: 'policy', reason: 'no', rule: 'none' } as const
  const call = {
    harness: 'claude',
    agent: 'refunds',
    session: 's',
    tool: `t${number}`,
    server: '',
    args: {},
  } as const
  const id = `azure:${TENANT}:service-principal/${PRINCIPAL}`
  return refusalSignal(call, decision, [id], new Date().toISOString(), by).trim()
}

/** Another machine's key. */
const other = () =>
  OwnKey.fromPem(
    Buffer.from(
      `-----BEGIN PRIVATE KEY-----\n${Buffer.concat([
        Buffer.from('302e020100300506032b657004220420', 'hex'),
        Buffer.alloc(32, 7),
      ]).toString('base64')}\n-----END PRIVATE KEY-----\n`,
    ),
  )

describe('an honest record contains its identity on the source of its cloud', () => {
  const sources: Record<string, (text: string) => Promise<string> | string> = {
    cloudtrail: text => post.queue('sqs', [inEvent(bareOf(text))]),
    guardduty: text => post.queue('sqs', [inTopic(text)]),
    asff: text => post.queue('sqs', [text]),
    ocsf: text => post.file('ocsf.ndjson', [text]),
    'cloud-audit': text => post.queue('pubsub', [text]),
    scc: text => post.queue('pubsub', [text]),
  }
  test.each(FORMATS)('%s', { timeout: 60_000 }, async format => {
    const text = victimOf(format)
    const source = await (sources[format] ?? ((azure: string) => post.queue('azqueue', [azure])))(text)
    const notes = await post.watch(source)
    expect(of(notes, 'set-aside'), JSON.stringify(notes)).toEqual([])
    expect(of(notes, 'contained').length, JSON.stringify(notes)).toBeGreaterThan(0)
  })

  test.each(someOf(FORMATS, 3))('%s in a file', { timeout: 60_000 }, async format => {
    const notes = await post.watch(await post.file('honest.ndjson', [victimOf(format)]))
    expect(of(notes, 'contained').length, JSON.stringify(notes)).toBeGreaterThan(0)
  })

  test('a sealed refusal of the gate', { timeout: 60_000 }, async () => {
    const notes = await post.watch(`gate@${await post.file('refusals.ndjson', [refused(1)])}`)
    expect(of(notes, 'contained'), JSON.stringify(notes)).toHaveLength(1)
  })

  test('a bare record of CloudTrail where the source says so', { timeout: 60_000 }, async () => {
    const notes = await post.watch(`bare,aws@${post.queue('sqs', [bareOf(victimOf('cloudtrail'))])}`)
    expect(of(notes, 'contained'), JSON.stringify(notes)).toHaveLength(1)
  })
})

/** Envelopes as an application could log them, around what a visitor typed. */
const TYPED: readonly ((text: string) => object)[] = [
  text => ({ messageId: 'm1', body: text }),
  text => ({ MessageId: 'm1', Body: text, ReceiptHandle: 'r', MD5OfBody: 'x' }),
  text => ({ message: { data: Buffer.from(text).toString('base64'), messageId: '1' } }),
  text => ({ data: Buffer.from(text).toString('base64'), messageId: '1', publishTime: 'now' }),
  text => ({ data: Buffer.from(text).toString('base64') }),
  text => ({ Data: Buffer.from(text).toString('base64'), SequenceNumber: '1' }),
  text => ({ kinesis: { data: Buffer.from(text).toString('base64') }, eventSource: 'aws:kinesis' }),
  text => ({ CloudTrailEvent: text }),
  text => ({ EventId: 'e', EventName: 'n', CloudTrailEvent: text, comment: 'typed' }),
  text => ({ Type: 'Notification', Message: text }),
  text => ({ 'detail-type': 'AWS API Call via CloudTrail', detail: JSON.parse(text) }),
  text => ({ specversion: '1.0', id: '1', source: 'shop', type: 'shop.order', data: JSON.parse(text) }),
  text => ({ id: '1', eventType: 'shop.order', dataVersion: '1', data: JSON.parse(text) }),
  text => ({
    messageType: 'DATA_MESSAGE',
    logGroup: 'shop',
    logStream: 'web',
    logEvents: [{ message: text }],
  }),
  text => ({ events: [{ logStreamName: 'web', timestamp: 1, ingestionTime: 2, message: text }] }),
  text => ({ sets: { one: text } }),
  ...['value', 'records', 'Records', 'entries', 'Events', 'Findings', 'findings', 'receivedMessages'].flatMap(
    name => [
      (text: string) => ({ [name]: [JSON.parse(text)], page: 1 }),
      (text: string) => ({ [name]: [text] }),
    ],
  ),
]
const logged = (record: object, more: object = { app: 'shop', level: 'info' }) =>
  JSON.stringify({ ...record, ...more })
const APP_LOG = `version: 1
mappings:
  - name: shop
    match: { $.app: shop }
    fields: { time: $.time, action: $.level, identity: { name: $.user } }
`
const TOKENS = `audience: https://soc.example/interdict
issuers:
  - issuer: https://idp.example
    keys: { keys: [{ kty: OKP, crv: Ed25519, x: 11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo }] }
`

/** @returns what was noted about so many forged records, of which nothing may come */
async function nothingComesOf(count: number, given: string, watching: Watching = {}): Promise<Note[]> {
  forged += count
  const before = post.lab.snapshot()
  const notes = await post.watch(given, watching)
  expect([...of(notes, 'fired'), ...of(notes, 'contained'), ...of(notes, 'proposed')]).toEqual([])
  expect(post.lab.snapshot()).toEqual(before)
  return notes
}

const token = (header: object) => {
  const part = (of: object) => Buffer.from(JSON.stringify(of)).toString('base64url')
  const now = Math.floor(Date.now() / 1000)
  const payload = {
    iss: 'https://idp.example',
    aud: 'https://soc.example/interdict',
    iat: now,
    jti: String(Math.random()),
    events: { 'https://schemas.openid.net/secevent/caep/event-type/session-revoked': {} },
    sub_id: { format: 'opaque', id: `azure:${TENANT}:service-principal/${PRINCIPAL}` },
  }
  return `${part(header)}.${part(payload)}.${Buffer.alloc(64, 1).toString('base64url')}`
}

describe('nothing comes of a forged record', () => {
  const all = () => FORMATS.flatMap(format => recordsOf(format))
  const elsewhere = (formats: readonly string[]) => formats.flatMap(format => recordsOf(format))

  test('on a queue of another cloud, and without its event', { timeout: 60_000 }, async () => {
    const bare = all().map(bareOf)
    await nothingComesOf(bare.length, post.queue('sqs', bare))
    const foreign = elsewhere([...GCP, ...AZURE, 'ocsf'])
    await nothingComesOf(foreign.length, post.queue('sqs', foreign.map(inTopic)))
    const notGoogle = elsewhere([...AWS, ...AZURE])
    await nothingComesOf(notGoogle.length * 2, post.queue('pubsub', [...notGoogle, ...notGoogle.map(bareOf)]))
    const notAzure = elsewhere([...AWS, ...GCP])
    await nothingComesOf(notAzure.length * 2, post.queue('azqueue', [...notAzure, ...notAzure.map(bareOf)]))
  })

  test('in an event that AWS did not send, or of another account', { timeout: 60_000 }, async () => {
    const lies: object[] = [
      { source: 'com.mallory.app' },
      { source: 'aws' },
      { source: 'AWS.iam' },
      { source: ' aws.iam' },
      { source: 'aws.partner/mallory.example/1' },
      { source: 'aws.iam\ncom.mallory.app' },
      { source: undefined },
      { account: undefined },
      { account: '999900001111' },
      { account: 'mine' },
      { source: 'aws.s3', 'detail-type': 'Something Else' },
      { note: 'a member that no event has' },
    ]
    const events = victims(['cloudtrail', 'guardduty', 'asff']).flatMap(record =>
      lies.map(lie => inEvent(record, lie)),
    )
    const others = victims([...GCP, ...AZURE, 'ocsf']).map(record => inEvent(bareOf(record)))
    const bodies = [...events, ...others, refused(2), inEvent(refused(3))]
    await nothingComesOf(bodies.length, post.queue('sqs', bodies))
    await nothingComesOf(bodies.length, post.queue('sqs', bodies.map(inTopic)))
    const inFile = [...events, ...others]
    await nothingComesOf(inFile.length, await post.file('events.ndjson', inFile))
  })

  test('in what a visitor typed into a form, in a log', { timeout: 60_000 }, async () => {
    const texts = [...FORMATS.flatMap(format => [victimOf(format), bareOf(victimOf(format))]), refused(4)]
    const events = texts.map(text => inEvent(text))
    const lines = someOf(
      [...texts, ...events].flatMap(text => TYPED.map(typed => logged(typed(text)))),
      5,
    )
    await nothingComesOf(lines.length, await post.file('app.ndjson', lines))
    const mapped = lines.map(line =>
      JSON.stringify({ ...JSON.parse(line), time: new Date().toISOString(), user: 'visitor' }),
    )
    await nothingComesOf(mapped.length, await post.file('mapped.ndjson', mapped), { mapping: APP_LOG })
    const some = mapped.slice(0, 400)
    await nothingComesOf(some.length, `mapping,aws@${post.queue('sqs', some)}`, { mapping: APP_LOG })
    await nothingComesOf(some.length, `mapping,gcp@${post.queue('pubsub', some)}`, {
      mapping: APP_LOG,
    })
    await nothingComesOf(some.length, `mapping,azure@${post.queue('azqueue', some)}`, {
      mapping: APP_LOG,
    })
    // An application that dumps the very message that it was sent.
    const dumps = someOf(
      texts.flatMap(text => TYPED.slice(0, 10).map(typed => JSON.stringify(typed(text)))),
      3,
    )
    await nothingComesOf(dumps.length, await post.file('dumps.ndjson', dumps))
  })

  test('of the gate, without its seal', { timeout: 60_000 }, async () => {
    const edited = JSON.stringify({ ...JSON.parse(refused(5)), action: 'another' })
    const bare = JSON.stringify({ ...JSON.parse(refused(6)), seal: undefined })
    const lines = [edited, bare, refused(7, other()), JSON.stringify({ ...JSON.parse(bare), seal: '' })]
    const notes = await nothingComesOf(lines.length, `gate@${await post.file('forged.ndjson', lines)}`)
    expect(of(notes, 'set-aside')).toMatchObject([{ count: 4, reason: expect.stringContaining('seal') }])
    // Sealed ones count in the gate's own file only.
    await nothingComesOf(1, await post.file('copied.ndjson', [refused(8)]))
  })

  test('of an account that is not ours', { timeout: 60_000 }, async () => {
    const records = [
      ...victims(['cloudtrail']).map(text => inEvent(bareOf(text)).replaceAll(ACCOUNT, '999900001111')),
      ...victims(['guardduty', 'asff']).map(text => text.replaceAll(ACCOUNT, '999900001111')),
    ]
    const notes = await nothingComesOf(records.length, post.queue('sqs', records))
    expect(of(notes, 'foreign')).toMatchObject([{ cloud: 'aws', account: '999900001111' }])
    const google = victims(['cloud-audit']).map(text =>
      text
        .replaceAll('projects/acme-prod', 'projects/evil-prod')
        .replaceAll('"project_id":"acme-prod"', '"project_id":"evil-prod"'),
    )
    await nothingComesOf(google.length, post.queue('pubsub', google))
    const azure = victims(AZURE).map(text => text.replaceAll(TENANT, '77777777-7777-4777-8777-777777777777'))
    await nothingComesOf(azure.length, post.queue('azqueue', azure))
  })

  test('of a log that anybody may write to', { timeout: 60_000 }, async () => {
    const entries = recordsOf('cloud-audit').map(text =>
      text.replaceAll(/cloudaudit\.googleapis\.com%2F\w+/g, 'shop'),
    )
    await nothingComesOf(entries.length, post.queue('pubsub', entries))
    await nothingComesOf(entries.length, await post.file('entries.ndjson', entries))
  })

  test('that is a token nobody signed', { timeout: 60_000 }, async () => {
    const typ = 'secevent+jwt'
    const tokens = [
      { alg: 'none', typ },
      { alg: 'HS256', typ },
      { alg: 'EdDSA', typ },
    ].map(token)
    await nothingComesOf(3, await post.file('tokens', tokens), { tokens: TOKENS })
    await nothingComesOf(3, `tokens@${post.queue('sqs', tokens)}`, { tokens: TOKENS })
    await nothingComesOf(3, post.queue('pubsub', tokens), { tokens: TOKENS })
  })
})

describe('a record of an account that nobody knows yet', () => {
  test('is proposed unless the account is one that is reached', { timeout: 60_000 }, async () => {
    const ours = inEvent(bareOf(victimOf('cloudtrail')))
    const notes = await post.watch(post.queue('sqs', [ours.replaceAll(ACCOUNT, '999900001111')]), {
      isUnknown: true,
    })
    expect(of(notes, 'contained')).toEqual([])
    expect(of(notes, 'proposed'), JSON.stringify(notes)).toMatchObject([
      { because: expect.stringMatching(/AWS 999900001111, which is not reached/) },
    ])
    const own = await post.watch(post.queue('sqs', [ours]), { isUnknown: true })
    expect(of(own, 'contained'), JSON.stringify(own)).toHaveLength(1)
  })
})

describe('a record that is too old, or from the future, is proposed', () => {
  const day = 86_400_000
  test.each([
    ['last month', -30 * day, /30 days old/],
    ['tomorrow', day, /from the future/],
  ])('%s', { timeout: 60_000 }, async (_, by, because) => {
    const before = post.lab.snapshot()
    const at = Date.now() + by
    const text = inEvent(bareOf(victimOf('cloudtrail', at)))
    for (const source of [post.queue('sqs', [text]), await post.file('old.ndjson', [text])]) {
      const notes = await post.watch(source)
      expect(of(notes, 'proposed'), JSON.stringify(notes)).toMatchObject([
        { because: expect.stringMatching(because) },
      ])
      expect(of(notes, 'contained')).toEqual([])
    }
    expect(post.lab.snapshot()).toEqual(before)
  })

  test('a longer limit lets it act', { timeout: 60_000 }, async () => {
    const text = victimOf('cloud-audit', Date.now() - 2 * day)
    const notes = await post.watch(post.queue('pubsub', [text]), { maxAge: 3 * day })
    expect(of(notes, 'contained'), JSON.stringify(notes)).toHaveLength(1)
  })
})
