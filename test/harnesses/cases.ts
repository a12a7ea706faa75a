import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { Town } from '../engine/town.ts'
import { playbook, ToyCloud } from '../engine/toy-cloud.ts'
import { FakeModel, type ModelCall } from './fake-model.ts'
import { RealHarness, type RealName } from './real-harness.ts'

/** The names that one harness has for the tools that all of them have. */
export interface Dialect {
  name: RealName
  shell(command: string): ModelCall
  /** A call of a tool of the MCP server `files`. */
  mcp(tool: string, args: object): ModelCall
  /** Starts an agent that plays another scenario; its file of settings for MCP servers. */
  agent(scenario: string): ModelCall
  /** Puts an MCP server into the harness's settings. */
  addServer(harness: RealHarness, name: string, command: readonly string[]): void
}

export const POLICY = `version: 1
agents:
  bot: { identity: toy:town:door/bot }
rules:
  - { name: commands, effect: allow, when: 'has(args.command) && args.command.contains("ALLOWED")' }
  - { name: waiting, effect: allow, permits: [harness-settings], when: 'has(args.command) && args.command.contains("WAITED")' }
  - { name: asked, effect: ask, when: 'has(args.command) && args.command.contains("ASKED")' }
  - { name: reading, effect: allow, tools: ["files/read_*"] }
  - { name: good files, effect: allow, tools: ["files/write_file"], when: 'args.path.endsWith("good.txt")' }
  - { name: agents, effect: allow, tools: ["*spawn_agent", "invoke_agent", "agent", "task", "complete_task"] }
`

const root = join(import.meta.dirname, '../..')
const FILES = join(root, 'node_modules/@modelcontextprotocol/server-filesystem/dist/index.js')
const rows: { [what: string]: string } = {}

/** Judges by what the tools left on disk, not by what the harness prints. */
export function outcome(harness: RealHarness, file: string): 'runs' | 'blocked' {
  return harness.ran(file) ? 'runs' : 'blocked'
}

/** Keeps the outcome for the table, and expects it. */
export function expectOutcome(what: string, is: string, expected: string): void {
  rows[what] = is
  expect({ what, is }).toEqual({ what, is: expected })
}

/**
 * In place of Node in the installed command: fails in the way that the call asks for. The ways are those in which a hook can
 * end without having decided.
 */
const FAILING = `#!/bin/sh
input=$(cat)
case $input in
*CRASH*) exit 1 ;;
*KILL*) kill -9 $$ ;;
*SILENT*) exec 2>&-; exit 2 ;;
*HANG*) kill -STOP $$ ;;
*EMPTY*) exit 0 ;;
*GARBAGE*) echo junk; exit 0 ;;
*MUCH*) head -c 3000000 /dev/zero | tr '\\0' x; exit 0 ;;
*MISSING*) exec /nowhere/node ;;
esac
exec /nowhere/node
`
const FAILURES = ['CRASH', 'KILL', 'SILENT', 'HANG', 'EMPTY', 'GARBAGE', 'MUCH', 'MISSING']

