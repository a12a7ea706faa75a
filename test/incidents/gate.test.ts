import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { objectId, TENANT } from '../../src/lab/azure/seed/ids.ts'
import { bin, GateProgram, root } from '../gate/gate-program.ts'
import { Scene } from '../rotate/scene.ts'

/** The second case by the programs as they are installed: a hook, a proxied server, a watch, and a responder. */
let scene: Scene
let gate: GateProgram
let client: Client

const principal = (name: string) => `azure:${TENANT}:service-principal/${objectId(name)}`
const AGENT = principal('agent-refunds')
const BLUEPRINT = principal('support-agents')

const manifest = join(root, 'node_modules/@modelcontextprotocol/server-filesystem/package.json')
const { bin: entry } = createRequire(import.meta.url)(manifest) as { bin: { [name: string]: string } }
const server = join(dirname(manifest), Object.values(entry)[0] ?? '')

beforeEach(async () => {
  scene = await Scene.open(['azure'])
  gate = new GateProgram(scene.folder)
  gate.policy(`
version: 1
agents:
  refunds: { identities: [${AGENT}, ${BLUEPRINT}] }
  research: { identity: ${principal('agent-research')} }
rules:
  - { name: tickets may be read, effect: allow, tools: ["tickets/read_*"] }
`)
  mkdirSync(join(scene.folder, 'tickets'))
  writeFileSync(ticket(), 'refund 4711')
  client = new Client({ name: 'test', version: '1' })
  const proxied = [bin, 'mcp', '--server', 'tickets', '--agent', 'refunds', '--', process.execPath, server]
  await client.connect(
    new StdioClientTransport({
      command: process.execPath,
      args: [...proxied, join(scene.folder, 'tickets')],
      env: gate.env as { [name: string]: string },
      stderr: 'ignore',
    }),
  )
})

afterEach(async () => {
  await client.close()
  await scene.close()
})

const ticket = () => join(scene.folder, 'tickets', '4711.txt')

async function called(name: string, args: object): Promise<{ text: string | undefined; refused: boolean }> {
  const answer = await client.callTool({ name, arguments: { path: ticket(), ...args } })
  const { content, isError } = answer as { content: { text?: string }[]; isError?: boolean }
  return { text: content[0]?.text, refused: isError === true }
}

/** The answer that the hook of Claude Code gets. */
async function hooked(tool: string, agent = 'refunds'): Promise<{ decision: string; reason: string }> {
  const input = {
    session_id: 's-1',
    transcript_path: '/t',
    cwd: '/w',
    hook_event_name: 'PreToolUse',
    tool_name: tool,
    tool_input: { ticket: 4711 },
    tool_use_id: 'u-1',
  }
  const { answer, exit, stderr } = await gate.hook('claude', input, '--agent', agent)
  expect(exit, stderr).toBe(0)
  const { hookSpecificOutput: said } = answer as {
    hookSpecificOutput?: { permissionDecision: string; permissionDecisionReason: string }
  }
  // Where the gate says nothing, the harness goes on as it would without one.
  return { decision: said?.permissionDecision ?? 'passed', reason: said?.permissionDecisionReason ?? '' }
}

async function done(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await scene.interdict([...args, '--lab', '--json'])
  expect(code, stdout + stderr).toBe(0)
  return stdout
}

/** The report of a watch on the refusals, one object a line. */
async function watched(): Promise<{ event: string; run?: string; status?: string }[]> {
  const source = `file:${join(scene.folder, 'state', 'gate', 'refusals.ndjson')}`
  const playbook = join(root, 'playbooks', 'agent-out-of-scope.yaml')
  const text = await done('watch', playbook, '--once', '--source', source, '--mode', 'act')
  return text
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line) as { event: string })
    .filter(({ event }) => event !== 'started')
}

test('refused calls, then the agent held in the cloud and at the gate by one run, then at work again', async () => {
  const before = scene.lab.snapshot()
  expect(await called('read_text_file', {})).toEqual({ text: 'refund 4711', refused: false })
  expect(await hooked('mcp__tickets__read_text_file')).toMatchObject({ decision: 'passed' })

  // A tool that is not the agent's business is refused before it runs, on every way of asking.
  expect(await called('write_file', { content: 'refund all' })).toMatchObject({ refused: true })
  expect(await hooked('mcp__payments__issue_payout')).toMatchObject({ decision: 'deny' })
  expect(await watched()).toEqual([])
  expect(await called('move_file', { source: ticket(), destination: '/tmp/gone' })).toMatchObject({
    refused: true,
  })
  expect(await hooked('mcp__payments__list_accounts')).toMatchObject({ decision: 'deny' })
  expect(await hooked('mcp__directory__add_member')).toMatchObject({ decision: 'deny' })
  expect(readFileSync(ticket(), 'utf8')).toBe('refund 4711')
  expect(gate.refusals()).toHaveLength(5)
  expect(scene.lab.snapshot()).toEqual(before)

  const notes = await watched()
  const { run = '', status } = notes.find(({ event }) => event === 'contained') ?? {}
  expect(status, JSON.stringify(notes)).toBe('complete')
  const { state } = await scene.read(run)
  const held = [...state.changes.values()].filter(change => change.held.length > 0)
  expect(new Set(held.map(({ identity }) => identity.id))).toEqual(new Set([AGENT, BLUEPRINT]))
  expect(state.cause?.count).toBe(5)

  // The proxy that was running all the time refuses its own task too now, and so does the hook: by the same run.
  expect(await called('read_text_file', {})).toMatchObject({ refused: true })
  expect(await hooked('mcp__tickets__read_text_file')).toMatchObject({
    decision: 'deny',
    reason: expect.stringContaining(run),
  })
  expect(await hooked('mcp__tickets__read_text_file', 'research')).toMatchObject({ decision: 'passed' })
  expect(gate.decisions().filter(({ because }) => because === 'held')).toMatchObject([{ run }, { run }])
  // That it is held is no further reason to hold it.
  expect(await watched()).toEqual([])

  await done('restore', run, '--yes', '--reason', 'the prompt was mended')
  expect(scene.lab.snapshot()).toEqual(before)
  expect(await called('read_text_file', {})).toEqual({ text: 'refund 4711', refused: false })
  expect(await hooked('mcp__tickets__read_text_file')).toMatchObject({ decision: 'passed' })
  expect(await called('write_file', { content: 'refund all' })).toMatchObject({ refused: true })
  const log = await gate.run(['log'])
  expect(log, log.stderr).toMatchObject({ exit: 0 })
})
