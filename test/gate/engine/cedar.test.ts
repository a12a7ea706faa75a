import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Budget } from '../../../src/gate/budget.ts'
import { cedarEngine } from '../../../src/gate/engine/cedar.ts'
import { engineOf, engineWords } from '../../../src/gate/engine/engine-of.ts'
import type { Json } from '../../../src/model/json.ts'
import { callOf } from '../judging.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'interdict-cedar-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

let made = 0
function written(text: string): string {
  made += 1
  const path = join(folder, `${made}`)
  writeFileSync(path, text)
  return path
}

const POLICIES = `
@id("reading") permit (principal, action == Action::"call", resource in Server::"files");
@id("small refunds") permit (principal == Agent::"refunds", action, resource == Tool::"payments/refund")
  when { context.args has amount && context.args.amount <= 50 };
@id("large refunds") @ask("") @reason("a refund of more than 50 needs a person")
permit (principal in Identity::"aws:111122223333:role/refunds", action, resource == Tool::"payments/refund")
  when { context.args has amount && context.args.amount > 50 };
@id("admins") permit (principal in Team::"admins", action, resource);
@id("never in bypass") @reason("not without questions") forbid (principal, action, resource)
  when { context has permissionMode && context.permissionMode == "bypassPermissions" };
`
const engineWith = (policies: string, more = {}) => cedarEngine({ policies: written(policies), ...more })

const ask = (
  tool: string,
  args: { [name: string]: Json } = {},
  {
    engine = engineWith(POLICIES),
    ...more
  }: { engine?: ReturnType<typeof cedarEngine>; agent?: string; permissionMode?: string } = {},
) =>
  engine.decide(
    {
      call: callOf(tool, args, {
        agent: 'refunds',
        server: tool.includes('/') ? (tool.split('/')[0] ?? '') : '',
        ...more,
      }),
      identities: ['aws:111122223333:role/refunds'],
      time: new Date('2026-11-30T10:00:00Z'),
    },
    new Budget(60),
  )

test('Cedar decides: permit, forbid, no policy, and a permit that asks', async () => {
  const engine = engineWith(POLICIES)
  const all = (tool: string, args = {}, more = {}) => ask(tool, args, { engine, ...more })
  expect(await all('files/read')).toEqual({ effect: 'allow', reason: '', rule: 'cedar reading' })
  expect(await all('payments/refund', { amount: 50 })).toMatchObject({
    effect: 'allow',
    rule: 'cedar small refunds',
  })
  expect(await all('payments/refund', { amount: 51 })).toEqual({
    effect: 'ask',
    reason: 'a refund of more than 50 needs a person',
    rule: 'cedar large refunds',
  })
  expect(await all('payments/refund')).toEqual({
    effect: 'deny',
    reason: 'no Cedar policy permits it',
    rule: 'cedar',
  })
  expect(await all('Bash')).toMatchObject({ effect: 'deny' })
  expect(await all('files/read', {}, { permissionMode: 'bypassPermissions' })).toEqual({
    effect: 'deny',
    reason: 'not without questions',
    rule: 'cedar never in bypass',
  })
})

test('entities of a file are added to those of the call', async () => {
  const entities = written(
    JSON.stringify([
      {
        uid: { type: 'Agent', id: 'refunds' },
        attrs: { level: 3 },
        parents: [{ type: 'Team', id: 'admins' }],
      },
    ]),
  )
  const engine = engineWith(POLICIES, { entities })
  expect(await ask('Bash', {}, { engine })).toMatchObject({ effect: 'allow', rule: 'cedar admins' })
  expect(await ask('Bash', {}, { engine, agent: 'other' })).toMatchObject({ effect: 'deny' })
  const level = engineWith('permit (principal, action, resource) when { principal.level > 2 };', { entities })
  expect(await ask('Bash', {}, { engine: level })).toMatchObject({ effect: 'allow' })
})

test('with a schema, a call that does not fit it is refused', async () => {
  const schema = written(`
entity Identity; entity Server; entity Agent in [Identity]; entity Tool in [Server];
action call appliesTo { principal: Agent, resource: Tool, context: {
  harness: String, session: String, time: datetime, args: { amount?: Long } } };
`)
  const engine = engineWith('permit (principal, action, resource);', { schema })
  expect(await ask('payments/refund', { amount: 1 }, { engine })).toMatchObject({ effect: 'allow' })
  await expect(ask('payments/refund', { amount: 'x' }, { engine })).rejects.toThrow('Cedar cannot decide')
})

