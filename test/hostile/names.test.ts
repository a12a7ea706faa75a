import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { idOf } from '../../src/lab/aws/seed/ids.ts'
import type { Estate } from '../../src/lab/aws/store.ts'
import { Desk, type Ended, expectNoTrace } from './program.ts'

const ESCAPES = '\u001b[2J\u001b]0;owned\u0007\u009b31m\u0008\u007f'
const BIDI = 'admin\u202egnp.exe\u2066\u200f'
const LINES = 'one\r\ntwo\u2028three\u0085four'
const FORMULAS = ['=cmd|"/c calc"!A1', '+1+1', '-2+3', '@SUM(A1)', '\t=1', '\r=1']
const HOSTILE: { [key: string]: string } = {
  escapes: ESCAPES,
  bidi: BIDI,
  lines: LINES,
  quote: '","=1+1","',
  long: 'x'.repeat(5000),
  ...Object.fromEntries(FORMULAS.map((text, at) => [`formula${at}`, text])),
  [ESCAPES]: 'as a key',
  __proto__x: 'y',
  constructor: 'z',
}

const HARMLESS = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: 'sqs:*', Resource: '*' }],
})

/** A user with nothing but hostile names and texts. IAM would not take all of these; another endpoint may. */
function prepare(estate: Estate): void {
  const [account] = estate.accounts
  const user = account?.users.find(({ name }) => name === 'billing-export')
  if (!account || !user) throw new Error('no billing-export in the seed')
  for (const [at, name] of [
    `evil${ESCAPES}`,
    `${BIDI}`,
    ...FORMULAS,
    '../../etc/passwd',
    '__proto__',
  ].entries()) {
    account.users.push({
      ...user,
      name,
      id: idOf('AIDA', `hostile-${at}`),
      path: '/hostile/',
      tags: { ...HOSTILE },
      inline: { [`policy${ESCAPES}`]: HARMLESS, [BIDI]: HARMLESS },
      accessKeys: user.accessKeys.map(key => ({ ...key, id: idOf('AKIA', `hostile-${at}`) })),
    })
  }
  account.alias = `acme${ESCAPES}`
}

let desk: Desk
beforeAll(async () => {
  desk = await Desk.open(prepare)
  desk.written()
})
afterAll(async () => {
  await desk.close()
})

/** What a terminal acts on, but for the end of a line. */
const CONTROLS = /(?!\n)[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069\u200e\u200f]/gu
const HOSTILE_USERS = ['--where', 'identity.kind == "user" && identity.path == "/hostile/"']

describe('names and tags from a cloud', () => {
  it.each(['table', 'json', 'ndjson', 'csv'])(
    'an inventory as %s holds nothing that a terminal acts on',
    async format => {
      const ended = await desk.interdict(['inventory', '--format', format, ...HOSTILE_USERS])
      expect(ended.code, ended.stderr).toBe(0)
      expect(ended.stdout).toContain('evil')
      expectHarmless(ended)
    },
  )

  it('no cell of a CSV is a formula', async () => {
    const { stdout } = await desk.interdict([
      'inventory',
      '--format',
      'csv',
      '--kind',
      'user',
      '--kind',
      'access-key',
    ])
    const cells = stdout.split('\r\n').flatMap(line => cellsOf(line))
    expect(cells.length).toBeGreaterThan(100)
    expect(cells.filter(cell => /^[=+\-@\t\r]/.test(cell))).toEqual([])
  })

  it('JSON gives the names back as they are', async () => {
    const { stdout } = await desk.interdict(['inventory', '--json', ...HOSTILE_USERS])
    const { identities } = JSON.parse(stdout) as { identities: { name: string; facts: { tags: object } }[] }
    const evil = identities.find(({ name }) => name === `evil${ESCAPES}`)
    expect(evil?.facts.tags).toEqual(HOSTILE)
    expect(identities.map(({ name }) => name)).toContain('__proto__')
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined()
  })

  it('contain, status, verify and restore draw them harmlessly, and put everything back', async () => {
    const seed = desk.range.snapshot()
    const key = ['--input', `key=${idOf('AKIA', 'hostile-0')}`]
    const say = async (...args: string[]) => {
      const ended = await desk.interdict(args)
      expectHarmless(ended)
      return ended
    }
    await say('plan', 'leaked-access-key', ...key)
    const contained = await say(
      'contain',
      'leaked-access-key',
      ...key,
      '--yes',
      '--reason',
      ESCAPES,
      '--ticket',
      BIDI,
    )
    expect(contained.code).toBe(0)
    const listed = await desk.interdict(['status', '--json'])
    const run = (JSON.parse(listed.stdout) as { runs: { run: string }[] }).runs[0]?.run ?? ''
    for (const args of [['status'], ['status', run], ['verify', run], ['restore', run, '--dry-run']])
      await say(...args)
    const restored = await say('restore', run, '--yes', '--accept-live-tokens', '--reason', 'done')
    expect(restored.code).toBe(0)
    expect(desk.range.snapshot()).toEqual(seed)
  })
})

/** The texts are long: what offends is shown, not all. */
function expectHarmless(ended: Ended): void {
  // RFC 4180 ends a line with both.
  const said = `${ended.stdout}${ended.stderr}`.replaceAll('\r\n', '\n')
  expect([...said.matchAll(CONTROLS)].map(({ 0: found }) => JSON.stringify(found)).slice(0, 10)).toEqual([])
  expectNoTrace(ended)
}

/** The cells of a line of CSV, RFC 4180; no cell of ours has a line break. */
function cellsOf(line: string): string[] {
  return [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(([, quoted, bare]) =>
    (quoted ?? bare ?? '').replaceAll('""', '"'),
  )
}
