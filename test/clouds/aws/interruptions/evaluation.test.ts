import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { userConstrain } from '../../../../src/clouds/aws/interruptions/constrain.ts'
import { userGate } from '../../../../src/clouds/aws/interruptions/gate.ts'
import { interruptions } from '../../../../src/clouds/aws/interruptions/index.ts'
import { answer, fail, ScriptedIam } from '../scripted-iam.ts'
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

/** One result in IAM's form of until 2026, or with the resources inside it. */
const result = (action: string, decision: string, inside: string[] = []) =>
  `<member><EvalActionName>${action}</EvalActionName><EvalDecision>${decision}</EvalDecision>${
    inside.length === 0
      ? ''
      : `<ResourceSpecificResults>${inside
          .map(
            each =>
              `<member><EvalResourceName>r</EvalResourceName><EvalResourceDecision>${each}</EvalResourceDecision></member>`,
          )
          .join('')}</ResourceSpecificResults>`
  }</member>`
const [A, B] = ['arn:aws:s3:::a', 'arn:aws:s3:::b']
const onTwo = () => contextFor('user', { params: { deny: ['s3:GetObject'], resources: [A, B] } })

it.each([
  [
    'one for each resource',
    [result('s3:GetObject', 'explicitDeny'), result('s3:GetObject', 'explicitDeny')],
    'denied',
  ],
  [
    'one that is allowed',
    [result('s3:GetObject', 'explicitDeny'), result('s3:GetObject', 'allowed')],
    'allowed',
  ],
  [
    'the resources inside',
    [result('s3:GetObject', 'explicitDeny', ['explicitDeny', 'explicitDeny'])],
    'denied',
  ],
  [
    'one inside that is allowed',
    [result('s3:GetObject', 'explicitDeny', ['explicitDeny', 'allowed'])],
    'allowed',
  ],
  [
    'one inside by nobody',
    [result('s3:GetObject', 'explicitDeny', ['explicitDeny', 'implicitDeny'])],
    'pending',
  ],
] as const)(
  'reads decisions about two resources when the simulator gives %s',
  async (_, results, expected) => {
    iam.script = (_received, response) =>
      answer(
        response,
        `<EvaluationResults>${results.join('')}</EvaluationResults>`,
        'SimulatePrincipalPolicy',
      )
    expect(await userConstrain.probe?.(iam.client(), onTwo())).toBe(expected)
    expect(iam.received).toHaveLength(1)
  },
)

it('asks about each resource alone when the simulator decides about both at once', async () => {
  iam.script = ({ input }, response) => {
    const isB = input['ResourceArns.member.1'] === B
    const decision = isB ? 'allowed' : 'explicitDeny'
    answer(
      response,
      `<EvaluationResults>${result('s3:GetObject', decision)}</EvaluationResults>`,
      'SimulatePrincipalPolicy',
    )
  }
  expect(await userConstrain.probe?.(iam.client(), onTwo())).toBe('allowed')
  expect(iam.received).toHaveLength(3)
})

it('throws at once when the simulator leaves out an action', async () => {
  iam.script = (_received, response) =>
    answer(
      response,
      `<EvaluationResults>${result('s3:GetObject', 'explicitDeny')}</EvaluationResults>`,
      'SimulatePrincipalPolicy',
    )
  const context = contextFor('user', { params: { deny: ['s3:GetObject', 'braket:*'] } })
  await expect(userConstrain.probe?.(iam.client(), context)).rejects.toMatchObject({
    code: 'unsupported',
    message: expect.stringContaining('braket:CreateUser'),
  })
})

it('reads all pages of decisions', async () => {
  iam.script = ({ input }, response) =>
    answer(
      response,
      input.Marker === undefined
        ? `<EvaluationResults>${result('sqs:A', 'explicitDeny')}</EvaluationResults><IsTruncated>true</IsTruncated><Marker>m</Marker>`
        : `<EvaluationResults>${result('sqs:B', 'allowed')}</EvaluationResults><IsTruncated>false</IsTruncated>`,
      'SimulatePrincipalPolicy',
    )
  const context = contextFor('user', { params: { deny: ['sqs:A', 'sqs:B'] } })
  expect(await userConstrain.probe?.(iam.client(), context)).toBe('allowed')
})

it('throws why the simulator cannot be asked about a gate that leaves no address outside', async () => {
  const context = contextFor('user', { params: { sourceIps: ['0.0.0.0/0'] } })
  await expect(userGate.probe?.(iam.client(), context)).rejects.toMatchObject({ code: 'unsupported' })
  expect(iam.received).toEqual([])
})
