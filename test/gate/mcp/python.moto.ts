import { execFile, execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { bin, GateProgram } from '../gate-program.ts'

const pathOf = (name: string) => fileURLToPath(new URL(name, import.meta.url))
const server = pathOf('attacking-server.mjs')
const modes: string[] = JSON.parse(execFileSync(process.execPath, [server, '--modes'], { encoding: 'utf8' }))

interface Seen {
  mode: string
  tools: { name: string; description: string }[]
  called: string[]
  listings: number
  honest: Omit<Seen, 'mode' | 'honest'>
}

let gates: GateProgram[]
let seen: Seen[]
beforeAll(async () => {
  gates = modes.map(() => new GateProgram())
  const attacks = modes.map((mode, index) => {
    gates[index]?.policy(
      'version: 1\nrules: [{ effect: allow }, { effect: deny, tools: [test/delete_all, test/steal] }]\n',
    )
    const { INTERDICT_STATE, INTERDICT_CONFIG } = gates[index]?.env ?? {}
    return [mode, { INTERDICT_STATE, INTERDICT_CONFIG }]
  })
  const command = [process.execPath, bin, 'mcp', '--server', 'test', '--', process.execPath, server]
  const { stdout } = await promisify(execFile)(
    process.env['INTERDICT_TEST_PYTHON'] ?? 'python3',
    [pathOf('attacked-client.py'), JSON.stringify(attacks), JSON.stringify(command)],
    { maxBuffer: 64 * 1024 * 1024 },
  )
  seen = stdout
    .trim()
    .split('\n')
    .map(line => JSON.parse(line) as Seen)
}, 600_000)

const others = (found: Seen) => ({
  hidden: found.tools.filter(({ name }) => name !== 'read_file'),
  changed: found.tools.filter(({ description }) => description !== 'a tool'),
  wrong: found.called.filter(name => name !== 'read_file'),
})

afterAll(() => {
  for (const gate of gates) gate.close()
  const count = (of: (found: Seen) => number) => seen.reduce((sum, each) => sum + of(each), 0)
  console.log(
    `MCP attacks, Python SDK: ${seen.length} ways, ${count(({ listings }) => listings)} listings, ${count(each => others(each).hidden.length)} hidden and ${count(each => others(each).changed.length)} changed tools seen, ${count(({ called }) => called.length)} calls of read_file, ${count(each => others(each).wrong.length)} of others`,
  )
})

test('the client sees an honest server’s allowed tool, and calls it', () => {
  expect(seen.map(({ mode }) => mode)).toEqual(modes)
  for (const { honest } of seen)
    expect(honest).toEqual({
      tools: Array.from({ length: 3 }, () => ({ name: 'read_file', description: 'a tool' })),
      called: ['read_file', 'read_file', 'read_file'],
      listings: 3,
    })
})

test.each(modes)('the official client sees neither hidden nor changed tools: %s', mode => {
  const found = seen.find(each => each.mode === mode)
  expect(found && others(found)).toEqual({ hidden: [], changed: [], wrong: [] })
})
