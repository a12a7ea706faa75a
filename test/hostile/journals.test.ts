import { createHash } from 'node:crypto'
import { copyFile, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { LEAKED_KEY } from '../../src/lab/aws/seed/index.ts'
import type { Json } from '../../src/model/json.ts'
import { Desk, expectNoTrace, expectRefusal } from './program.ts'

let desk: Desk
let run: string
let other: string
let contained: Json
let genuine: Buffer

beforeAll(async () => {
  desk = await Desk.open()
  run = await desk.contained('leaked-access-key', '--input', `key=${LEAKED_KEY}`)
  other = await desk.contained('leaked-access-key', '--input', `key=${LEAKED_KEY}`, '--stack')
  contained = desk.snapshot()
  genuine = await readFile(desk.journal(run))
  desk.written()
})
afterAll(async () => {
  await desk.close()
})

const FORCEFUL = ['--yes', '--accept-live-tokens', '--reason', 'test']

/** Puts something where the journal was. */
type Forgery = (file: string) => Promise<void>

const replaced =
  (make: (lines: string[]) => string | Buffer): Forgery =>
  async file =>
    writeFile(file, make(genuine.toString('utf8').trimEnd().split('\n')))

const joined = (lines: readonly string[]) => `${lines.join('\n')}\n`

/** An entry with another text and the right hash over it; the signature cannot be made anew. */
function rehashed(line: string, from: string, to: string): string {
  const suffix = /,"hash":"[0-9a-f]{64}",("sig":"[^"]+"\})$/.exec(line)
  const text = `${line.slice(0, suffix?.index)}}`.replaceAll(from, to)
  const hash = createHash('sha256').update(text).digest('hex')
  return `${text.slice(0, -1)},"hash":"${hash}",${suffix?.[1]}`
}

const FORGERIES: [string, RegExp, Forgery][] = [
  [
    'a before image altered',
    /was altered/,
    replaced(lines => joined(lines.map(line => line.replaceAll('"enabled":true', '"enabled":1')))),
  ],
  [
    'a key that says it was off before us',
    /is not signed|does not follow/,
    replaced(lines => joined(lines.map(line => rehashed(line, '"enabled":true', '"enabled":false')))),
  ],
  [
    'the last entry altered and hashed again',
    /is not (signed|the one)/,
    replaced(lines =>
      joined([...lines.slice(0, -1), rehashed(lines.at(-1) ?? '', '"complete"', '"incomplete"')]),
    ),
  ],
  [
    'a line missing in the middle',
    /has number \d+: entries are missing/,
    replaced(lines => joined([...lines.slice(0, 2), ...lines.slice(3)])),
  ],
  [
    'lines in another order',
    /has number/,
    replaced(([a = '', b = '', c = '', ...rest]) => joined([a, c, b, ...rest])),
  ],
  [
    'rolled back by some entries',
    /was rolled back: it has \d+ entries/,
    replaced(lines => joined(lines.slice(0, -3))),
  ],
  ['cut off in the middle of a line', /was rolled back/, replaced(() => genuine.subarray(0, -100))],
  ['emptied', /rolled back|was never begun/, replaced(() => '')],
  [
    'swapped for the journal of another run',
    /the file was swapped/,
    file => copyFile(desk.journal(other), file),
  ],
  ['missing', /is missing/, file => rm(file)],
  [
    'a link to another file',
    /a link stands/,
    async file => {
      await rm(file)
      await symlink(desk.journal(other), file)
    },
  ],
  [
    'a folder',
    /regular file|EISDIR/,
    async file => {
      await rm(file)
      await mkdir(file)
    },
  ],
  ['noise', /rolled back|is not a journal entry/, replaced(() => Buffer.alloc(4096, 0x1b))],
  ['zeros', /rolled back|is not a journal entry/, replaced(() => Buffer.alloc(4096))],
  [
    'JSON of another kind',
    /is not a journal entry|rolled back/,
    replaced(() => '{"__proto__":{"v":1},"constructor":null}\n[]\nnull\n'),
  ],
  [
    'a line that goes on for ever',
    /is not a journal entry|rolled back|damaged/,
    replaced(lines => joined([`{"pad":"${'x'.repeat(8_000_000)}"}`, ...lines])),
  ],
]

async function genuineAgain(): Promise<void> {
  await rm(desk.journal(run), { recursive: true, force: true })
  await writeFile(desk.journal(run), genuine, { mode: 0o600 })
}

describe.each(FORGERIES)('a journal that is %s', (_, message, forge) => {
  beforeAll(() => forge(desk.journal(run)))
  afterAll(genuineAgain)

  it('is not restored', async () => {
    const ended = await desk.interdict(['restore', run, ...FORCEFUL])
    expectRefusal(ended, 5, message)
    expect(desk.written()).toEqual([])
    expect(desk.snapshot()).toEqual(contained)
  })
})

const TELLING = ['a before image altered', 'rolled back by some entries', 'missing', 'a folder']

describe.each(FORGERIES.filter(([title]) => TELLING.includes(title)))(
  'a journal that is %s',
  (_, message, forge) => {
    beforeAll(() => forge(desk.journal(run)))
    afterAll(genuineAgain)

    it('is told of in the list of runs, and the other runs are still there', async () => {
      const ended = await desk.interdict(['status'])
      expect(ended.code).toBe(5)
      expect(ended.stdout).toContain(run)
      expect(ended.stdout).toContain(other)
      expectNoTrace(ended)
    })

    it('keeps another run from being restored over what it may hold', async () => {
      const ended = await desk.interdict(['restore', other, ...FORCEFUL])
      expectRefusal(ended, 5, message)
      expect(desk.written()).toEqual([])
      expect(desk.snapshot()).toEqual(contained)
    })
  },
)

describe('an altered journal is refused by every command', () => {
  beforeAll(async () => {
    await writeFile(desk.journal(run), genuine.toString('utf8').replaceAll('"enabled":true', '"enabled":1'))
  })
  afterAll(async () => {
    await writeFile(desk.journal(run), genuine)
  })

  it.each([['restore', '--dry-run'], ['resume'], ['verify'], ['status'], ['status', '--json']])(
    '%s %s',
    async (command, ...flags) => {
      const ended = await desk.interdict([command, run, ...flags])
      expect(ended.code).toBe(5)
      expect(`${ended.stdout}${ended.stderr}`).toMatch(/was altered/)
      expectNoTrace(ended)
      expect(desk.written()).toEqual([])
    },
  )
})

it('the genuine journal is taken again, and gives everything back', async () => {
  for (const each of [other, run]) {
    const ended = await desk.interdict(['restore', each, ...FORCEFUL])
    expect(ended.code, ended.stderr).toBe(0)
  }
  expect(desk.snapshot()).not.toEqual(contained)
})
