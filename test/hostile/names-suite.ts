import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Case } from '../cases/case.ts'
import { BIDI, ESCAPES } from '../cases/hostile-texts.ts'
import { Desk, type Ended, expectNoTrace } from './program.ts'

/** Characters that a terminal acts on, except the end of a line. */
const CONTROLS = /(?!\n)[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069\u200e\u200f]/gu

/** An estate with hostile texts, one of whose identities the playbook stops. */
export interface Hostile {
  open(): Case
  /** CEL that selects what has hostile names or texts. */
  where: string
  /** Part of a hostile text that has to be told, harmlessly. */
  told: string
  /** A name, or a text among the facts, as the cloud has it. */
  text: string
}

/** Names come from attackers: they are drawn harmlessly, and given back as they are in JSON. */
export function namesSuite(cloud: string, { open, where, told, text }: Hostile): void {
  let desk: Desk
  beforeAll(async () => {
    desk = await Desk.open(open())
  })
  afterAll(async () => {
    await desk.close()
  })

  describe(`names and texts from ${cloud}`, () => {
    it.each(['table', 'json', 'ndjson', 'csv'])(
      'an inventory as %s holds nothing that a terminal acts on',
      async format => {
        const ended = await desk.interdict(['inventory', '--format', format, '--where', where])
        expect(ended.code, ended.stderr).toBe(0)
        expect(ended.stdout).toContain(told)
        expectHarmless(ended)
      },
    )

    it('no cell of a CSV is a formula', async () => {
      const { stdout } = await desk.interdict(['inventory', '--format', 'csv'])
      const cells = stdout.split('\r\n').flatMap(line => cellsOf(line))
      expect(cells.length).toBeGreaterThan(100)
      expect(cells.filter(cell => /^[=+\-@\t\r]/.test(cell))).toEqual([])
    })

    it('JSON gives them back as they are', async () => {
      const { stdout } = await desk.interdict(['inventory', '--json', '--where', where])
      const { identities } = JSON.parse(stdout) as { identities: unknown[] }
      expect(textsOf(identities)).toContain(text)
      expect(({} as { polluted?: unknown }).polluted).toBeUndefined()
    })

    it('contain, status, verify and restore draw them harmlessly, and put everything back', async () => {
      const seed = desk.snapshot()
      const say = async (...args: string[]) => {
        const ended = await desk.interdict(args)
        expectHarmless(ended)
        return ended
      }
      await say('plan', desk.playbook)
      const contained = await say(
        'contain',
        desk.playbook,
        '--yes',
        '--no-wait',
        '--reason',
        ESCAPES,
        '--ticket',
        BIDI,
      )
      // Some clouds document minutes until they enforce what is set; nobody waits for them here.
      expect([0, 7]).toContain(contained.code)
      const listed = await desk.interdict(['status', '--json'])
      const run = (JSON.parse(listed.stdout) as { runs: { run: string }[] }).runs[0]?.run ?? ''
      for (const args of [['status'], ['status', run], ['verify', run], ['restore', run, '--dry-run']])
        await say(...args)
      const restored = await say('restore', run, '--yes', '--accept-live-tokens', '--reason', 'done')
      expect(restored.code).toBe(0)
      expect(desk.snapshot()).toEqual(seed)
    })
  })
}

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

/** Every string in a value, names included. */
function textsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, each]) => [name, ...textsOf(each)])
}
