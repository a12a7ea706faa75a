import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Town } from '../../engine/town.ts'
import { playbook, ToyCloud } from '../../engine/toy-cloud.ts'
import { GateProgram } from '../gate-program.ts'
import { NEVER_JUDGED, OPEN, request, TOOLS } from './client-methods.ts'
import { list, open as openSession, tool } from './in-process.ts'

let program: GateProgram
beforeEach(() => {
  program = new GateProgram()
})
afterEach(() => program.close())

const open = () => openSession(program)

const OF_SERVERS = ['sampling/createMessage', 'elicitation/create']

describe('an agent that is held', () => {
  const held = async () => {
    program.policy(
      'version: 1\nagents: { a: { identity: toy:town:door/refunds } }\nrules: [{ effect: allow }]\n',
    )
    const town = new Town(program.folder)
    const cloud = new ToyCloud()
    cloud.add('refunds')
    const session = await open()
    const contain = () => town.contain(cloud.world(), 'aaaa', playbook(['disable']))
    return { ...session, contain, restore: () => town.restore(cloud.world(), 'aaaa') }
  }
  const REFUSED = { code: -32001, message: "Refused: agent 'a' is held by run aaaa: test" }

  test('is refused every method but those of the session, and works again once it is restored', async () => {
    const { say, contain, restore, client, server } = await held()
    await contain()
    const methods = [...OPEN, ...TOOLS, 'x/y']
    for (const [id, method] of methods.entries()) await say(request(id, method, { uri: 'file:///srv/a' }))
    expect(client.map(({ error }) => error)).toEqual(methods.map(() => REFUSED))
    expect(server).toEqual([])
    for (const method of NEVER_JUDGED) await say(request(1, method))
    expect(server.map(({ method }) => method)).toEqual(NEVER_JUDGED)
    await restore()
    for (const method of methods) await say(request(2, method))
    expect(server.map(({ method }) => method)).toEqual([...NEVER_JUDGED, ...methods])
  })

  test('is not asked by a server, and does not answer what it was asked before', async () => {
    const { say, from, contain, client, server } = await held()
    await from(request(1, 'sampling/createMessage'))
    await from(request(2, 'ping'))
    expect(client).toHaveLength(2)
    await contain()
    await say({ jsonrpc: '2.0', id: 1, result: { content: 'secret' } })
    await say({ jsonrpc: '2.0', id: 2, result: {} })
    for (const [nth, method] of [...OF_SERVERS, 'roots/list', 'x/y'].entries())
      await from(request(10 + nth, method))
    expect(client).toHaveLength(2)
    const answers = server.map(({ id, error }) => [id, error ?? 'answered'])
    expect(answers).toEqual([[1, REFUSED], [2, 'answered'], ...[10, 11, 12, 13].map(id => [id, REFUSED])])
  })

  test('sends no notifications of its own, and those that keep the session in order', async () => {
    const { say, contain, server } = await held()
    await contain()
    for (const method of ['notifications/x', 'notifications/initialized', 'notifications/roots/list_changed'])
      await say({ jsonrpc: '2.0', method, params: { data: 'secret' } })
    expect(server.map(({ method }) => method)).toEqual([
      'notifications/initialized',
      'notifications/roots/list_changed',
    ])
  })

  test('still sees which tools there are', async () => {
    const { say, answer, contain, client } = await held()
    await contain()
    await say(list(1))
    await answer(0, { tools: [tool('echo')] })
    expect(client[0].result.tools).toEqual([tool('echo')])
  })
})
