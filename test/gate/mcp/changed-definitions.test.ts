import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { GateProgram } from '../gate-program.ts'
import { CHANGED, call, list, ONE_HIDDEN, open as openSession, POISON, tool } from './in-process.ts'

let program: GateProgram
beforeEach(() => {
  program = new GateProgram()
  program.policy(ONE_HIDDEN)
})
afterEach(() => program.close())

const open = () => openSession(program)
const honest = [tool('read_file'), tool('delete_all')]
const poisoned = [tool('read_file', POISON), tool('delete_all')]

describe('definitions that change', () => {
  const refusedCall = async (
    { session, say, client }: Awaited<ReturnType<typeof open>>,
    name = 'read_file',
  ) => {
    await say(call('last', name))
    await session.settled()
    const { result } = client.at(-1)
    return result?.isError === true
  }

  test.each<[string, (session: Awaited<ReturnType<typeof open>>) => Promise<void>]>([
    [
      'in a second listing',
      async ({ say, answer }) => {
        await say(list(1))
        await answer(0, { tools: honest })
        await say(list(2))
        await answer(1, { tools: poisoned })
      },
    ],
    [
      'and change back in the third',
      async ({ say, answer }) => {
        for (const [nth, tools] of [honest, poisoned, honest].entries()) {
          await say(list(nth))
          await answer(nth, { tools })
        }
      },
    ],
    [
      'on a second page',
      async ({ say, answer }) => {
        await say(list(1))
        await answer(0, { tools: honest, nextCursor: 'a' })
        await say(list(2, { cursor: 'a' }))
        await answer(1, { tools: poisoned })
      },
    ],
    [
      'within one listing, the changed one first',
      async ({ say, answer }) => {
        await say(list(1))
        await answer(0, { tools: honest })
        await say(list(2))
        await answer(1, { tools: [...poisoned, ...honest] })
      },
    ],
    [
      'within one listing, the changed one last',
      async ({ say, answer }) => {
        await say(list(1))
        await answer(0, { tools: [...honest, ...poisoned] })
      },
    ],
    [
      'after list_changed, for the gate alone',
      async ({ session, say, from, answer }) => {
        await say(list(1))
        await answer(0, { tools: honest })
        await from(CHANGED)
        await say(call(2, 'read_file'))
        await answer(1, { tools: poisoned })
        await session.settled()
      },
    ],
    [
      'for the client alone',
      async ({ session, say, answer }) => {
        await say(call(1, 'read_file'))
        await answer(0, { tools: honest })
        await session.settled()
        await say(list(2))
        await answer(1, { tools: poisoned })
      },
    ],
  ])('%s are hidden, and the tool is not called', async (_, turn) => {
    const session = await open()
    await turn(session)
    const { client } = session
    expect(JSON.stringify(client)).not.toContain('IGNORE ALL')
    expect(await refusedCall(session)).toBe(true)
    expect(client.at(-1).result.content[0].text).toContain('has changed since it was first seen')
    expect(session.asked('tools/call').length).toBeLessThanOrEqual(1)
    expect((await program.run(['pins', '--server', 'test'])).stdout).toMatch(/test\/read_file changed: \{/)
  })

  test('the server cannot tell the gate’s listing from the client’s', async () => {
    const { session, say, answer, asked } = await open()
    const _meta = {
      'io.modelcontextprotocol/protocolVersion': '2026-07-28',
      progressToken: 3,
      traceparent: '00-aa-bb-01',
    }
    await say(list(1, { _meta }))
    await answer(0, { tools: honest })
    await say(call(2, 'another', { _meta }))
    await answer(1, { tools: honest })
    await session.settled()
    const [client, own] = asked('tools/list')
    expect({ ...own, id: 0 }).toEqual({ ...client, id: 0 })
    expect(Object.keys(own)).toEqual(Object.keys(client))
    for (const { id } of [client, own]) expect(Number.isSafeInteger(id)).toBe(true)
  })

  test('a server that takes definitions back says so, and is believed', async () => {
    const session = await open()
    for (const [nth, tools] of [honest, poisoned].entries()) {
      await session.say(list(nth))
      await session.answer(nth, { tools })
    }
    await session.from(CHANGED)
    await session.say(list(2))
    await session.answer(2, { tools: honest })
    expect(session.client.at(-1).result.tools).toEqual([tool('read_file')])
    await session.say(call(3, 'read_file'))
    await session.session.settled()
    expect(session.asked('tools/call')).toHaveLength(1)
  })
})
