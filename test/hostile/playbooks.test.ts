import { execFileSync } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Desk, type Ended, expectNoTrace, expectRefusal } from './program.ts'

let desk: Desk
beforeAll(async () => {
  desk = await Desk.open()
  desk.written()
})
afterAll(async () => {
  await desk.close()
})

const HEAD = `version: 1
name: hostile
title: Hostile
status: test
severity: low
scope:
  aws: { accounts: [self] }
`
const STEPS = `steps:
  - name: one
    select: identity.kind == "user"
    interrupt: [quarantine]
`
const bomb = (levels: number) =>
  Array.from({ length: levels }, (_, at) =>
    at === 0
      ? 'a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]'
      : `a${at}: &a${at} [${Array.from({ length: 9 }, () => `*a${at - 1}`).join(', ')}]`,
  ).join('\n')
const select = (text: string) =>
  `${HEAD}steps:\n  - name: one\n    select: ${text}\n    interrupt: [quarantine]\n`
const interrupt = (text: string) =>
  `${HEAD}steps:\n  - name: one\n    select: identity.kind == "user"\n    interrupt: [${text}]\n`

const FILES: [string, string | Buffer][] = [
  ['a bomb of aliases', `${bomb(12)}\n${HEAD}${STEPS}`],
  ['an alias of itself', `${HEAD}${STEPS}description: &a [*a]\n`],
  ['merge keys', `${HEAD}<<: { limit: { identities: 999999 } }\n${STEPS}`],
  ['an unknown key', `${HEAD}${STEPS}limits: { identities: 3 }\n`],
  ['an unknown key in a step', `${HEAD}${STEPS}    unless: "true"\n`],
  ['a prototype key', `${HEAD}__proto__: { limit: { identities: 99 } }\n${STEPS}`],
  ['a prototype key in a step', `${HEAD}${STEPS}    __proto__: { polluted: true }\n`],
  ['a constructor', `${HEAD}constructor: { prototype: { polluted: true } }\n${STEPS}`],
  [
    'a prototype as the name of an input',
    `${HEAD}inputs:\n  __proto__: { type: string, description: x }\n${STEPS}`,
  ],
  ['a prototype as a cloud', `${HEAD.replace('aws:', '__proto__:')}${STEPS}`],
  ['a prototype in the parameters', interrupt('{ constrain: { __proto__: { deny: ["*"] } } }')],
  ['the same key twice', `${HEAD}name: other\n${STEPS}`],
  ['a number beyond all numbers', `${HEAD}limit: { identities: 1e999, share: 1 }\n${STEPS}`],
  ['a number of many digits', `${HEAD}limit: { identities: ${'9'.repeat(400)}, share: 1 }\n${STEPS}`],
  ['a negative limit', `${HEAD}limit: { identities: -1, share: 1 }\n${STEPS}`],
  ['a share above all', `${HEAD}limit: { identities: 5, share: 1.01 }\n${STEPS}`],
  ['no number', `${HEAD}limit: { identities: .nan, share: .inf }\n${STEPS}`],
  ['an endless time', `${HEAD}ttl: 999999999999999999d\n${STEPS}`],
  ['a version of tomorrow', `${HEAD.replace('version: 1', 'version: 18446744073709551617')}${STEPS}`],
  ['a hole that is deep', `${HEAD}description: ${'['.repeat(5000)}\n`],
  ['a step in a deep hole', `${HEAD}steps: ${'{a: '.repeat(3000)}1${'}'.repeat(3000)}\n`],
  ['a tag that makes code', `${HEAD}description: !!js/function "function () { throw 1 }"\n${STEPS}`],
  ['a tag of its own', `${HEAD}description: !evil { a: 1 }\n${STEPS}`],
  ['two documents', `${HEAD}${STEPS}---\n${HEAD}${STEPS}`],
  ['a list', '- 1\n- 2\n'],
  ['nothing', ''],
  ['a comment', '# nothing\n'],
  ['a scalar', 'quarantine everything\n'],
  ['zeros', Buffer.alloc(1024)],
  ['noise', Buffer.from(Array.from({ length: 2048 }, (_, at) => (at * 167 + 13) % 256))],
  [
    'broken UTF-8',
    Buffer.concat([
      Buffer.from(`${HEAD}description: "`),
      Buffer.from([0xc3, 0x28, 0xff]),
      Buffer.from(`"\n${STEPS}`),
    ]),
  ],
  ['more text than a playbook has', `${HEAD}${STEPS}# ${'x'.repeat(300_000)}\n`],
  [
    'ten thousand steps',
    `${HEAD}steps:\n${'  - { name: a, select: "true", interrupt: [quarantine] }\n'.repeat(10_000)}`,
  ],
  ['an expression without an end', select('identity.kind == "user" && (')],
  ['an expression of an unknown name', select('process.exit(0) == 1')],
  ['an expression that walks the prototype', select('identity.__proto__.polluted == true')],
  [
    'an expression that calls a constructor',
    select('identity.constructor.constructor("return process")() == 1'),
  ],
  ['an expression that is no condition', select('identity.name')],
  ['an expression in a deep hole', select(`${'('.repeat(4000)}true${')'.repeat(4000)}`)],
  ['an expression that is long', select(`"${'a'.repeat(100_000)}" == identity.name`)],
  ['a pattern that is none', select('identity.name.matches("(")')],
  ['an interruption of a prototype', interrupt('__proto__')],
  ['an interruption that nobody has', interrupt('aws.user.destroy')],
  ['a parameter that is unknown', interrupt('{ constrain: { deny: ["s3:*"], allow: ["*"] } }')],
  ['terminal escapes', `${HEAD}"\\e[2J\\e]0;owned\\a": 1\n${STEPS}`],
  ['text that runs the other way', `${HEAD}"na\u202eme\u2066": 1\n${STEPS}`],
]

