import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { bin, GateProgram, root } from './gate-program.ts'

const CALL = { hook_event_name: 'PreToolUse', tool_name: 'Read', tool_input: {} }
const CODE = 'dist/cli/gate.cjs'

let gate: GateProgram
let cache: string
beforeAll(async () => {
  gate = new GateProgram()
  gate.policy('version: 1\nrules: [{ effect: allow }]\n')
  await gate.hook('claude', CALL)
  for (const folder of ['bin', 'dist/cli']) mkdirSync(join(gate.folder, folder), { recursive: true })
  copyFileSync(bin, join(gate.folder, 'bin/gate.cjs'))
  copyFileSync(join(root, CODE), join(gate.folder, CODE))
  cache = join(gate.folder, `${CODE}.cache`)
})
afterAll(() => gate.close())

const kept = () => readFileSync(join(root, `${CODE}.cache`))
const hook = () =>
  spawnSync(
    process.execPath,
    [join(gate.folder, 'bin/gate.cjs'), 'hook', '--harness', 'claude', '--agent', 'a'],
    { env: gate.env, input: JSON.stringify(CALL), encoding: 'utf8' },
  )

test.each<[string, () => Buffer | undefined]>([
  ['there', kept],
  ['missing', () => undefined],
  ['empty', () => Buffer.alloc(0)],
  ['cut', () => kept().subarray(0, 20_000)],
  ["another version's", () => Buffer.concat([Buffer.alloc(16, 7), kept().subarray(16)])],
])('what V8 compiled at build time only saves time: %s', (_, content) => {
  rmSync(cache, { force: true })
  const bytes = content()
  if (bytes) writeFileSync(cache, bytes)
  expect(hook()).toMatchObject({ status: 0, stdout: '{}\n', stderr: '' })
})

test.each([
  ['there is none', () => rmSync(join(gate.folder, CODE))],
  [
    'it is half of it',
    () => writeFileSync(join(gate.folder, CODE), readFileSync(join(root, CODE)).subarray(0, 9_000)),
  ],
  ['it is nothing', () => writeFileSync(join(gate.folder, CODE), '')],
])('a program that cannot start blocks: %s', (_, spoil) => {
  rmSync(cache, { force: true })
  spoil()
  const { status, stdout, stderr } = hook()
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' })
  expect(stderr).toContain('interdict-gate refused: it cannot start')
})

test('a decision loads no module of Node that takes long to load', () => {
  const loaded = [...readFileSync(join(root, CODE), 'latin1').matchAll(/require\("(node:[\w/]+)"\)/g)].map(
    ([, name]) => name,
  )
  // `node:crypto` is a fifth of a hook's life: SHA-256 and HMAC of short texts are done without it.
  expect(loaded.toSorted()).toEqual(['node:buffer', 'node:fs', 'node:os', 'node:path'])
})
