import { afterEach, beforeEach, expect, test } from 'vitest'
import type { AzureCall } from '../../../src/clouds/azure/client.ts'
import { Fault } from '../../../src/model/fault.ts'
import { asking, moment } from '../../../src/model/purpose.ts'
import { ScriptedAzure } from './scripted-azure.ts'

let azure: ScriptedAzure

beforeEach(async () => {
  azure = await new ScriptedAzure().start()
})

afterEach(async () => {
  await azure.stop()
})

interface Part {
  id: string
  method: string
  url: string
}

const partsOf = (text: string) => (JSON.parse(text) as { requests: Part[] }).requests

function calls(count: number): AzureCall[] {
  return Array.from({ length: count }, (_, at) => ({
    service: 'graph',
    method: 'GET',
    path: `/v1.0/servicePrincipals/${at}/owners`,
    query: { $select: 'id' },
    operation: 'GET /v1.0/servicePrincipals/{id}/owners',
  }))
}

const nameOf = ({ url }: Part) => url.split('/')[2]
const found = (part: Part) => ({ id: part.id, status: 200, body: { value: [nameOf(part)] } })

test('twenty at a time, answered in any order', async () => {
  azure.graph.script = ({ text }) => ({ body: { responses: partsOf(text).map(found).reverse() } })
  const client = await azure.client()
  const answers = await client.batch<{ value: string[] }>(calls(45))
  expect(answers.map(each => !(each instanceof Fault) && each.value[0])).toEqual(
    Array.from({ length: 45 }, (_, at) => String(at)),
  )
  expect(azure.graph.received.map(({ text }) => partsOf(text).length).sort()).toEqual([20, 20, 5])
  expect(azure.graph.received.map(({ url }) => url)).toEqual(Array(3).fill('/v1.0/$batch'))
  expect(partsOf(azure.graph.received[0]?.text ?? '')[0]).toMatchObject({
    method: 'GET',
    url: '/servicePrincipals/0/owners?$select=id',
  })
  expect(client.tally.operations).toEqual({ 'GET /v1.0/servicePrincipals/{id}/owners': 45 })
  expect(client.requests()).toBe(3)
})

test('only what was throttled or left out is asked again, and nothing is lost', async () => {
  azure.graph.script = ({ text }, nth) => {
    const parts = partsOf(text)
    if (nth > 1) return { body: { responses: parts.map(found) } }
    const responses = parts.flatMap((part, at): object[] => {
      if (at === 3) return [{ id: part.id, status: 429, headers: { 'Retry-After': '0' }, body: {} }]
      return at === 5 ? [] : [found(part)]
    })
    return { body: { responses } }
  }
  const answers = await (await azure.client()).batch<{ value: string[] }>(calls(8))
  expect(answers.map(each => !(each instanceof Fault) && each.value[0])).toEqual(
    Array.from({ length: 8 }, (_, at) => String(at)),
  )
  expect(partsOf(azure.graph.received[1]?.text ?? '').map(nameOf)).toEqual(['3', '5'])
})

test('an error is a fault in its place, even when its status is 200', async () => {
  const error = { error: { code: 'Authorization_RequestDenied', message: 'Insufficient privileges' } }
  azure.graph.script = ({ text }) => ({
    body: {
      responses: partsOf(text).map((part, at) => {
        if (at === 0) return { id: part.id, status: 200, body: error }
        if (at === 1) return { id: part.id, status: 403, body: error }
        if (at === 2) {
          return {
            id: part.id,
            status: 404,
            body: { error: { code: 'Request_ResourceNotFound', message: '-' } },
          }
        }
        return found(part)
      }),
    },
  })
  const answers = await (await azure.client()).batch(calls(4))
  expect(answers.map(each => (each instanceof Fault ? each.code : 'found'))).toEqual([
    'denied',
    'denied',
    'gone',
    'found',
  ])
  expect(answers[0]).toMatchObject({
    message: expect.stringContaining('GET /v1.0/servicePrincipals/{id}/owners'),
  })
})

test('a part that stays throttled is a fault after six tries', async () => {
  azure.graph.script = ({ text }) => ({
    body: { responses: partsOf(text).map(({ id }) => ({ id, status: 429, body: {} })) },
  })
  const [answer] = await (await azure.client()).batch(calls(1))
  expect(answer).toMatchObject({ code: 'throttled' })
  expect(azure.graph.received).toHaveLength(6)
})

test('a batch that is throttled as a whole is sent again', async () => {
  azure.graph.script = ({ text }, nth) =>
    nth === 1
      ? { status: 429, headers: { 'retry-after': '0' } }
      : { body: { responses: partsOf(text).map(found) } }
  expect(await (await azure.client()).batch(calls(1))).toEqual([{ value: ['0'] }])
})

test('writes and two versions are not batched', async () => {
  const client = await azure.client()
  const [one] = calls(1)
  if (!one) throw new Error('no call')
  await expect(client.batch([{ ...one, method: 'DELETE' }])).rejects.toThrow('reads')
  await expect(client.batch([one, { ...one, path: '/beta/x' }])).rejects.toThrow('one version')
  expect(azure.graph.received).toEqual([])
})

test('parts that are known or under way within a stage are left out, and the batch counts as one call', async () => {
  azure.graph.script = ({ url, text }) =>
    url.endsWith('$batch') ? { body: { responses: partsOf(text).map(found) } } : { body: { value: ['0'] } }
  const client = await azure.client()
  const [first] = calls(1)
  await asking({ purpose: 'plan', since: moment() }, async () => {
    await Promise.all([client.call(first as AzureCall), client.batch(calls(3))])
    await client.batch(calls(4))
  })
  const batches = azure.graph.received.filter(({ url }) => url.endsWith('$batch'))
  expect(batches.map(({ text }) => partsOf(text).map(nameOf))).toEqual([['1', '2'], ['3']])
  expect(client.requests()).toBe(3)
  expect(client.tally.purposes).toEqual({ plan: 3 })
})

test('a part is asked for again after a write, and one that failed by the next who asks', async () => {
  azure.graph.script = ({ url, text }, nth) => {
    if (!url.endsWith('$batch')) return { status: 204 }
    const denied = { status: 403, body: { error: { code: 'Authorization_RequestDenied', message: 'no' } } }
    return {
      body: {
        responses: partsOf(text).map(part =>
          nth === 1 && part.id === '1' ? { id: '1', ...denied } : found(part),
        ),
      },
    }
  }
  const client = await azure.client()
  const asked = () =>
    azure.graph.received.flatMap(({ url, text }) =>
      url.endsWith('$batch') ? [partsOf(text).map(nameOf)] : [],
    )
  await asking({ purpose: 'sweep', since: moment() }, async () => {
    const answers = await client.batch(calls(2))
    expect(answers[1]).toMatchObject({ code: 'denied' })
    await client.batch(calls(2))
    await client.call({
      service: 'graph',
      method: 'PATCH',
      path: '/v1.0/servicePrincipals/0',
      operation: 'PATCH /v1.0/servicePrincipals/{id}',
      body: { accountEnabled: false },
    })
    await client.batch(calls(2))
  })
  expect(asked()).toEqual([['0', '1'], ['1'], ['0', '1']])
})