test('arguments are passed on as what they are', async () => {
  const engine = engineWith(
    `permit (principal, action, resource) when {
       context.args.list.contains("b") && context.args.deep.flag && !(context.args has none) &&
       context.args.price == decimal("1.5") && context.time < datetime("2026-12-01") };`,
  )
  const args = { list: ['a', 'b'], deep: { flag: true }, none: null, price: 1.5 }
  expect(await ask('x', args, { engine })).toMatchObject({ effect: 'allow' })
})

test.each<[string, string, { [name: string]: Json }, string]>([
  ['no policies', '', {}, 'there is no policy'],
  ['only a comment', '// permit (principal, action, resource);', {}, 'there is no policy'],
  ['a syntax error', 'permit (', {}, 'unexpected end of input'],
  [
    'one policy of two is broken',
    'permit (principal, action, resource); forbid (',
    {},
    'unexpected end of input',
  ],
  ['a template', 'permit (principal == ?principal, action, resource);', {}, 'templates are not supported'],
  [
    'an id twice',
    '@id("a") permit (principal, action, resource); @id("a") forbid (principal, action, resource);',
    {},
    'two policies have the id a',
  ],
  [
    'a forbid that fails',
    '@id("f") forbid (principal, action, resource) when { context.args.n > 3 }; permit (principal, action, resource);',
    {},
    'policy f: record does not have the attribute `n`',
  ],
  [
    'another type',
    '@id("f") forbid (principal, action, resource) when { context.args.n > 3 }; permit (principal, action, resource);',
    { n: '4' },
    'policy f: type error',
  ],
  [
    'an entity as an argument',
    'permit (principal, action, resource);',
    { a: { __entity: { type: 'Agent', id: 'root' } } },
    'keeps for itself',
  ],
  [
    'an extension as an argument',
    'permit (principal, action, resource);',
    { a: [{ __extn: { fn: 'ip', arg: '127.0.0.1' } }] },
    'keeps for itself',
  ],
  ['null in a list', 'permit (principal, action, resource);', { a: [null] }, 'holds null'],
  ['a fraction of five digits', 'permit (principal, action, resource);', { a: 0.00001 }, 'hold exactly'],
  ['a huge fraction', 'permit (principal, action, resource);', { a: 1e300 }, 'hold exactly'],
])('Cedar refuses: %s', async (_, policies, args, reason) => {
  await expect(ask('x', args, { engine: engineWith(policies) })).rejects.toThrow(reason)
})

test.each([['a missing file', { policies: '/none/x.cedar' }, 'is missing']])(
  'Cedar refuses: %s',
  async (_, files, reason) => {
    await expect(ask('x', {}, { engine: cedarEngine(files) })).rejects.toThrow(reason)
  },
)

test.each([
  '{}',
  '[{}]',
  '[1]',
  '[',
  '[{"uid":{"type":"Agent","id":"x"},"attrs":{},"parents":[]},{"uid":{"__entity":{"type":"Agent","id":"x"}},"attrs":{},"parents":[]}]',
])('Cedar refuses entities that are none: %s', async entities => {
  const engine = engineWith('permit (principal, action, resource);', { entities: written(entities) })
  await expect(ask('x', {}, { engine })).rejects.toThrow('Cedar cannot decide')
})

test('a file that changes counts from the next call on', async () => {
  const policies = written('permit (principal, action, resource);')
  const engine = cedarEngine({ policies })
  expect(await ask('x', {}, { engine })).toMatchObject({ effect: 'allow' })
  writeFileSync(policies, 'forbid (principal, action, resource);')
  expect(await ask('x', {}, { engine })).toMatchObject({ effect: 'deny', rule: 'cedar policy0' })
})

test.each(['', 'opa', 'opa=', 'rego=x', 'cedar=', 'cedar=a,entity=b', 'cedar=a,,', 'cedar=,entities=a'])(
  '--policy-engine %j is refused',
  async engine => {
    await expect(engineOf({ engine })).rejects.toThrow('--policy-engine has to be')
  },
)

test('Cedar refuses the settings of OPA', async () => {
  await expect(engineOf({ engine: 'cedar=x', token: 'y' })).rejects.toThrow('are for opa=URL')
})

test('the words of a command line name the same engine, with whole paths', async () => {
  expect(await engineWords({ engine: 'cedar=a.cedar,schema=s' })).toEqual([
    '--policy-engine',
    `cedar=${resolve('a.cedar')},schema=${resolve('s')}`,
  ])
  expect(
    await engineWords({ engine: 'opa=https://opa.example/v1/data/x', ca: 'ca.pem', token: 't' }),
  ).toEqual([
    '--policy-engine',
    'opa=https://opa.example/v1/data/x',
    '--policy-engine-ca',
    resolve('ca.pem'),
    '--policy-engine-token',
    resolve('t'),
  ])
  await expect(engineWords({ engine: 'opa=http://opa.example/v1/data/x' })).rejects.toThrow(
    'on this machine only',
  )
})
