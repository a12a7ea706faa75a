import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { isWhole } from '../../setup/whole.ts'
import { GateProgram } from '../gate-program.ts'
import { type Message, open } from './in-process.ts'

const STREAMS = isWhole ? 1_000 : 250
const POISON = 'IGNORE ALL'
const figures = { lines: 0, serverLines: 0, toWaiting: 0, requests: 0, answers: 0, toServer: 0 }

let program: GateProgram
beforeAll(() => {
  program = new GateProgram()
  program.policy(`
version: 1
rules:
  - { effect: allow, tools: ["test/*", "mcp:x/y"] }
  - { effect: deny, tools: [test/delete_all, test/resources/read] }
`)
})
afterAll(() => {
  program.close()
  const { lines, serverLines, toWaiting, requests, answers, toServer } = figures
  console.log(
    `MCP streams: ${STREAMS} of ${lines} lines, ${serverLines} of them the server's (${toWaiting} results for a waiting request), ${requests} requests of the client, ${answers} answers, ${toServer} lines to the server`,
  )
})

// Pinned by the first stream of all, and never again.
const HONEST = { name: 'echo', description: 'a tool' }
const hidden = { name: 'delete_all', description: 'a tool' }
const tool = fc.oneof(
  fc.constantFrom<Message>(
    HONEST,
    hidden,
    { ...HONEST, description: POISON },
    { ...HONEST, Description: POISON },
  ),
  fc.constantFrom<Message>(
    null,
    5,
    { name: 5 },
    { name: 'Echo', description: POISON },
    { name: 'mcp__a__b' },
  ),
)
const tools = fc.array(tool, { maxLength: 4 })
const json = fc.jsonValue({ maxDepth: 2 })
const method = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom('tools/list', 'tools/call', 'tools/call', 'ping') },
  fc.constantFrom(
    'resources/list',
    'resources/read',
    'tasks/result',
    'x/y',
    'z',
    'Tools/Call',
    ' tools/call',
  ),
  fc.constantFrom('sampling/createMessage', 'roots/list', 'initialize', 'notifications/cancelled'),
  fc.constantFrom('notifications/tools/list_changed', 'notifications/x', 'notifications/progress'),
)
const clientId = fc.oneof(
  { weight: 9, arbitrary: fc.integer({ min: 0, max: 9 }) },
  fc.constantFrom<Message>('1', '', null, 1.5, true, [1], {}, 2 ** 60),
)
const params = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      name: fc.constantFrom<Message>('echo', 'echo', 'echo', 'delete_all', 'Echo', 'files/x', 5),
      arguments: fc.constant({}),
      requestId: clientId,
    }),
  },
  fc.record(
    {
      name: fc.constant('echo'),
      arguments: json,
      cursor: json,
      _meta: json,
      Name: fc.constant('delete_all'),
    },
    { requiredKeys: ['name'] },
  ),
  json,
)
const right = fc.record({ jsonrpc: fc.constant('2.0'), id: clientId, method, params })
const odd = fc.record(
  {
    jsonrpc: fc.constantFrom('2.0', '1.0'),
    id: clientId,
    method,
    params,
    result: json,
    error: json,
    Method: method,
  },
  { requiredKeys: [] },
)
const notification = fc.record({ jsonrpc: fc.constant('2.0'), method, params })
const clientMessage = fc.oneof({ weight: 10, arbitrary: right }, odd, notification)
const clientStep = fc.record({
  from: fc.constant('client' as const),
  line: fc.oneof(
    { weight: 8, arbitrary: clientMessage },
    fc.array(clientMessage, { maxLength: 3 }),
    fc.constantFrom<Message>('{"jsonrpc":', 5, null),
  ),
})

const result = fc.oneof(
  fc.record({ tools, nextCursor: fc.constantFrom<Message>('', 'a', 5) }, { requiredKeys: ['tools'] }),
  fc.record({ tools, Tools: tools, inputRequests: json, _meta: json, content: json }, { requiredKeys: [] }),
)
/** One message of a server: most often an answer, to the nth request that waits or in the way of one. */
const serverStep = fc.record({
  from: fc.constant('server' as const),
  nth: fc.nat(5),
  form: fc.constantFrom('id', 'id', 'id', 'id', 'text', 'blank', 'small', 'null', 'none'),
  said: fc.oneof(
    { weight: 6, arbitrary: fc.record({ result }) },
    fc.record({ error: fc.record({ code: fc.integer(), message: fc.string(), data: json }) }),
    fc.record({ result: json, error: json, method, params: json }, { requiredKeys: [] }),
    fc.record({ method, params: json }),
  ),
  batch: fc.boolean(),
})
const stream = fc.array(fc.oneof(clientStep, serverStep), { minLength: 2, maxLength: 20 })

