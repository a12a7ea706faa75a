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

test.each<[string, string[], string]>([
  ['a flag', ['contain', 'leaked-access-key', '--inpt', 'key=x'], '--input'],
  ['the beginning of a flag', ['restore', 'abcd', '--give'], '--give-back'],
  ['a flag with a value', ['plan', 'x', '--acount=111122223333'], '--account'],
  ['a kind', ['inventory', '--kind', 'acces-key', '--lab'], '--kind access-key'],
  ['a playbook by name', ['plan', 'leaked-acces-key'], 'leaked-access-key'],
  ['a playbook by path', ['plan', 'folder/mine-stopp.yaml'], 'folder/mine-stop.yaml'],
  ['a file in this folder', ['plan', 'plann.json'], 'plan.json'],
  [
    'a shipped playbook by a path of the repository',
    ['plan', 'playbooks/leaked-acces-key.yaml'],
    'leaked-access-key',
  ],
  ['a command of a topic', ['playbook', 'lst'], 'interdict playbook list'],
])('a mistyped %s: the next step names the one that was meant', async (_, args, meant) => {
  mkdirSync(join(interdict.folder, 'folder'), { recursive: true })
  writeFileSync(join(interdict.folder, 'folder', 'mine-stop.yaml'), '')
  writeFileSync(join(interdict.folder, 'plan.json'), '')
  const { exit, data } = await interdict.json(...args)
  expect(exit).toBe(2)
  expect(data.error.next).toBe(`did you mean ${meant}?`)
})

test('a mistyped profile is named, with the one that was meant', async () => {
  const file = join(interdict.folder, 'aws-config')
  writeFileSync(file, '[profile responder]\nregion = eu-west-1\n[profile other]\nregion = eu-west-1\n')
  const environment = { AWS_CONFIG_FILE: file, AWS_SHARED_CREDENTIALS_FILE: join(interdict.folder, 'none') }
  const nextOf = async (profile: string) => {
    const signedOut = program({ ...environment, AWS_PROFILE: profile })
    const { data } = await signedOut.json('plan', 'leaked-access-key', '--input', 'key=AKIAIOSFODNN7EXAMPLE')
    await signedOut.close()
    return data.error
  }
  expect(await nextOf('respnder')).toMatchObject({
    message: expect.stringContaining('no profile is called "respnder"'),
    next: 'did you mean AWS_PROFILE=responder?',
  })
  expect((await nextOf('nope')).next).toBe('profiles are: other, responder')
})

test('a flag of other commands is answered with the reason why this one does without it', async () => {
  expect((await interdict.json('catalog', '--lab')).data.error.next).toContain('leave it out')
})

test('without a terminal a command without --dry-run does not name that flag', async () => {
  writeFileSync(join(interdict.folder, 'gate.yaml'), 'version: 1\nrules: []\n')
  const { exit, data } = await interdict.json(
    'gate',
    'install',
    '--harness',
    'cursor',
    '--policy',
    'gate.yaml',
  )
  expect(exit).toBe(2)
  expect(data.error.next).toContain('--yes')
  expect(data.error.next).not.toContain('--dry-run')
})
