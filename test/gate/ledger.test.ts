import { execFile } from 'node:child_process'
import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { recordDecision } from '../../src/gate/ledger.ts'
import { checkLedger } from '../../src/gate/ledger-check.ts'
import { OwnKey } from '../../src/store/own-key.ts'
import { Seal as JournalSeal } from '../../src/store/seal.ts'
import { GateProgram, root } from './gate-program.ts'

const run = promisify(execFile)
const SEGMENT = 3_000
const RECORD = {
  ...{ harness: 'claude', agent: 'a', session: 's', tool: 'Read', because: 'policy', reason: 'r' },
  effect: 'allow',
}

let gate: GateProgram
let seal: OwnKey
let folders: { state: string; heads: string; segmentBytes: number }
beforeEach(async () => {
  gate = new GateProgram()
  const config = join(gate.folder, 'config')
  await new JournalSeal(config).signer()
  seal = OwnKey.fromPem(readFileSync(join(config, 'seal.pem')))
  folders = {
    state: join(gate.folder, 'state'),
    heads: join(config, 'heads', 'town'),
    segmentBytes: SEGMENT,
  }
})
afterEach(() => gate.close())

const ledger = () => join(folders.state, 'gate')
const files = () => readdirSync(ledger()).filter(name => /^decisions.*jsonl$/.test(name))
const closed = () => files().filter(name => name !== 'decisions.jsonl')
const record = (count = 1, effect = 'allow') => {
  for (let n = 0; n < count; n += 1)
    recordDecision(folders, seal, { ...RECORD, effect }, '2026-11-23T10:00:00Z')
}
const checked = () => {
  const found = [...checkLedger(folders, seal)]
  const flaw = found.findLast(each => each.flaw !== undefined)
  return {
    entries: found.flatMap(({ entry }) => (entry ? [entry.seq] : [])),
    flaw: flaw && `${flaw.file} line ${flaw.line} ${flaw.flaw}`,
  }
}
const numbers = (count: number) => Array.from({ length: count }, (_, n) => n)

test('a full file is closed under the number of its last entry, and the chain goes on in the next', () => {
  record(60)
  expect(closed().length).toBeGreaterThan(3)
  expect(checked()).toEqual({ entries: numbers(60), flaw: undefined })
  for (const name of closed()) {
    const last = readFileSync(join(ledger(), name), 'utf8').trim().split('\n').at(-1) ?? ''
    expect(JSON.parse(last).seq).toBe(Number(/\d+/.exec(name)?.[0]))
  }
})

test.each<[string, (names: string[]) => void, RegExp]>([
  [
    'the first is missing',
    ([first = '']) => rmSync(join(ledger(), first)),
    /does not follow.*where 0 should be/,
  ],
  ['one in the middle is missing', ([, one = '']) => rmSync(join(ledger(), one)), /does not follow/],
  ['the newest is missing', names => rmSync(join(ledger(), names.at(-1) ?? '')), /does not follow/],
  [
    'one is truncated in an entry',
    ([, one = '']) => truncateSync(join(ledger(), one), 1_000),
    /does not follow/,
  ],
  [
    'one is truncated between entries',
    ([, one = '']) => {
      const text = readFileSync(join(ledger(), one), 'utf8')
      writeFileSync(join(ledger(), one), text.slice(0, text.lastIndexOf('\n', text.length - 2) + 1))
    },
    /does not follow/,
  ],
  [
    'two have changed places',
    ([one = '', two = '']) => {
      renameSync(join(ledger(), one), join(ledger(), 'x'))
      renameSync(join(ledger(), two), join(ledger(), one))
      renameSync(join(ledger(), 'x'), join(ledger(), two))
    },
    /does not follow/,
  ],
  [
    'one is there twice',
    ([one = '']) => copyFileSync(join(ledger(), one), join(ledger(), 'decisions-999999999999.jsonl')),
    /does not follow/,
  ],
  ['the open one is missing', () => rmSync(join(ledger(), 'decisions.jsonl')), /was cut/],
])('%s: that is told', (_, spoil, expected) => {
  record(60, 'deny')
  spoil(closed())
  expect(checked().flaw).toMatch(expected)
})

test('without the open file, or with the newest ones gone, nothing is appended', () => {
  record(60, 'deny')
  rmSync(join(ledger(), 'decisions.jsonl'))
  expect(() => record()).toThrow('was cut')
  rmSync(join(ledger(), closed().at(-1) ?? ''))
  expect(() => record()).toThrow('was cut')
})

