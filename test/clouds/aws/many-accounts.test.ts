import { afterEach, beforeEach, expect, it } from 'vitest'
import { openPool } from '../../../src/clouds/aws/http/pool.ts'
import { asking, moment } from '../../../src/model/purpose.ts'
import { answer, ScriptedIam } from './scripted-iam.ts'

let iam: ScriptedIam

beforeEach(async () => {
  iam = await new ScriptedIam().start()
})

afterEach(() => iam.stop())

it('keeps the SDK clients and the answers of the accounts that were used last, however many accounts there are', async () => {
  iam.script = ({ action }, response) => answer(response, '<Roles></Roles>', action)
  const pool = openPool()
  const accounts = Array.from({ length: 300 }, (_, at) =>
    iam.client({ account: String(100_000_000_000 + at), pool }),
  )
  const made = { count: 0 }
  await asking({ purpose: 'plan', since: moment() }, async () => {
    const use = async (client: (typeof accounts)[number]) => {
      await client.iam('ListRoles', {})
      await client.shared('made of answers', async () => ++made.count)
    }
    for (const client of accounts) await use(client)
    expect(pool.clients.size).toBe(160)
    expect(pool.answered.size).toBe(128)
    expect([iam.received.length, made.count]).toEqual([300, 300])
    // One that was used last answers from memory, and one that was let go asks again, on a client of its own.
    for (const client of [...accounts.slice(-1), ...accounts.slice(0, 1)]) await use(client)
    expect([iam.received.length, made.count]).toEqual([301, 301])
  })
  expect(pool.clients.size).toBe(160)
  for (const client of accounts) client.close()
  pool.close()
})
