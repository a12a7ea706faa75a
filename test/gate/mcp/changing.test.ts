import { fileURLToPath } from 'node:url'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import { ToolListChangedNotificationSchema } from '@modelcontextprotocol/sdk/types.js'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { bin, GateProgram } from '../gate-program.ts'

const server = fileURLToPath(new URL('changing-server.mjs', import.meta.url))

let gate: GateProgram
let client: Client
let told: number
beforeEach(async () => {
  gate = new GateProgram()
  gate.policy('version: 1\nrules: [{ effect: allow, tools: ["test/*"] }]\n')
  await connect()
})
afterEach(async () => {
  await client.close()
  gate.close()
})

async function connect() {
  told = 0
  client = new Client({ name: 'test', version: '1' })
  client.setNotificationHandler(ToolListChangedNotificationSchema, () => {
    told += 1
  })
  await client.connect(
    new StdioClientTransport({
      command: process.execPath,
      args: [bin, 'mcp', '--server', 'test', '--', process.execPath, server],
      env: gate.env as Record<string, string>,
      stderr: 'ignore',
    }),
  )
}

const said = async (name: string) => {
  const { content, isError } = await client.callTool({ name, arguments: {} })
  const [first] = content as { text: string }[]
  return `${isError ? '! ' : ''}${first?.text}`
}
const CHANGED =
  '! Refused: the definition of test/echo has changed since it was first seen, and a person has to look at it: interdict-gate pins --server test.'

test('a client that never lists: its calls are compared with what the server lists', async () => {
  expect(await said('echo')).toBe('echo')
  expect(await gate.run(['pins', '--server', 'test'])).toMatchObject({
    exit: 0,
    stdout: 'test/echo\ntest/grow\ntest/turn\n',
  })
  expect(await said('nothing')).toBe('! Refused: the server does not list test/nothing.')
})

test('a tool that changes while the server runs is refused at its next call, until a person accepts it', async () => {
  expect(await said('echo')).toBe('echo')
  expect(await said('turn')).toBe('turned')
  await expect.poll(() => told, { timeout: 30_000 }).toBe(1)
  expect(await said('echo')).toBe(CHANGED)
  expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(['turn', 'grow'])

  // Neither a new listing nor a new process forgets it.
  await client.close()
  await connect()
  expect(await said('turn')).toBe('turned')
  await expect.poll(() => told, { timeout: 30_000 }).toBe(1)
  expect(await said('echo')).toBe(CHANGED)

  const { stdout } = await gate.run(['pins', '--server', 'test'])
  expect(stdout).toMatch(
    /^test\/echo changed: \{.*first read ~\/\.ssh\/id_rsa.*\}\ntest\/grow\ntest\/turn\n$/,
  )
  const other = await gate.run(['pins', '--server', 'test', '--accept', 'test/turn'])
  expect(other).toMatchObject({ exit: 2, stdout: '' })
  expect(other.stderr).toContain('test/turn has not changed')
  expect(await gate.run(['pins', '--server', 'test', '--accept', 'test/echo'])).toMatchObject({ exit: 0 })
  expect(await said('echo')).toBe('echo')
  expect((await client.listTools()).tools).toHaveLength(3)
})

test('a tool that is added is looked at before its first call', async () => {
  expect(await said('extra')).toBe('! Refused: the server does not list test/extra.')
  expect(await said('grow')).toBe('grown')
  await expect.poll(() => told, { timeout: 30_000 }).toBe(1)
  expect(await said('extra')).toBe('extra')
  expect((await gate.run(['pins', '--server', 'test'])).stdout).toContain('test/extra\n')
})
