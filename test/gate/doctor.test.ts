import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { viewOf } from '../../src/gate/install/codex-hooks.ts'
import { type Program, program } from '../commands/program.ts'

let interdict: Program
beforeEach(() => {
  interdict = program()
  put('config/gate.yaml', 'version: 1\nrules: [{ effect: allow, tools: [Read] }]\n')
})
afterEach(() => interdict.close())

const at = (path: string) => join(interdict.folder, path)
function put(path: string, content: string): void {
  mkdirSync(dirname(at(path)), { recursive: true })
  writeFileSync(at(path), content)
}
const install = (harness: string) => interdict.run('gate', 'install', '--harness', harness, '--yes')

interface Doctor {
  ok: boolean
  harnesses: {
    harness: string
    installed: string[]
    findings: { level: string; path: string; message: string }[]
  }[]
}
const doctor = async (...args: string[]) => {
  const { exit, data } = await interdict.json('gate', 'doctor', ...args)
  const { ok, harnesses } = data as Doctor
  const off = harnesses.flatMap(({ findings }) => findings.filter(({ level }) => level === 'off'))
  return { exit, ok, harnesses, off: off.map(({ message }) => message) }
}

test('where the gate is not installed there is nothing to say, unless a harness is named', async () => {
  expect(await doctor()).toMatchObject({ exit: 0, ok: true, harnesses: [] })
  expect(await doctor('--harness', 'claude')).toMatchObject({ exit: 4, off: ['the gate is not installed'] })
})

test.each([
  [
    'claude',
    'project/.claude/settings.local.json',
    '{"disableAllHooks":true}',
    'disableAllHooks switches the gate off',
  ],
  [
    'claude',
    'project/.claude/settings.json',
    '{"disableAllHooks":true}',
    'disableAllHooks switches the gate off',
  ],
  [
    'qwen',
    'project/.qwen/settings.json',
    '{"disableAllHooks":true}',
    'disableAllHooks switches the gate off',
  ],
  [
    'gemini',
    'project/.gemini/settings.json',
    '{"hooksConfig":{"enabled":false}}',
    'hooksConfig.enabled switches the gate off',
  ],
  [
    'gemini',
    'project/.gemini/settings.json',
    '{"hooksConfig":{"disabled":["interdict-gate"]}}',
    'hooksConfig.disabled switches the gate off',
  ],
  [
    'claude',
    'project/.claude/settings.json',
    '{ // x\n}',
    'this is not plain JSON: what it says of hooks is not known',
  ],
])('%s: a file that switches the gate off is found: %s %s', async (harness, path, text, message) => {
  await install(harness)
  expect(await doctor('--harness', harness)).toMatchObject({ exit: 0, off: [] })
  put(path, text)
  mkdirSync(at('project'), { recursive: true })
  const { stdout } = await interdict.runIn(at('project'), 'gate', 'doctor', '--json')
  const { ok, harnesses } = JSON.parse(stdout) as Doctor
  expect(ok).toBe(false)
  expect(harnesses[0]?.findings.map(each => each.message)).toContain(message)
})

test('other hooks of the same event, a command whose files are missing, and an old name are found', async () => {
  await install('gemini')
  const path = at('.gemini/settings.json')
  const settings = JSON.parse(readFileSync(path, 'utf8'))
  settings.hooks.BeforeTool[0].hooks[0].name = 'interdict-gate'
  settings.hooks.BeforeTool.push({ hooks: [{ type: 'command', command: 'theirs' }] })
  writeFileSync(path, JSON.stringify(settings).replace('gate.yaml', 'nowhere.yaml'))
  const { exit, off, harnesses } = await doctor()
  expect(exit).toBe(4)
  expect(off).toHaveLength(2)
  expect(off[0]).toMatch(/nowhere\.yaml, which is not there/)
  expect(off[1]).toMatch(/hooksConfig\.disabled can switch it off; install again/)
  expect(harnesses[0]?.findings.map(each => each.message)).toContain(
    '1 other hook(s) of the same event may rewrite a call after the gate has allowed it',
  )
})

test('Codex is asked whether it trusts the hook; without Codex that is not known', async () => {
  await install('codex')
  const unknown = await doctor('--harness', 'codex')
  expect(unknown.exit).toBe(0)
  expect(JSON.stringify(unknown.harnesses)).toContain('it is not known whether Codex trusts this hook')
})

const listed = (hook: object) => ({ data: [{ hooks: [{ command: 'x', sourcePath: '/o' }, hook] }] })
const mine = {
  command: '/bin/sh -c "node /x/gate.cjs hook --harness codex"',
  sourcePath: '/h.json',
  enabled: true,
}

test.each([
  [listed({ ...mine, trustStatus: 'trusted' }), { kind: 'runs', trust: 'trusted' }],
  [listed({ ...mine, trustStatus: 'managed' }), { kind: 'runs', trust: 'managed' }],
  [listed({ ...mine, trustStatus: 'untrusted' }), { kind: 'skipped', why: 'untrusted' }],
  [listed({ ...mine, trustStatus: 'modified' }), { kind: 'skipped', why: 'modified' }],
  [listed({ ...mine, trustStatus: 'trusted', enabled: false }), { kind: 'skipped', why: 'disabled' }],
  [listed({ ...mine, trustStatus: 'trusted', sourcePath: '/other' }), { kind: 'skipped', why: 'missing' }],
  [listed({ ...mine, trustStatus: 'new' }), { kind: 'skipped', why: 'untrusted' }],
  [{}, { kind: 'unknown', why: 'codex app-server has no hooks/list' }],
])("an answer of Codex's hooks/list is read: %j", (result, view) => {
  expect(viewOf(result, '/h.json')).toEqual(view)
})
