import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { uptime } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { gateOf } from '../../src/cli/gate.ts'
import { recordDecision } from '../../src/gate/ledger.ts'
import { checkLedger } from '../../src/gate/ledger-check.ts'
import { bootId, restartedSince } from '../../src/store/boot-id.ts'
import type { Seal } from '../../src/store/own-key.ts'
import { GateProgram } from './gate-program.ts'

const RECORD = {
  ...{ harness: 'claude', agent: 'a', session: 's', tool: 'Read', because: 'policy', reason: 'r' },
  effect: 'allow',
}

let gate: GateProgram
let seal: Seal
let folders: { state: string; heads: string; segmentBytes: number }
beforeEach(async () => {
  gate = new GateProgram()
  const [state, config] = [join(gate.folder, 'state'), join(gate.folder, 'config')]
  ;({ seal } = await gateOf({ state, config }))
  folders = { state, heads: join(config, 'heads', 'town'), segmentBytes: 1e6 }
})
afterEach(() => gate.close())

const journal = () => join(folders.state, 'gate/decisions.jsonl')
const record = (count = 1) => {
  for (let n = 0; n < count; n += 1) recordDecision(folders, seal, RECORD, '2026-11-23T10:00:00Z')
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
const headFile = () => join(gate.folder, 'config/heads/gate-town.json')
const head = () =>
  JSON.parse(readFileSync(headFile(), 'utf8')) as { seq: number; synced: number; boot?: string }

test('a process that goes on lets the disk take what was allowed beside it, and never what was refused', async () => {
  const later = { ...folders, segmentBytes: 1e6, syncLater: true }
  for (let n = 0; n < 20; n += 1) recordDecision(later, seal, RECORD, '2026-11-23T10:00:00Z')
  // Written, and nothing of this turn is known to be on disk yet.
  expect(head()).toMatchObject({ seq: 19, synced: -1 })
  await expect.poll(() => head().synced, { timeout: 10_000 }).toBe(16)
  recordDecision(later, seal, { ...RECORD, effect: 'deny' }, '2026-11-23T10:00:00Z')
  expect(head()).toMatchObject({ seq: 20, synced: 20 })
  expect(checked()).toEqual({ entries: numbers(21), flaw: undefined })
})

/** Takes lines off the end of the open file. */
const cut = (lines: number) => {
  const path = journal()
  const kept = readFileSync(path, 'utf8')
    .split('\n')
    .slice(0, -1 - lines)
  writeFileSync(path, kept.map(line => `${line}\n`).join(''))
}
/** The entries that were not on disk yet belong to the time before the machine's last start. */
const restart = (boot = 'another start') => writeFileSync(headFile(), JSON.stringify({ ...head(), boot }))

test.each(Array.from({ length: 18 }, (_, n) => n + 1))(
  'an end of %i allowed calls that is cut off is reported, and nothing is appended',
  count => {
    record(40)
    cut(count)
    expect(checked().flaw).toBe(
      `decisions.jsonl line ${40 - count} was cut: 40 entries were written, and ${40 - count} are left`,
    )
    expect(() => record()).toThrow('was cut')
    // Not even under the name of a restart, once the disk had some of it.
    restart()
    if (count > 7) expect(() => record()).toThrow('was cut')
  },
)

test('the last line is missed after each number of entries, and so is the only one', () => {
  for (let count = 1; count <= 34; count += 1) {
    record()
    const path = journal()
    const whole = readFileSync(path)
    cut(1)
    expect(checked().flaw).toContain('was cut')
    expect(() => record()).toThrow('was cut')
    writeFileSync(path, whole)
  }
  expect(checked()).toEqual({ entries: numbers(34), flaw: undefined })
})

test('an end that a restart of the machine took is declared by the next entry, and by the log at once', () => {
  record(20)
  expect(head()).toMatchObject({ seq: 19, synced: 16 })
  cut(3)
  restart()
  const notes = () => [...checkLedger(folders, seal)].flatMap(({ note }) => note ?? [])
  expect(checked().flaw).toBeUndefined()
  expect(notes()).toEqual(['comes before 3 allowed calls that were not on disk when the machine restarted'])
  record()
  expect(checked()).toEqual({ entries: [...numbers(17), 20], flaw: undefined })
  expect(notes()).toEqual(['comes after 3 allowed calls that were not on disk when the machine restarted'])
  expect(head()).toMatchObject({ seq: 20, synced: 20 })
  record(2)
  cut(1)
  expect(() => record()).toThrow('was cut')
})

test('a machine without an id of its start compares the time of it', () => {
  const now = Date.now() - uptime() * 1000
  expect(restartedSince(bootId())).toBe(false)
  expect(restartedSince('another start')).toBe(true)
  expect(restartedSince(`started ${now}`)).toBe(existsSync('/proc/sys/kernel/random/boot_id'))
})

test('a head that a power failure left empty, and one of an earlier version, stop nothing', () => {
  record(3)
  writeFileSync(headFile(), '')
  record()
  const { seq, hash } = JSON.parse(readFileSync(headFile(), 'utf8'))
  writeFileSync(headFile(), JSON.stringify({ seq, hash }))
  record()
  expect(checked()).toEqual({ entries: numbers(5), flaw: undefined })
  writeFileSync(headFile(), JSON.stringify({ seq, hash }))
  cut(2)
  expect(() => record()).toThrow('was cut')
})
