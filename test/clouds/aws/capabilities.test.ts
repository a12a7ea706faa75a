import { describe, expect, it } from 'vitest'
import { rights } from '../../../src/clouds/aws/capabilities.ts'
import type { AwsClient } from '../../../src/clouds/aws/client.ts'
import type { Estate } from '../../../src/lab/aws/store.ts'
import type { Right } from '../../../src/model/capability.ts'
import { openAws } from '../../contract/aws-range.ts'
import { fail, ScriptedIam } from './scripted-iam.ts'

const PUT = 'iam:PutUserPolicy'

/** The answer for one permission, with the responder and its account as they are left by `prepare`. */
async function told(prepare: (estate: Estate) => void, permission = PUT): Promise<Right | undefined> {
  const range = await openAws(prepare)
  try {
    return (await range.session.rights?.([permission]))?.held.get(permission)
  } finally {
    await range.close()
  }
}

function responder(estate: Estate) {
  const found = estate.accounts
    .flatMap(({ roles }) => roles)
    .find(({ name }) => name === 'incident-responder')
  if (found === undefined) throw new Error('no responder in the seed')
  return found
}

const document = (...Statement: object[]) => JSON.stringify({ Version: '2012-10-17', Statement })
const everything = { Effect: 'Allow', Action: '*', Resource: '*' }

function only(...statements: object[]) {
  return (estate: Estate) => {
    const role = responder(estate)
    role.attached = []
    role.inline = {
      own: document(
        { ...everything, Action: ['iam:Get*', 'iam:List*', 'iam:Simulate*', 'sts:*'] },
        ...statements,
      ),
    }
  }
}

describe('rights in AWS', () => {
  it('is unknown without iam:SimulatePrincipalPolicy', async () => {
    const deny = { Effect: 'Deny', Action: 'iam:SimulatePrincipalPolicy', Resource: '*' }
    expect(await told(only(everything, deny))).toEqual({
      held: 'unknown',
      why: 'iam:SimulatePrincipalPolicy',
    })
  })

  it('are asked about the role with its path, also where iam:GetRole is denied', async () => {
    const deny = { Effect: 'Deny', Action: 'iam:GetRole', Resource: '*' }
    expect(await told(only(everything, deny))).toEqual({ held: 'yes' })
  })

  it('is unknown where nothing says the path of the role', async () => {
    const deny = { Effect: 'Deny', Action: ['iam:GetRole', 'iam:ListRoles'], Resource: '*' }
    expect(await told(only(everything, deny))).toMatchObject({
      held: 'unknown',
      why: expect.stringContaining('iam:GetRole'),
    })
  })

  it('is unknown where a policy asks for a key that the simulator is not given', async () => {
    const withMfa = { Bool: { 'aws:MultiFactorAuthPresent': 'true' } }
    const right = await told(only({ ...everything, Action: PUT, Condition: withMfa }))
    expect(right).toEqual({ held: 'unknown', why: 'a policy asks for aws:MultiFactorAuthPresent' })
  })

  it('name the principals on which a permission is missing', async () => {
    const path = { ...everything, Action: PUT, Resource: 'arn:aws:iam::*:user/ci/*' }
    const right = await told(estate => {
      only(path)(estate)
      for (const user of estate.accounts.flatMap(({ users }) => users)) {
        user.path = user.name === 'ci-deploy' ? '/ci/' : '/'
      }
    })
    expect(right).toMatchObject({ held: 'part', where: expect.stringMatching(/^not on user\//) })
  })

  it('are those that a boundary leaves, and say so', async () => {
    const right = await told(estate => {
      responder(estate).boundary = 'arn:aws:iam::aws:policy/ReadOnlyAccess'
      const role = responder(estate)
      role.inline = { more: document({ ...everything, Action: 'sts:AssumeRole' }) }
    })
    expect(right).toEqual({ held: 'no', where: 'the permissions boundary does not allow it' })
  })

  it('are those that a service control policy without a condition leaves', async () => {
    const right = await told(estate => {
      const { organization } = estate
      const account = estate.accounts.find(({ roles }) =>
        roles.some(({ name }) => name === 'incident-responder'),
      )
      organization?.policies.push({
        id: 'p-noinline001',
        name: 'no-inline-policies',
        description: '',
        content: document({ Effect: 'Deny', Action: PUT, Resource: '*' }),
      })
      organization?.attachments[account?.id ?? '']?.push('p-noinline001')
    })
    expect(right).toMatchObject({ held: 'no' })
  })

  it('of an instance profile are asked with the service that is passed to', async () => {
    const condition = { StringEquals: { 'iam:PassedToService': 'ec2.amazonaws.com' } }
    const pass = { ...everything, Action: 'iam:PassRole', Condition: condition }
    expect(await told(only(pass), 'iam:PassRole')).toEqual({ held: 'yes' })
  })
})

describe('an endpoint that does not simulate', () => {
  const me = {
    account: '111122223333',
    partition: 'aws',
    type: 'user',
    name: 'arn:aws:iam::111122223333:user/responder',
    uids: ['AIDAEXAMPLE'],
  } as const
  const asked = [PUT, 'iam:DeleteUserPolicy']

  async function answered(code: string, status: number, when: (actions: number) => boolean) {
    const iam = await new ScriptedIam().start()
    try {
      iam.script = ({ action, input }, response) => {
        if (action !== 'SimulatePrincipalPolicy') return fail(response, 'AccessDenied', 403)
        const actions = Object.keys(input).filter(key => key.startsWith('ActionNames.')).length
        if (when(actions)) return fail(response, code, status)
        const name = input['ActionNames.member.1']
        response.end(
          `<SimulatePrincipalPolicyResponse><SimulatePrincipalPolicyResult><IsTruncated>false</IsTruncated><EvaluationResults><member><EvalActionName>${name}</EvalActionName><EvalDecision>allowed</EvalDecision></member></EvaluationResults></SimulatePrincipalPolicyResult></SimulatePrincipalPolicyResponse>`,
        )
      }
      return (await rights(iam.client() as AwsClient, { ...me, uids: [...me.uids] }, asked)).held
    } finally {
      await iam.stop()
    }
  }

  it('leaves every permission untold when it does not know the operation', async () => {
    const held = await answered('InvalidAction', 400, () => true)
    expect([...held.values()].map(each => each.held)).toEqual(['unknown', 'unknown'])
  })

  it('is asked about single actions when it does not take them together', async () => {
    const held = await answered('InvalidInput', 400, actions => actions > 1)
    expect([...held]).toEqual(asked.map(each => [each, { held: 'yes' }]))
  })
})
