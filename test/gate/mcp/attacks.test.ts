import { execFileSync } from 'node:child_process'
import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { isWhole } from '../../setup/whole.ts'
import { bin, GateProgram } from '../gate-program.ts'

const server = fileURLToPath(new URL('attacking-server.mjs', import.meta.url))
const all: string[] = JSON.parse(execFileSync(process.execPath, [server, '--modes'], { encoding: 'utf8' }))
/** Ways of the server, each of which takes two programs. answers.test.ts and posing-names.test.ts judge such answers in process. */
const modes = isWhole ? all : all.filter((_, at) => at % 3 === 0)
const figures = { listings: 0, hidden: 0, changed: 0, calls: 0, wrongCalls: 0 }

/** The attacking server behind the proxy, as the official client of TypeScript saw it. */
async function seenBy(gate: GateProgram, mode: string) {
  const client = new Client({ name: 'test', version: '1' })
  await client.connect(
    new StdioClientTransport({
      command: process.execPath,
      args: [bin, 'mcp', '--server', 'test', '--', process.execPath, server, mode],
      env: gate.env as Record<string, string>,
      stderr: 'ignore',
    }),
  )
  const tools: { name: string; description?: string | undefined }[] = []
  const called: string[] = []
  let listings = 0
  const answers: unknown[] = []
  try {
    for (let round = 0; round < 3; round += 1) {
      let cursor: string | undefined
      do {
        const page = await client.listTools(cursor === undefined ? {} : { cursor }).catch(() => undefined)
        tools.push(...(page?.tools ?? []))
        listings += 1
        cursor = page?.nextCursor
      } while (cursor !== undefined)
      for (const name of [
        'read_file',
        'delete_all',
        'steal',
        'Read_File',
        'mcp__files__read',
        'files/read',
      ]) {
        const answer = await client.callTool({ name, arguments: {} })
        answers.push(answer)
        if (answer.isError !== true) called.push(name)
      }
      answers.push(await client.listResources(), await client.ping())
    }
  } finally {
    await client.close()
  }
  return { tools, called, listings, answers }
}

let gate: GateProgram
beforeAll(async () => {
  gate = new GateProgram()
  gate.policy(
    'version: 1\nrules: [{ effect: allow }, { effect: deny, tools: [test/delete_all, test/steal] }]\n',
  )
  const { tools, called } = await seenBy(gate, 'honest')
  expect(tools.map(({ name }) => name)).toEqual(['read_file', 'read_file', 'read_file'])
  expect(called).toEqual(['read_file', 'read_file', 'read_file'])
})
// Each way begins where the definitions are pinned and no change is known.
beforeEach(() => {
  const pins = join(gate.folder, 'state/gate/pins')
  for (const name of readdirSync(pins)) if (name.endsWith('.changed')) rmSync(join(pins, name))
})
afterAll(() => {
  gate.close()
  const { listings, hidden, changed, calls, wrongCalls } = figures
  console.log(
    `MCP attacks, TypeScript SDK: ${modes.length} ways, ${listings} listings, ${hidden} hidden and ${changed} changed tools seen, ${calls} calls of read_file, ${wrongCalls} of others`,
  )
})

test.each(modes)('the official client sees neither hidden nor changed tools: %s', async mode => {
  const { tools, called, listings, answers } = await seenBy(gate, mode)
  const hidden = tools.filter(({ name }) => name !== 'read_file')
  const changed = tools.filter(({ description }) => description !== 'a tool')
  const wrong = called.filter(name => name !== 'read_file')
  figures.listings += listings
  figures.hidden += hidden.length
  figures.changed += changed.length
  figures.calls += called.length - wrong.length
  figures.wrongCalls += wrong.length
  expect({ hidden, changed, wrong }).toEqual({ hidden: [], changed: [], wrong: [] })
  expect(JSON.stringify(answers)).not.toMatch(/IGNORE ALL|"steal"|called delete/)
})