/** The cases that every harness has; the others are in its own file. Returns how to make a harness. */
export function commonCases(dialect: Dialect): { model: FakeModel; fresh: (folder?: string) => RealHarness } {
  const model = new FakeModel()
  const made: RealHarness[] = []
  const fresh = (folder?: string) => {
    const harness = new RealHarness(dialect.name, model, folder)
    made.push(harness)
    return harness
  }
  beforeAll(() => model.start())
  afterEach(() => {
    for (const harness of made.splice(0)) harness.close()
  })
  afterAll(async () => {
    await model.stop()
    const folder = process.env['INTERDICT_HARNESS_ROWS']
    if (folder !== undefined) writeFileSync(join(folder, dialect.name), JSON.stringify(rows))
  })
  const { shell } = dialect
  const several = Array.from({ length: 12 }, (_, at) => at)

  test('calls run when they are allowed, and only then, one by one and at once', async () => {
    const harness = fresh()
    await harness.install(POLICY, '--agent', 'bot')
    await harness.calls(
      shell('echo ALLOWED > allowed.txt'),
      shell('echo DENIED > denied.txt'),
      shell('echo ASKED > asked.txt'),
      several.map(at => shell(`echo ${at % 2 ? 'ALLOWED' : 'DENIED'} > many-${at}.txt`)),
    )
    expectOutcome('allow', outcome(harness, 'allowed.txt'), 'runs')
    expectOutcome('deny', outcome(harness, 'denied.txt'), 'blocked')
    expectOutcome('ask, with nobody to ask', outcome(harness, 'asked.txt'), 'blocked')
    const right = several.filter(at => harness.ran(`many-${at}.txt`) === (at % 2 === 1))
    expectOutcome('12 calls at once', `${right.length} right`, '12 right')
  })

  test('a call is blocked whatever keeps the gate from deciding', async () => {
    const harness = fresh()
    await harness.install(POLICY, '--agent', 'bot')
    harness.put('failing', FAILING)
    chmodSync(join(harness.folder, 'failing'), 0o755)
    await harness.edit(text =>
      text.replaceAll(process.execPath, join(harness.folder, 'failing')).replaceAll('-k 1 10 ', '-k 1 2 '),
    )
    await harness.calls(...FAILURES.map(way => shell(`echo ALLOWED ${way} > ${way}.txt`)))
    for (const way of FAILURES)
      expectOutcome(`gate fails: ${way.toLowerCase()}`, outcome(harness, `${way}.txt`), 'blocked')
  })

  test('an agent that a run holds is blocked, also one that it starts, and runs again when it is restored', async () => {
    const town = await Town.open()
    try {
      const cloud = new ToyCloud()
      cloud.add('bot')
      const bot = playbook(['disable'], 'identity.kind == "door" && identity.name == "bot"')
      const harness = fresh(town.folder)
      await harness.install(POLICY, '--agent', 'bot')
      const attempt = async (file: string) => {
        const { stdout, stderr } = await harness.calls(shell(`echo ALLOWED > ${file}`))
        return stdout + stderr
      }
      await town.contain(cloud.world(), 'aaaa', bot)
      const said = await attempt('held.txt')
      expectOutcome('held by an open run', outcome(harness, 'held.txt'), 'blocked')
      expect(said).toContain('aaaa')
      await town.restore(cloud.world(), 'aaaa')
      await attempt('restored.txt')
      expectOutcome('after the restore', outcome(harness, 'restored.txt'), 'runs')
    } finally {
      await town.close()
    }
  })

  test("a sub-agent's calls and those of an MCP server through the proxy are judged", async () => {
    const harness = fresh()
    harness.put('config/gate.yaml', POLICY)
    const gate = [join(root, 'bin/gate.cjs'), 'mcp', '--server', 'files', '--agent', 'bot']
    const folders = ['--state', join(harness.folder, 'state'), '--config', join(harness.folder, 'config')]
    const server = ['--', process.execPath, FILES, harness.project]
    dialect.addServer(harness, 'files', [process.execPath, ...gate, ...folders, ...server])
    await harness.install(POLICY, '--agent', 'bot')
    const name = `sub-${dialect.name}`
    model.play(name, [[shell('echo DENIED > sub-denied.txt')], [shell('echo ALLOWED > sub-allowed.txt')]])
    const at = (file: string) => join(harness.project, file)
    const until = (file: string) =>
      shell(`i=0; until [ -e ${file} ] || [ $i -gt 300 ]; do i=$((i+1)); sleep 0.1; done; echo WAITED`)
    await harness.calls(
      // The proxy pins the tools when the harness lists them: before that, it knows none.
      until(join(harness.folder, 'state/gate/pins')),
      dialect.mcp('write_file', { path: at('m-good.txt'), content: 'x' }),
      dialect.mcp('write_file', { path: at('m-bad.txt'), content: 'x' }),
      dialect.agent(name),
      // The main agent must not end before the other one has.
      until('sub-allowed.txt'),
    )
    expectOutcome('MCP, allowed', outcome(harness, 'm-good.txt'), 'runs')
    expectOutcome('MCP, denied', outcome(harness, 'm-bad.txt'), 'blocked')
    expectOutcome('sub-agent, allowed', outcome(harness, 'sub-allowed.txt'), 'runs')
    expectOutcome('sub-agent, denied', outcome(harness, 'sub-denied.txt'), 'blocked')
    const proxied = harness.decisions().filter(each => each['harness'] === 'mcp')
    expect(proxied.map(each => each['effect'])).toContain('allow')
  })
  return { model, fresh }
}

/** A project's file of settings. */
export function projectFile(harness: RealHarness, path: string, text: string): void {
  mkdirSync(join(harness.project, path, '..'), { recursive: true })
  writeFileSync(join(harness.project, path), text)
}
