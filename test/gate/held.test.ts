import { readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { program } from '../commands/program.ts'
import { Town } from '../engine/town.ts'
import { playbook, ToyCloud } from '../engine/toy-cloud.ts'
import { GateProgram } from './gate-program.ts'

const READ = { hook_event_name: 'PreToolUse', session_id: 's', tool_name: 'Read', tool_input: {} }

let town: Town
let cloud: ToyCloud
let gate: GateProgram
beforeEach(async () => {
  town = await Town.open()
  cloud = new ToyCloud()
  cloud.add('refunds')
  cloud.add('other')
  gate = new GateProgram(town.folder)
  gate.policy(`
version: 1
agents:
  refunds: { identity: toy:town:door/refunds }
  other: { identity: toy:town:door/other }
rules:
  - { effect: allow }
`)
})
afterEach(() => town.close())

const ask = (agent = 'refunds') => gate.hook('claude', READ, '--agent', agent)
const refunds = playbook(['disable'], 'identity.kind == "door" && identity.name == "refunds"')

async function reasonOf(agent?: string): Promise<string> {
  const { answer } = await ask(agent)
  return (
    (answer as { hookSpecificOutput?: { permissionDecisionReason: string } }).hookSpecificOutput
      ?.permissionDecisionReason ?? ''
  )
}

test('an agent that a run holds is refused whatever the policy says, and works again when it is restored', async () => {
  expect((await ask()).stdout).toBe('{}\n')
  await town.contain(cloud.world(), 'aaaa', refunds)
  expect(await reasonOf()).toBe("agent 'refunds' is held by run aaaa: test")
  // From the kept projection this time.
  expect(await reasonOf()).toBe("agent 'refunds' is held by run aaaa: test")
  expect(await reasonOf('other')).toBe('')
  await town.restore(cloud.world(), 'aaaa')
  expect((await ask()).stdout).toBe('{}\n')
  expect(gate.decisions().map(({ because, run }) => [because, run])).toEqual([
    ['policy', undefined],
    ['held', 'aaaa'],
    ['held', 'aaaa'],
    ['policy', undefined],
    ['policy', undefined],
  ])
  // It is down already: no signal that would bring it down again.
  expect(gate.refusals()).toEqual([])
})

test('held by two runs, it works when the last one lets go', async () => {
  await town.contain(cloud.world(), 'aaaa', refunds)
  await town.contain(cloud.world(), 'bbbb', refunds)
  await town.restore(cloud.world(), 'aaaa')
  expect(await reasonOf()).toContain('held by run bbbb')
  await town.restore(cloud.world(), 'bbbb')
  expect(await reasonOf()).toBe('')
})

test('the other harnesses refuse it too', async () => {
  await town.contain(cloud.world(), 'aaaa', refunds)
  const gemini = { hook_event_name: 'BeforeTool', session_id: 's', tool_name: 'read_file', tool_input: {} }
  expect((await gate.hook('gemini', gemini, '--agent', 'refunds')).answer).toEqual({
    decision: 'deny',
    reason: "agent 'refunds' is held by run aaaa: test",
  })
})

test('a journal that cannot be believed refuses whom its run may hold, and nobody else: altered, cut, gone', async () => {
  await town.contain(cloud.world(), 'aaaa', refunds)
  expect(await reasonOf()).toContain('held')
  const path = join(town.folder, 'state', 'runs', 'aaaa.jsonl')
  const whole = readFileSync(path)
  const blocked = async (why: string) => {
    expect(await reasonOf()).toContain(why)
    expect(await ask('other')).toMatchObject({ exit: 0, stdout: '{}\n' })
  }
  writeFileSync(
    path,
    whole.toString().replace('"door/refunds"', '"door/nobody1"').replace('disable', 'disabel'),
  )
  await blocked('was altered')
  writeFileSync(path, whole)
  truncateSync(path, whole.indexOf('\n') + 1)
  await blocked('rolled back')
  rmSync(path)
  await blocked('is missing')
  // Without a word from the head about what it holds, as an older version left it, it may be anybody.
  const heads = join(town.folder, 'config', 'heads')
  const [id = ''] = readdirSync(heads).filter(name => /^[0-9a-f]{32}$/.test(name))
  const head = join(heads, id, 'aaaa.json')
  const { held, ...older } = JSON.parse(readFileSync(head, 'utf8'))
  expect(held).toContain('toy:town:door/refunds')
  writeFileSync(head, JSON.stringify(older))
  for (const agent of ['refunds', 'other']) {
    const { exit, stdout, stderr } = await ask(agent)
    expect({ exit, stdout }).toEqual({ exit: 2, stdout: '' })
    expect(stderr).toContain('what is held is not known: ')
  }
  writeFileSync(path, whole)
  expect(await reasonOf()).toContain('held')
  rmSync(join(town.folder, 'state'), { recursive: true })
  // The decisions are gone with it.
  expect((await ask()).exit).toBe(2)
})

test('a projection that somebody else wrote is not believed', async () => {
  await town.contain(cloud.world(), 'aaaa', refunds)
  expect(await reasonOf()).toContain('held')
  const kept = join(town.folder, 'state', 'gate', 'held')
  writeFileSync(kept, readFileSync(kept, 'utf8').replace('door/refunds', 'door/nobody'))
  expect(await reasonOf()).toContain('held')
  expect(readdirSync(join(town.folder, 'state', 'gate')).filter(name => name.startsWith('held'))).toEqual([
    'held',
  ])
})

const shell = (command: string) => ({
  hook_event_name: 'PreToolUse',
  session_id: 's-9',
  tool_name: 'Bash',
  tool_input: { command },
})

test('a hold names the session in which a program is open that no hook sees', async () => {
  gate.policy(`
version: 1
agents:
  refunds: { identity: toy:town:door/refunds }
rules:
  - { effect: allow, permits: [open-input] }
`)
  const codex = (command: string) => gate.hook('codex', shell(command), '--agent', 'refunds')
  expect((await codex('npm test')).stdout).toBe('{}\n')
  expect(await gate.run(['sessions'])).toMatchObject({ exit: 0, stdout: '' })
  expect((await codex('psql prod')).stdout).toBe('{}\n')
  const open =
    /^session s-9 of agent 'refunds' in codex may have psql open since \S+, which the gate cannot stop: end that session\n$/
  expect((await gate.run(['sessions'])).stdout).toMatch(open)
  await town.contain(cloud.world(), 'aaaa', refunds)
  expect((await codex('npm test')).stdout).toContain('may have psql open since')
  // Another session of the same agent has nothing open.
  expect(await reasonOf()).toBe("agent 'refunds' is held by run aaaa: test")
})

test('contain names the session in which a program is open that no hook sees', async () => {
  const interdict = program()
  const its = new GateProgram(interdict.folder)
  try {
    const { data } = await interdict.json('plan', 'agent-out-of-scope', '--lab')
    const id = (data as { changes: { identity: { id: string } }[] }).changes[0]?.identity.id ?? ''
    its.policy(`
version: 1
agents: { bot: { identity: "${id}" }, other: }
rules: [{ effect: allow, permits: [open-input] }]
`)
    await its.hook('codex', shell('psql prod'), '--agent', 'bot')
    await its.hook('codex', shell('python3'), '--agent', 'other')
    const { exit, stderr } = await interdict.run('contain', 'agent-out-of-scope', '--lab', '--yes')
    expect(exit).toBe(0)
    expect(stderr).toMatch(/interdict: session s-9 of agent 'bot' in codex may have psql open since/)
    expect(stderr).not.toContain('python3')
  } finally {
    await interdict.close()
  }
})