const idOf = (form: string, id: number): Message =>
  ({ id, text: `${id}`, blank: ` ${id}`, small: id % 10, null: null })[form]

/** The requests in a line that have an id which can be given back. */
function requestsIn(line: Message): Message[] {
  const messages: Message[] = Array.isArray(line) ? line : [line]
  if (messages.some(each => typeof each !== 'object' || each === null || Array.isArray(each))) return []
  return messages.filter(
    ({ id, ...rest }) => 'method' in rest && (typeof id === 'string' || Number.isSafeInteger(id)),
  )
}

const key = (id: unknown) => JSON.stringify(id)
const counted = (ids: unknown[]) => {
  const counts = new Map<string, number>()
  for (const id of ids) counts.set(key(id), (counts.get(key(id)) ?? 0) + 1)
  return counts
}

test(`${STREAMS} random streams: nothing refused is forwarded, no tool passes unfiltered, every request ends once`, async () => {
  // The honest definition is the pinned one.
  const first = await open(program)
  await first.say({ jsonrpc: '2.0', id: 1, method: 'tools/list' })
  await first.answer(0, { tools: [HONEST, hidden] })

  await fc.assert(
    fc.asyncProperty(stream, async steps => {
      const { session, say, from, server, client } = await open(program, 40)
      const asked: unknown[] = []
      const cancelled = new Set<string>()
      const answered = new Set<number>()
      const waiting = () =>
        server.filter(each => 'method' in each && typeof each.id === 'number' && !answered.has(each.id))
      for (const step of steps) {
        figures.lines += 1
        if (step.from === 'client') {
          asked.push(...requestsIn(step.line).map(({ id }) => id))
          const messages: Message[] = Array.isArray(step.line) ? step.line : [step.line]
          for (const each of messages)
            if (each?.method === 'notifications/cancelled') cancelled.add(key(each.params?.requestId))
          await say(step.line)
          continue
        }
        const open = waiting()
        const request = open[step.nth % Math.max(1, open.length)]
        const { form, batch, said } = step
        const id = idOf(form, request?.id ?? step.nth)
        const message = { jsonrpc: '2.0', ...(id === undefined ? {} : { id }), ...said }
        figures.serverLines += 1
        if (request && 'result' in said) figures.toWaiting += 1
        // A request of the server may have the same id, and answers nothing.
        const asks = 'method' in said && !('result' in said) && !('error' in said)
        if (request && !asks && form !== 'small' && form !== 'null' && form !== 'none')
          answered.add(request.id)
        await from(batch ? [message, message] : message).catch(error => expect(error.message).toMatch(/^not/))
      }
      // The server answers what it was asked; a call that waits for a listing ends with the time for it.
      await session.settled()
      for (let open = waiting(); open.length > 0; open = waiting()) {
        for (const { id } of open) {
          answered.add(id)
          await from({
            jsonrpc: '2.0',
            id,
            result: { tools: [HONEST, hidden, { ...HONEST, description: POISON }] },
          })
        }
        await session.settled()
      }

      const seen = JSON.stringify(client)
      expect(seen).not.toMatch(/"delete_all"|"description":"IGNORE ALL"|"Description"/)
      for (const { method: name, params: given } of server) {
        expect(['Tools/Call', ' tools/call', 'z', 'resources/read', 'sampling/createMessage']).not.toContain(
          name,
        )
        if (name === 'tools/call') expect(given.name).toBe('echo')
      }
      const answers = client.filter(each => !('method' in each) && each.id !== null).map(({ id }) => id)
      const [given, wanted] = [counted(answers), counted(asked)]
      for (const [id, count] of given) expect(count).toBeLessThanOrEqual(wanted.get(id) ?? 0)
      for (const [id, count] of wanted)
        if (!cancelled.has(id)) expect([id, given.get(id) ?? 0]).toEqual([id, count])
      figures.requests += asked.length
      figures.answers += answers.length
      figures.toServer += server.length
    }),
    { numRuns: STREAMS, seed: 20_261_130, endOnFailure: false },
  )
})
