import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { found } from '../../src/model/expression/pattern.ts'
import { isWhole } from '../setup/whole.ts'
import { bin, GateProgram } from './gate-program.ts'
import { LineClient } from './mcp/line-client.ts'

let gate: GateProgram
beforeEach(() => {
  gate = new GateProgram()
})
afterEach(() => gate.close())

const RULES = `
version: 1
rules:
  - { name: most, effect: allow, tools: [Read, "test/*"] }
  - { name: slow, effect: deny, when: 'has(args.s) && args.s.matches("(?i)a[ab]{300}.{300}c")' }
  - { name: deep, effect: deny, when: 'has(args.l) && args.l.exists(x, args.l.exists(y, x == y && x == "never"))' }
  - { name: long, effect: deny, when: 'has(args.t) && args.m.exists(x, args.t.contains(x))' }
  - { name: wild, effect: deny, when: 'has(args.g) && glob(args.g, args.p)' }
  - { name: much, effect: deny, when: has(args.amount) && args.amount > 50 }
  - { name: odd, effect: deny, when: '"constructor" in args || has(args.polluted)' }
`
const call = (tool_input: string) =>
  `{"hook_event_name":"PreToolUse","session_id":"s","tool_name":"Read","tool_input":${tool_input}}`
/** Hard for RE2: none of its short cuts works, and it takes characters times instructions. */
const ab = (length: number) => {
  let [text, state] = ['', 1]
  for (let n = 0; n < length; n += 1) {
    state = (state * 48_271) % 2_147_483_647
    text += state % 2 ? 'a' : 'b'
  }
  return text
}
const reasonOf = (stdout: string) =>
  stdout === '' || stdout === '{}\n' ? '' : JSON.parse(stdout).hookSpecificOutput.permissionDecisionReason

test.each<[string, string | Buffer, string]>([
  ['a pattern that is hard, in a short text', call(JSON.stringify({ s: ab(5_000) })), 'allowed'],
  [
    'a pattern that is hard, in a long text',
    call(JSON.stringify({ s: ab(900_000) })),
    "rule 'slow' could not be",
  ],
  [
    'loops over loops',
    call(JSON.stringify({ l: Array.from({ length: 50_000 }, (_, n) => n) })),
    "rule 'deep' could not be",
  ],
  [
    'many texts in a long one',
    call(JSON.stringify({ t: 'a'.repeat(500_000), m: Array.from({ length: 90_000 }, () => 'ab') })),
    "rule 'long' could not be",
  ],
  [
    'a long pattern of stars in a long text',
    call(JSON.stringify({ g: 'a'.repeat(400_000), p: '*ab'.repeat(100_000) })),
    "rule 'wild' could not be",
  ],
  ['nested 100,000 deep', call(`${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`), 'nested deeper'],
  ['lists nested 100,000 deep', call(`{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`), 'nested deeper'],
  ['a million values', call(`{"a":[${'0,'.repeat(450_000)}0]}`), 'more than 100000 values'],
  ['a prototype as an argument', call('{"__proto__":{"polluted":true},"x":1}'), 'allowed'],
  ['a prototype around it', call('{}').replace('{', '{"__proto__":{"tool_name":"Write"},'), 'allowed'],
  ['an argument by a name of every object', call('{"constructor":1}'), "denied by rule 'odd'"],
  ['NUL', call('{"file_path":"a\\u0000b"}'), 'allowed'],
  ['a member that stands twice', call('{"file_path":"a","file_path":"b"}'), 'a member stands twice'],
  [
    'a member that stands twice, escaped',
    call('{"file_path":"a","file\\u005fpath":"b"}'),
    'a member stands twice',
  ],
  [
    'a tool that is named twice',
    call('{}').replace('"tool_name"', '"tool_name":"Write","tool_name"'),
    'a member stands twice',
  ],
  ['an argument in another case', call('{"Amount":60}'), "could be taken for 'amount'"],
  ['an argument in two cases', call('{"amount":1,"AMOUNT":60}'), "could be taken for 'amount'"],
  ['NUL in the name', call('{}').replace('Read', 'Read\\u0000'), 'no rule allows it'],
  ['half a surrogate', call('{"file_path":"\\ud800"}'), 'allowed'],
  ['half a surrogate in the name', call('{}').replace('Read', 'Read\\udc00'), 'no rule allows it'],
  ['a number beyond 2^53', call('{"amount":90071992547409930001}'), "denied by rule 'much'"],
  ['a number beyond everything', call('{"amount":1e999}'), "denied by rule 'much'"],
  ['bytes that are no UTF-8', Buffer.from(call('{"file_path":"a\xff"}'), 'latin1'), 'not UTF-8'],
  ['a byte order mark', `\ufeff${call('{}')}`, 'not JSON'],
  ['UTF-16', Buffer.from(call('{}'), 'utf16le'), 'not JSON'],
])('a hostile event is decided: %s', async (_, input, expected) => {
  gate.policy(RULES)
  // Bytes have to come by the program's own input.
  const isStarted = isWhole || typeof input !== 'string'
  const { exit, stdout, stderr } = await (isStarted
    ? gate.hook('claude', input)
    : gate.judged('claude', input))
  if (expected === 'allowed')
    expect({ exit, stdout, stderr }).toEqual({ exit: 0, stdout: '{}\n', stderr: '' })
  else expect(reasonOf(stdout) + stderr).toContain(expected)
  if (stdout === '') expect(exit).toBe(2)
})

