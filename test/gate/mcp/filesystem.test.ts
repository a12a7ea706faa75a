import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { bin, GateProgram, root } from '../gate-program.ts'

const require = createRequire(import.meta.url)
const manifest = join(root, 'node_modules/@modelcontextprotocol/server-filesystem/package.json')
const { bin: entry } = require(manifest) as { bin: { [name: string]: string } }
const server = join(dirname(manifest), Object.values(entry)[0] ?? '')

let gate: GateProgram
let client: Client
beforeEach(async () => {
  gate = new GateProgram()
  mkdirSync(join(gate.folder, 'files/private'), { recursive: true })
  writeFileSync(join(gate.folder, 'files/open.txt'), 'open')
  writeFileSync(join(gate.folder, 'files/private/key.txt'), 'hunter2')
  gate.policy(`
version: 1
rules:
  - { name: reading, effect: allow, tools: ["files/read_*", "files/list_*"] }
  - name: not the private ones
    effect: deny
    when: args.?path.orValue("").contains("/private/")
`)
  client = new Client({ name: 'test', version: '1' })
  await client.connect(
    new StdioClientTransport({
      command: process.execPath,
      args: [
        bin,
        'mcp',
        '--server',
        'files',
        '--agent',
        'refunds',
        '--',
        process.execPath,
        server,
        join(gate.folder, 'files'),
      ],
      env: gate.env as Record<string, string>,
      stderr: 'ignore',
    }),
  )
})
afterEach(async () => {
  await client.close()
  gate.close()
})

const textOf = (result: unknown) => (result as { content: { text: string }[] }).content[0]?.text

test('the official client and a real server, with the gate between them', async () => {
  const { tools } = await client.listTools()
  const names = tools.map(({ name }) => name)
  expect(names).toContain('read_text_file')
  expect(names.filter(name => !/^(read|list)_/.test(name))).toEqual([])

  const read = (path: string) =>
    client.callTool({ name: 'read_text_file', arguments: { path: join(gate.folder, 'files', path) } })
  expect(textOf(await read('open.txt'))).toBe('open')
  const refused = await read('private/key.txt')
  expect(refused).toMatchObject({ isError: true })
  expect(textOf(refused)).toBe('Refused by policy.')

  const path = join(gate.folder, 'files/open.txt')
  const write = await client.callTool({ name: 'write_file', arguments: { path, content: 'changed' } })
  expect(write).toMatchObject({ isError: true })
  expect(readFileSync(path, 'utf8')).toBe('open')

  expect(gate.decisions().map(({ agent, tool, effect }) => [agent, tool, effect])).toEqual([
    ['refunds', 'files/read_text_file', 'allow'],
    ['refunds', 'files/read_text_file', 'deny'],
    ['refunds', 'files/write_file', 'deny'],
  ])
  expect(gate.refusals()).toMatchObject([
    { identity: { name: 'refunds' }, action: 'files/read_text_file', resource: 'files' },
    { action: 'files/write_file' },
  ])
})