test('a crash between closing a file and beginning the next: the chain goes on', () => {
  record(20)
  const [first = ''] = closed()
  rmSync(ledger(), { recursive: true })
  rmSync(join(gate.folder, 'config', 'heads'), { recursive: true, force: true })
  folders.segmentBytes = Number.POSITIVE_INFINITY
  record(1 + Number(/\d+/.exec(first)?.[0]))
  folders.segmentBytes = SEGMENT
  renameSync(join(ledger(), 'decisions.jsonl'), join(ledger(), first))
  const count = checked().entries.length
  expect(checked()).toEqual({ entries: numbers(count), flaw: undefined })
  // The next one died in the middle of its first line.
  writeFileSync(join(ledger(), 'decisions.jsonl'), '{"agent":"cl')
  record(2)
  expect(checked()).toEqual({ entries: numbers(count + 2), flaw: undefined })
  expect(closed()).toEqual([first])
})

test('a full file with half a line at its end goes on until the half is accounted for', () => {
  record(6)
  while (closed().length === 0) {
    const size = readFileSync(join(ledger(), 'decisions.jsonl')).length
    if (size >= SEGMENT) break
    record()
  }
  appendFileSync(join(ledger(), 'decisions.jsonl'), '{"agent":"cl')
  record(1)
  expect(closed()).toEqual([])
  record(1)
  expect(closed()).toHaveLength(1)
  const { entries, flaw } = checked()
  expect({ entries, flaw }).toEqual({ entries: numbers(entries.length), flaw: undefined })
})

test('a name that is taken is not written over', () => {
  record(3)
  const size = readFileSync(join(ledger(), 'decisions.jsonl')).length / 3
  const last = Math.ceil(SEGMENT / size) - 1
  for (const seq of [last - 1, last, last + 1])
    writeFileSync(join(ledger(), `decisions-${String(seq).padStart(12, '0')}.jsonl`), '')
  expect(() => record(20)).toThrow('is there already')
})

const WRITER = `
  const [ledger, seals, fs] = await Promise.all([
    import(${JSON.stringify(join(root, 'src/gate/ledger.ts'))}),
    import(${JSON.stringify(join(root, 'src/store/own-key.ts'))}),
    import('node:fs'),
  ])
  const [folders, record, config, dies] = JSON.parse(process.argv[1])
  const seal = seals.OwnKey.fromPem(fs.readFileSync(config + '/seal.pem'))
  if (dies) {
    // Right after the file has got its name.
    const { renameSync } = fs.default
    fs.default.renameSync = (from, to) => {
      renameSync(from, to)
      if (to.includes('decisions-')) process.kill(process.pid, 'SIGKILL')
    }
    const { syncBuiltinESMExports } = await import('node:module')
    syncBuiltinESMExports()
  }
  for (let n = 0; n < 40; n += 1) ledger.recordDecision(folders, seal, record, '2026-11-23T10:00:00Z')
`
const writer = (dies = false) =>
  run(process.execPath, [
    '--input-type=module',
    '-e',
    WRITER,
    JSON.stringify([folders, RECORD, join(gate.folder, 'config'), dies]),
  ])

test('several processes append while files are closed: one chain, and nothing is lost', async () => {
  mkdirSync(folders.state, { recursive: true })
  await Promise.all([writer(), writer(), writer()])
  expect(checked()).toEqual({ entries: numbers(120), flaw: undefined })
  expect(closed().length).toBeGreaterThan(5)
})

test('killed right after a file was closed: the lock is taken over, and the chain goes on', async () => {
  await expect(writer(true)).rejects.toMatchObject({ signal: 'SIGKILL' })
  expect(files()).toEqual(closed())
  expect(closed()).toHaveLength(1)
  const { entries } = checked()
  record(1)
  expect(checked()).toEqual({ entries: numbers(entries.length + 1), flaw: undefined })
  expect(files()).toHaveLength(2)
})

test('the program closes a file at 16 MiB, and its log reads on', async () => {
  gate.policy('version: 1\nrules: [{ effect: allow }]\n')
  const call = { hook_event_name: 'PreToolUse', tool_name: 'Read', tool_input: {} }
  await gate.hook('claude', call)
  const [head = ''] = readdirSync(join(gate.folder, 'config', 'heads')).filter(each => each.endsWith('.json'))
  folders.heads = join(gate.folder, 'config', 'heads', head.replace(/^gate-|\.json$/g, ''))
  folders.segmentBytes = Number.POSITIVE_INFINITY
  const long = { ...RECORD, reason: 'x'.repeat(15_000) }
  while (statSync(join(ledger(), 'decisions.jsonl')).size < 16 * 1024 * 1024)
    recordDecision(folders, seal, long, '2026-11-23T10:00:00Z')
  await Promise.all([gate.hook('claude', call), gate.hook('claude', call)])
  expect(closed()).toHaveLength(1)
  expect(gate.decisions()).toHaveLength(2)
  expect(await gate.run(['log'])).toMatchObject({ exit: 0, stderr: '' })
  rmSync(join(ledger(), closed()[0] ?? ''))
  expect(await gate.run(['log'])).toMatchObject({ exit: 5 })
})
