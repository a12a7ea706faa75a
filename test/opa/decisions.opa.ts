import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Budget } from '../../src/gate/budget.ts'
import { opaEngine } from '../../src/gate/engine/opa.ts'
import type { Json } from '../../src/model/json.ts'
import { root } from '../gate/gate-program.ts'
import { callOf } from '../gate/judging.ts'

const program = process.env['INTERDICT_TEST_OPA'] ?? 'opa'
const page = readFileSync(join(root, 'docs/gate.md'), 'utf8')
const AUTHZ = `package system.authz
default allow := false
allow if input.identity == "right-token"
`
let folder: string
const children: ChildProcess[] = []

/** The socket on which a real server answers. */
async function served(
  name: string,
  modules: { [file: string]: string },
  ...flags: string[]
): Promise<string> {
  const files = Object.entries(modules).map(([file, text]) => {
    const path = join(folder, `${name}-${file}`)
    writeFileSync(path, text)
    return path
  })
  const socket = join(folder, `${name}.sock`)
  const child = spawn(
    program,
    [
      'run',
      '--server',
      '--skip-version-check',
      '--log-level',
      'error',
      '--addr',
      `unix://${socket}`,
      ...flags,
      ...files,
    ],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  )
  children.push(child)
  while (!(await answers(socket))) {
    if (child.exitCode !== null) throw new Error(`opa ended with ${child.exitCode}`)
  }
  return socket
}

function answers(socket: string): Promise<boolean> {
  return new Promise(resolve => {
    const connection = connect(socket)
    connection.on('connect', () => {
      connection.destroy()
      resolve(true)
    })
    connection.on('error', () => setImmediate(resolve, false))
  })
}

let plain: string
let guarded: string
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'opa-'))
  const rego = /```rego\n([\s\S]*?)```/.exec(page)?.[1] ?? ''
  const more = `package shapes
text := "allow"
number := 1
nothing := null
boolean := true
object := {"allow": true, "reason": "r"}
extra := {"effect": "allow", "obligations": []}
only_for_ls if input.args.command == "ls"
conflict := true
conflict := false if input.tool == "x"
`
  plain = await served('plain', { 'gate.rego': rego, 'shapes.rego': more })
  guarded = await served(
    'guarded',
    { 'gate.rego': rego, 'authz.rego': AUTHZ },
    '--authentication=token',
    '--authorization=basic',
  )
})
afterAll(async () => {
  for (const child of children) {
    child.kill()
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  }
  rmSync(folder, { recursive: true, force: true })
})

const ask = async (socket: string, path: string, args: { [name: string]: Json }, token?: string) => {
  const engine = opaEngine({
    url: `unix:${socket}:/v1/data/${path}`,
    ...(token === undefined ? {} : { token }),
  })
  const call = callOf(path.startsWith('gate') ? 'payments/refund' : 'x', args)
  return await engine.decide({ call, identities: [], time: new Date() }, new Budget(30))
}
const effect = async (args: { [name: string]: Json }) => (await ask(plain, 'gate/decision', args)).effect

test('the documented Rego decides as the page says, and is not beaten', async () => {
  for (const amount of [1, 0.5, 50]) expect([amount, await effect({ amount })]).toEqual([amount, 'allow'])
  for (const amount of [51, 50.01, 1e9]) expect([amount, await effect({ amount })]).toEqual([amount, 'ask'])
  for (const amount of [0, -1, null, true, false])
    expect([amount, await effect({ amount })]).toEqual([amount, 'deny'])
  // Rego compares values of any type: texts, lists and objects are larger than all numbers.
  for (const amount of ['1', [1], { a: 1 }])
    expect([amount, await effect({ amount })]).toEqual([amount, 'ask'])
  expect(await effect({})).toBe('deny')
  expect(await ask(plain, 'gate/decision', { amount: 60 })).toEqual({
    effect: 'ask',
    reason: 'a refund of more than 50 needs a person',
    rule: 'opa /v1/data/gate/decision',
  })
})

test('the gate reads the answers of a real server, and nothing else is an answer', async () => {
  expect(await ask(plain, 'shapes/boolean', {})).toMatchObject({ effect: 'allow' })
  expect(await ask(plain, 'shapes/object', {})).toMatchObject({ effect: 'allow', reason: 'r' })
  expect(await ask(plain, 'shapes/only_for_ls', { command: 'ls' })).toMatchObject({ effect: 'allow' })
  await expect(ask(plain, 'shapes/only_for_ls', { command: 'id' })).rejects.toThrow('undefined')
  await expect(ask(plain, 'none/at/all', {})).rejects.toThrow('undefined')
  for (const name of ['text', 'number', 'nothing', 'extra'])
    await expect(ask(plain, `shapes/${name}`, {})).rejects.toThrow('did not answer with')
  // The whole package is an object of other members.
  await expect(ask(plain, 'gate', {})).rejects.toThrow('did not answer with')
  // Two values for one rule.
  await expect(ask(plain, 'shapes/conflict', {})).rejects.toThrow('it answered with 500')
})

test('a server that wants a token is asked with the one in the file', async () => {
  const right = join(folder, 'right')
  writeFileSync(right, 'right-token\n')
  writeFileSync(join(folder, 'wrong'), 'wrong-token\n')
  expect(await ask(guarded, 'gate/decision', { amount: 1 }, right)).toMatchObject({ effect: 'allow' })
  await expect(ask(guarded, 'gate/decision', { amount: 1 }, join(folder, 'wrong'))).rejects.toThrow(
    /answered with 40[13]/,
  )
  await expect(ask(guarded, 'gate/decision', { amount: 1 })).rejects.toThrow(/answered with 40[13]/)
})