const fileOf = (title: string) => `${title.replaceAll(/\W/g, '-')}.yaml`
const placeIn = (title: string) => new RegExp(`${fileOf(title).replace('.', '\\.')}:\\d+:\\d+`)

describe('hostile playbooks', () => {
  let validated: Ended
  beforeAll(async () => {
    for (const [title, source] of FILES) await writeFile(join(desk.folder, fileOf(title)), source)
    const files = FILES.map(([title]) => fileOf(title))
    validated = await desk.interdict(['playbook', 'validate', ...files])
  })

  it('are refused one by one, and the answer stays short', () => {
    expect(validated.code).toBe(2)
    expectNoTrace(validated)
    const said = `${validated.stdout}${validated.stderr}`
    expect(said).not.toMatch(CONTROLS)
    expect(said.length).toBeLessThan(FILES.length * 5000)
  })

  it.each(FILES.map(([title]) => title))('%s: validate names the place', title => {
    expect(`${validated.stdout}${validated.stderr}`).toMatch(placeIn(title))
  })

  it.each([
    'a bomb of aliases',
    'an unknown key',
    'a prototype key',
    'a number of many digits',
    'a hole that is deep',
    'a tag that makes code',
    'noise',
    'broken UTF-8',
    'an expression in a deep hole',
    'an interruption of a prototype',
    'terminal escapes',
    'text that runs the other way',
  ])('%s: contain refuses it and writes nothing', async title => {
    const ended = await desk.interdict(['contain', fileOf(title), '--yes'])
    expectRefusal(ended, 2, placeIn(title))
    expect(ended.stderr).not.toMatch(CONTROLS)
    expect(desk.written()).toEqual([])
  })
})

/** Characters that a terminal acts on, except the end of a line. */
const CONTROLS = /(?!\n)[\p{Cc}\u202a-\u202e\u2066-\u2069\u200e\u200f]/u

describe('something that is no playbook at all', () => {
  it.each<[string, (path: string) => unknown, RegExp]>([
    ['a folder', path => mkdir(path), /is not a file/],
    ['a pipe', path => execFileSync('mkfifo', [path]), /is not a file/],
    ['nothing', () => undefined, /no playbook is called/],
    ['a very large file', path => writeFile(path, Buffer.alloc(2 * 1024 * 1024, 0x20)), /too large/],
  ])('%s', async (title, make, message) => {
    const path = join(desk.folder, title.replaceAll(' ', '-'))
    await make(path)
    for (const command of [
      ['plan'],
      ['contain', '--yes'],
      ['drill'],
      ['permissions'],
      ['playbook', 'validate'],
    ]) {
      expectRefusal(await desk.interdict([...command, path]), 2, message)
    }
    expect(desk.written()).toEqual([])
  })

  it('an endless device', async () => {
    expectRefusal(await desk.interdict(['plan', '/dev/zero']), 2, /is not a file/)
  })

  it('a name with escapes is drawn without them', async () => {
    const ended = await desk.interdict(['plan', '\u001b[2J\u202eno-such'])
    expectRefusal(ended, 2, /no playbook is called/)
    expect(ended.stderr).not.toMatch(CONTROLS)
  })
})

describe('something that is no plan', () => {
  it.each<[string, string]>([
    ['nothing', ''],
    ['null', 'null'],
    ['a list', '[]'],
    [
      'a run that climbs',
      '{"version":1,"run":"../../../etc/cron","at":"2026-11-23T00:00:00Z","playbook":{"source":"","name":""},"inputs":{},"target":{},"changes":[]}',
    ],
    [
      'changes that are none',
      '{"version":1,"run":"abcd","at":"2026-11-23T00:00:00Z","playbook":{"source":"","name":""},"inputs":{},"target":{},"changes":[null]}',
    ],
    [
      'changes without anything',
      '{"version":1,"run":"abcd","at":"2026-11-23T00:00:00Z","playbook":{"source":"version: 1","name":""},"inputs":{},"target":{},"changes":[{}]}',
    ],
    ['a prototype', '{"__proto__":{"version":1},"constructor":1}'],
    ['a version of tomorrow', '{"version":2}'],
    ['a deep hole', `${'['.repeat(100_000)}`],
  ])('%s', async (title, source) => {
    const path = join(desk.folder, `${title.replaceAll(' ', '-')}.json`)
    await writeFile(path, source)
    expectRefusal(await desk.interdict(['contain', path, '--yes']), 2, /./)
    expect(desk.written()).toEqual([])
  })
})
