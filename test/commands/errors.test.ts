import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { program } from './program.ts'

const interdict = program()
afterAll(() => interdict.close())

test.each([
  ['an unknown flag', ['status', '--nope'], 2],
  ['an unknown command', ['contian'], 2],
  ['an unknown command with terminal escapes', ['\u001b[2Jowned'], 2],
  ['a missing argument', ['plan'], 2],
  ['an unknown playbook', ['plan', 'leaked-acces-key'], 2],
  ['an unknown run', ['status', 'zzzz'], 2],
  ['a run id that would be a path', ['status', '../../etc/passwd'], 2],
  ['an input that is none', ['plan', 'leaked-access-key', '--input', 'novalue'], 2],
  ['a duration that is none', ['contain', 'leaked-access-key', '--ttl', 'soon', '--yes'], 2],
  ['a kind that there is not', ['inventory', '--kind', 'rolle'], 2],
  ['an expression that is none', ['inventory', '--where', 'identity.kind =='], 2],
  ['live tokens accepted without a reason', ['restore', 'zzzz', '--accept-live-tokens'], 2],
  ['no terminal and no --yes', ['contain', 'leaked-access-key', '--lab'], 2],
  ['no credentials', ['plan', 'leaked-access-key', '--input', 'key=AKIAIOSFODNN7EXAMPLE'], 2],
])('%s: the exit code, the message, and no stack', async (_, args, exit) => {
  const told = await interdict.run(...args)
  expect(told.exit).toBe(exit)
  expect(told.stdout).toBe('')
  expect(told.stderr).toMatch(/^✖ /)
  expect(told.stderr).not.toMatch(/^\s+at /m)
  const { data, exit: withJson, stderr } = await interdict.json(...args)
  expect(withJson).toBe(exit)
  expect(data).toMatchObject({ error: { code: expect.any(String), message: expect.any(String) }, exit })
  expect(stderr).toBe('')
})

test('without a terminal the error names the flag', async () => {
  const { data } = await interdict.json('contain', 'leaked-access-key', '--lab')
  expect(data.error).toMatchObject({ code: 'usage', where: '--yes' })
  const missing = await interdict.json('plan', 'leaked-access-key')
  expect(missing.data.error.code).toBe('invalid-input')
  expect(missing.data.error.next).toContain('--input key=')
})

test('a journal that is none: status tells it and exits 5', async () => {
  mkdirSync(join(interdict.folder, 'state', 'runs'), { recursive: true })
  writeFileSync(join(interdict.folder, 'state', 'runs', 'bad2.jsonl'), 'no journal\n')
  const { exit, data } = await interdict.json('status')
  expect(exit).toBe(5)
  expect(data.runs).toMatchObject([{ run: 'bad2', error: { code: 'damaged' } }])
  expect((await interdict.run('status', 'bad2')).exit).toBe(5)
})

test('playbooks: listed, shown, made, checked with line and column', async () => {
  const listed = await interdict.json('playbook', 'list')
  expect(listed.data.playbooks.map(({ name }: { name: string }) => name)).toContain('leaked-access-key')
  expect((await interdict.run('playbook', 'show', 'leaked-access-key')).stdout).toMatch(
    /^name: leaked-access-key$/m,
  )
  expect((await interdict.run('playbook', 'new', 'my-stop')).exit).toBe(0)
  expect(await interdict.run('playbook', 'validate', 'my-stop.yaml')).toMatchObject({ exit: 0 })
  expect(await interdict.run('playbook', 'new', 'my-stop')).toMatchObject({ exit: 2 })
  writeFileSync(join(interdict.folder, 'bad.yaml'), 'version: 1\nname: bad\nstepps: []\n')
  const bad = await interdict.json('playbook', 'validate', 'bad.yaml')
  expect(bad.exit).toBe(2)
  expect(bad.data.files[0].problems).toContainEqual(
    expect.objectContaining({ severity: 'error', line: 3, column: 1 }),
  )
})

test('catalog and permissions sign in nowhere', async () => {
  const { data } = await interdict.json('catalog', '--verb', 'quarantine')
  const ids = data.interruptions.map(({ id }: { id: string }) => id)
  expect(ids).toEqual(expect.arrayContaining(['aws.role.quarantine', 'aws.user.quarantine']))
  expect(ids.every((id: string) => id.endsWith('.quarantine'))).toBe(true)
  const { data: policies } = await interdict.json('permissions', 'leaked-access-key')
  expect(JSON.stringify(policies.clouds.aws.contain)).toContain('iam:UpdateAccessKey')
})
