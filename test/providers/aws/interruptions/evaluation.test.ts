import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { userConstrain } from '../../../../src/providers/aws/interruptions/constrain.ts'
import { userGate } from '../../../../src/providers/aws/interruptions/gate.ts'
import { interruptions } from '../../../../src/providers/aws/interruptions/index.ts'
import { fail, ScriptedIam } from '../scripted-iam.ts'
import { contextFor } from './subjects.ts'

let iam: ScriptedIam
beforeEach(async () => {
  iam = await new ScriptedIam().start()
})
afterEach(() => iam.stop())

const asking = interruptions.filter(({ probe }) => probe).map(each => [each.id, each] as const)

describe.each(asking)('%s', (_, each) => {
  const context = () => contextFor(each.on[0] ?? '', { params: each.example ?? {} })

  it.each([
    ['AccessDenied', 403, 'denied'],
    ['NotImplemented', 501, 'unsupported'],
  ])('throws the answer when the simulator says %s', async (code, status, fault) => {
    iam.script = (_received, response) => fail(response, code, status)
    await expect(each.probe?.(iam.client(), context())).rejects.toMatchObject({
      name: 'Fault',
      code: fault,
      message: expect.stringContaining('as scripted'),
    })
  })
})

it('throws why the simulator cannot be asked about a pattern that no known action matches', async () => {
  const context = contextFor('user', { params: { deny: ['braket:*'], resources: ['*'] } })
  await expect(userConstrain.probe?.(iam.client(), context)).rejects.toMatchObject({
    message: expect.stringContaining('braket:*'),
  })
  expect(iam.received).toEqual([])
})

it('throws why the simulator cannot be asked about a gate that leaves no address outside', async () => {
  const context = contextFor('user', { params: { sourceIps: ['0.0.0.0/0'] } })
  await expect(userGate.probe?.(iam.client(), context)).rejects.toMatchObject({ code: 'unsupported' })
  expect(iam.received).toEqual([])
})
