import {
  AttachRolePolicyCommand,
  AttachUserPolicyCommand,
  GetRoleCommand,
  IAMClient,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
  UpdateAccessKeyCommand,
  UpdateAssumeRolePolicyCommand,
} from '@aws-sdk/client-iam'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { keyOf } from '../../src/lab/aws/seed/ids.ts'
import { managedArn } from '../../src/lab/aws/seed/managed-policies.ts'
import type { RunState } from '../../src/model/run/state.ts'
import { type AwsRange, openAws } from '../contract/aws-range.ts'
import { Town } from '../engine/town.ts'
import { awsWorld, playbookFor } from './aws-world.ts'
import { runs } from './runs.ts'

const USER = 'ci-deploy'
const ROLE = 'github-deployer'
const VERBS = ['quarantine', 'disable', 'revoke-sessions', 'constrain', 'gate', 'detach']
const OTHER = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: 'sqs:SendMessage', Resource: '*' }],
})

/** Both labs are of the same moment, or what was made at it would differ. */
const AT = new Date().toISOString()

interface Seat {
  range: AwsRange
  iam: IAMClient
}

/** Somebody else at work, on settings that are not ours. Each can be done once. */
const EDITS: { [name: string]: (iam: IAMClient) => Promise<unknown> } = {
  'policy of the user': iam =>
    iam.send(new PutUserPolicyCommand({ UserName: USER, PolicyName: 'edited', PolicyDocument: OTHER })),
  'policy of the role': iam =>
    iam.send(new PutRolePolicyCommand({ RoleName: ROLE, PolicyName: 'edited', PolicyDocument: OTHER })),
  'attached to the user': iam =>
    iam.send(new AttachUserPolicyCommand({ UserName: USER, PolicyArn: managedArn('SecurityAudit') })),
  'attached to the role': iam =>
    iam.send(new AttachRolePolicyCommand({ RoleName: ROLE, PolicyArn: managedArn('SecurityAudit') })),
  'trust of the role': async iam => {
    const { Role } = await iam.send(new GetRoleCommand({ RoleName: ROLE }))
    const document = JSON.parse(decodeURIComponent(Role?.AssumeRolePolicyDocument ?? '')) as {
      Statement: object[]
    }
    document.Statement.unshift({
      Sid: 'Edited',
      Effect: 'Allow',
      Principal: { Service: 'lambda.amazonaws.com' },
      Action: 'sts:AssumeRole',
    })
    await iam.send(
      new UpdateAssumeRolePolicyCommand({ RoleName: ROLE, PolicyDocument: JSON.stringify(document) }),
    )
  },
  'key of another user': iam =>
    iam.send(
      new UpdateAccessKeyCommand({
        UserName: 'metrics-push',
        AccessKeyId: keyOf('metrics-push'),
        Status: 'Inactive',
      }),
    ),
}

async function seat(at: string): Promise<Seat> {
  const range = await openAws(undefined, at)
  const iam = new IAMClient({
    region: 'us-east-1',
    endpoint: range.lab.endpoint,
    credentials: { ...range.lab.responder },
  })
  return { range, iam }
}

let ours: Seat
let theirs: Seat
let town: Town
beforeEach(async () => {
  ;[ours, theirs, town] = await Promise.all([seat(AT), seat(AT), Town.open()])
})
afterEach(async () => {
  for (const { range, iam } of [ours, theirs]) {
    iam.destroy()
    await range.close()
  }
  await town.close()
})

it('a change by somebody else between our reading and our writing stays', {
  timeout: 300_000,
}, async () => {
  let count = 0
  await fc.assert(
    fc.asyncProperty(
      fc.subarray(VERBS, { minLength: 1 }),
      fc.shuffledSubarray(Object.keys(EDITS), { minLength: 1 }),
      fc.nat(5),
      async (verbs, edits, pause) => {
        await Promise.all([ours.range.lab.reset(), theirs.range.lab.reset()])
        const run = `edit${count++}`
        const left = [...edits]
        const made: string[] = []
        let writes = 0
        const world = awsWorld(ours.range, async () => {
          // Not at the first write alone: at any of them, those of the restore too.
          const edit = writes++ >= pause ? left.shift() : undefined
          if (edit === undefined) return
          made.push(edit)
          await EDITS[edit]?.(ours.iam)
        })
        await town.contain(world, run, playbookFor([USER, ROLE], verbs))
        await town.restore(world, run)
        for (const edit of made) await EDITS[edit]?.(theirs.iam)
        expect(ours.range.snapshot()).toEqual(theirs.range.snapshot())
      },
    ),
    { numRuns: runs(12) },
  )
})

const decisions = (state: RunState) =>
  [...state.changes.values()].flatMap(({ restored }) =>
    restored.map(({ entry, decision }) => `${entry} ${decision}`),
  )

describe('a change by somebody else to a held setting is shown as drift and left alone', () => {
  it.each<[string, string, string, (iam: IAMClient) => Promise<unknown>]>([
    [
      'the deny, edited',
      'aws.user.quarantine',
      'inline/interdict-run1',
      iam =>
        iam.send(
          new PutUserPolicyCommand({ UserName: USER, PolicyName: 'interdict-run1', PolicyDocument: OTHER }),
        ),
    ],
    [
      'a policy that was taken away, put in again with another text',
      'aws.role.detach',
      'inline/deploy',
      iam =>
        iam.send(new PutRolePolicyCommand({ RoleName: ROLE, PolicyName: 'deploy', PolicyDocument: OTHER })),
    ],
    [
      'the deny in the trust policy, weakened',
      'aws.role.disable',
      'trust/InterdictRun1',
      async iam => {
        const { Role } = await iam.send(new GetRoleCommand({ RoleName: ROLE }))
        const text = decodeURIComponent(Role?.AssumeRolePolicyDocument ?? '')
        const document = JSON.parse(text) as { Statement: { Sid?: string; Action: unknown }[] }
        for (const statement of document.Statement) {
          if (statement.Sid === 'InterdictRun1') statement.Action = ['sts:AssumeRoleWithSAML']
        }
        await iam.send(
          new UpdateAssumeRolePolicyCommand({ RoleName: ROLE, PolicyDocument: JSON.stringify(document) }),
        )
      },
    ],
  ])('%s', async (_, use, entry, tamper) => {
    const { range, iam } = ours
    const seed = range.snapshot()
    const world = awsWorld(range)
    await town.contain(world, 'run1', playbookFor([USER, ROLE], [use]))
    await tamper(iam)
    const tampered = range.snapshot()
    const left = await town.restore(world, 'run1')
    expect(left.restore?.finished).toBe('incomplete')
    expect(decisions(left)).toContain(`${entry} drift`)
    if (decisions(left).length === 1) expect(range.snapshot()).toEqual(tampered)
    const forced = await town.restore(world, 'run1', { drift: 'force' })
    expect(decisions(forced)).toContain(`${entry} force`)
    expect(range.snapshot()).toEqual(seed)
  })
})
