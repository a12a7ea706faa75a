import { describe, expect, test } from 'vitest'
import { isLoopback, targetWord } from '../../src/model/target-word.ts'
import { columnsOf, pageOf, relative, tableOf, untilText } from '../../src/ui/page.ts'
import { sumText } from '../../src/ui/plan-sum.ts'
import { change, identity, NOW, plan } from './fixture.ts'

describe('the columns of a stream', () => {
  const PIPE = Number.POSITIVE_INFINITY
  test.each([
    ['a terminal', { isTTY: true, columns: 132 }, undefined, 132],
    ['a terminal that does not say', { isTTY: true, columns: 0 }, undefined, 80],
    ['a narrow terminal', { isTTY: true, columns: 10 }, undefined, 40],
    ['a terminal with COLUMNS', { isTTY: true, columns: 132 }, '100', 100],
    ['a terminal with an empty COLUMNS', { isTTY: true, columns: 132 }, '', 132],
    ['a pipe', {}, undefined, PIPE],
    ['a pipe with COLUMNS', {}, '100', 100],
    ['a pipe with a COLUMNS that is not a number', {}, 'wide', PIPE],
    ['a pipe with COLUMNS=0', {}, '0', PIPE],
  ])('%s', (_, stream, given, columns) => {
    expect(columnsOf(stream, given === undefined ? {} : { COLUMNS: given })).toBe(columns)
  })

  test('a table is whole in a pipe, and folded on a terminal', async () => {
    expect(tableOf(await pageOf({}, { now: NOW, env: {} }))).toEqual({ all: true })
    expect(tableOf(await pageOf({ isTTY: true, columns: 80 }, { now: NOW, env: {} }))).toEqual({ all: false })
  })
})

test.each([
  [4, 'just now'],
  [59, 'in 59s'],
  [90, 'in 2m'],
  [3590, 'in 1h'],
  [84_600, 'in 1d'],
  [86_400, 'in 1d'],
  [-84_600, '1d ago'],
])('%i seconds from now is %j', (seconds, text) => {
  expect(relative(new Date(Date.parse(NOW) + seconds * 1000).toISOString(), NOW)).toBe(text)
})

test('a review that has passed is overdue', () => {
  const at = (seconds: number) => new Date(Date.parse(NOW) + seconds * 1000).toISOString()
  expect(untilText(at(-7200), NOW)).toBe('overdue 2h')
  expect(untilText(at(7200), NOW)).toBe('in 2h')
  expect(untilText(at(-1), NOW)).toBe('just now')
})

test.each([
  ['lab', 'lab-1', 'lab'],
  ['live', '', 'live'],
  ['live', 'http://127.0.0.1:5055', 'emulator'],
  ['live', 'http://localhost:4566', 'emulator'],
  ['live', 'localhost:4566', 'emulator'],
  ['live', 'http://[::1]:4566', 'emulator'],
  ['live', 'https://sts.eu-west-1.amazonaws.com', 'endpoint'],
  ['live', 'https://127.0.0.1.example', 'endpoint'],
  ['live', 'https://localhost.example', 'endpoint'],
] as const)('a run of the target %s %s was made in %s', (kind, at, word) => {
  expect(targetWord({ kind, at })).toBe(word)
  expect(isLoopback(at)).toBe(word === 'emulator')
})

describe('the sum of a plan', () => {
  const one = change(identity('one'))
  const key = change({ ...identity('AKIA', 'access-key'), owner: one.identity.id }, 'disable')
  const already = { ...change(identity('already')), differences: [] }
  const held = { ...change(identity('held')), heldBy: [{ entry: 'inline/interdict-7f3k', runs: ['veyxua'] }] }

  test('counts a credential with its owner, and changes apart', () => {
    expect(sumText(plan([one, key]))).toBe('Plan: 1 to contain (2 changes), 0 to skip, 0 spared')
  })

  test('counts those for which nothing would be written as skipped', () => {
    expect(sumText(plan([already, held]))).toBe('Plan: 0 to contain, 2 to skip, 0 spared')
    expect(sumText(plan([one, already]))).toBe('Plan: 1 to contain (1 change), 1 to skip, 0 spared')
  })

  test('names what could not be done, found or reached', () => {
    const spared = [{ identity: identity('admin'), because: 'protected' }]
    const refused = [
      { identity: identity('root'), interruption: 'aws.user.disable', step: 'stop', because: 'no' },
    ]
    const unreached = [{ cloud: 'aws', account: '2', fault: { code: 'denied' as const, message: 'no' } }]
    expect(sumText(plan([one], { spared, refused, unreached, missing: [{ name: 'x' }] }))).toBe(
      'Plan: 1 to contain (1 change), 0 to skip, 1 spared, 1 change impossible, 1 not found, 1 account not reached',
    )
  })
})