test('an event of 50 MB is read to its end, so that its writer can finish, kept nowhere, and refused', async () => {
  gate.policy(RULES)
  const child = spawn(process.execPath, [bin, 'hook', '--harness', 'claude'], { env: gate.env })
  let stderr = ''
  child.stderr.on('data', data => (stderr += data))
  const ended = once(child, 'close')
  const chunk = Buffer.alloc(1024 * 1024, 'x')
  child.stdin.write(call('{"a":"').slice(0, -1))
  for (let n = 0; n < 50; n += 1) if (!child.stdin.write(chunk)) await once(child.stdin, 'drain')
  const peak =
    process.platform === 'linux'
      ? Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1])
      : 0
  child.stdin.end('"}}')
  expect(await ended).toEqual([2, null])
  expect(stderr).toContain('larger than 1024 KiB')
  expect(peak).toBeLessThan(130_000)
})

test('the proxy refuses what is hostile, and goes on', async () => {
  gate.policy(RULES)
  const client = LineClient.hostile(gate)
  const line = (id: number, args: string) =>
    `{"jsonrpc":"2.0","id":${id},"method":"tools/call","params":{"name":"echo","arguments":${args}}}`
  expect((await client.ask(line(1, JSON.stringify({ s: ab(3_000_000) })))).result.isError).toBe(true)
  expect((await client.ask(line(2, `{"a":"${'x'.repeat(50_000_000)}"}`))).error.code).toBe(-32600)
  expect((await client.ask(line(3, `{"__proto__":{"polluted":true}}`))).result.isError).toBeUndefined()
  client.child.stdin.write(Buffer.from(`${line(4, '{"a":"\xff"}')}\n`, 'latin1'))
  expect((await client.next()).error).toEqual({ code: -32700, message: 'not UTF-8' })
  expect((await client.ask(line(5, '{"amount":90071992547409930001}'))).result.isError).toBe(true)
  expect((await client.ask(line(6, '{"amount":12345678901234567890,"a":1}'))).result.isError).toBe(true)
  expect((await client.ask(line(7, '{"a":"\\ud800\\u0000"}'))).result.isError).toBeUndefined()
  expect(await client.end()).toBe(0)
  expect(client.stderr).toContain('{"__proto__":{"polluted":true}}')
})

test('patterns alone are not bounded where nothing asks for it', () => {
  expect(found(ab(2_000), '(?i)a[ab]{300}.{300}c')).toBe(false)
})
