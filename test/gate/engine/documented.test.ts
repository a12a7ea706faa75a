import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { Budget } from '../../../src/gate/budget.ts'
import { cedarEngine } from '../../../src/gate/engine/cedar.ts'
import { opaEngine } from '../../../src/gate/engine/opa.ts'
import type { Json } from '../../../src/model/json.ts'
import { root } from '../gate-program.ts'
import { callOf } from '../judging.ts'
import { json, OpaServer } from './opa-server.ts'

const page = readFileSync(join(root, 'docs/gate.md'), 'utf8')
const block = (language: string): string =>
  new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``).exec(page)?.[1] ?? ''
const folder = mkdtempSync(join(tmpdir(), 'interdict-documented-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const IDENTITY = 'azure:11111111-2222-3333-4444-555555555555:service-principal/refunds'
const question = (tool: string, args: { [name: string]: Json }, more = {}) => ({
  call: callOf(tool, args, {
    agent: 'refunds',
    session: '5d3c…',
    server: 'payments',
    cwd: '/srv/app',
    agentType: '',
    permissionMode: 'default',
    ...more,
  }),
  identities: [IDENTITY],
  time: new Date('2026-11-30T10:00:00.000Z'),
})

test('the documented input is what OPA is sent', async () => {
  const documented = JSON.parse(
    page
      .split('```json\n')
      .find(text => text.startsWith('{\n  "input"'))
      ?.split('```')[0] ?? '',
  )
  const server = new OpaServer(json({ result: true }))
  const engine = opaEngine({ url: `${await server.listen()}/v1/data/gate/decision` })
  await engine.decide(question('payments/refund', { amount: 20 }), new Budget(60))
  expect(server.asked[0]?.body).toEqual(documented)
  await server.close()
})

test('the documented Cedar policies decide as the page says, and are not beaten', async () => {
  const policies = join(folder, 'gate.cedar')
  writeFileSync(policies, block('cedar'))
  const engine = cedarEngine({ policies })
  const decide = async (args: { [name: string]: Json }, more = {}, tool = 'payments/refund') => {
    try {
      return (await engine.decide(question(tool, args, more), new Budget(60))).effect
    } catch {
      return 'refused'
    }
  }
  for (const amount of [1, 50]) expect([amount, await decide({ amount })]).toEqual([amount, 'allow'])
  expect(await decide({ amount: 51 })).toBe('ask')
  for (const amount of [0, -1, null]) expect([amount, await decide({ amount })]).toEqual([amount, 'deny'])
  for (const amount of ['10', true, [1], { a: 1 }, 1.5])
    expect([amount, await decide({ amount })]).toEqual([amount, 'refused'])
  expect(await decide({})).toBe('deny')
  expect(await decide({ amount: 1 }, { agent: 'research' })).toBe('deny')
  expect(await decide({ amount: 1 }, { permissionMode: 'bypassPermissions' })).toBe('deny')
  expect(await decide({ amount: 1 }, {}, 'payments/payout')).toBe('deny')
})
