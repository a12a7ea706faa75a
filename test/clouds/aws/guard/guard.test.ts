import {
  DeleteUserPolicyCommand,
  IAMClient,
  ListAccessKeysCommand,
  ListUserPoliciesCommand,
  UpdateAccessKeyCommand,
} from '@aws-sdk/client-iam'
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { afterEach, describe, expect, it } from 'vitest'
import { guardPolicyName, readGuard } from '../../../../src/clouds/aws/guard/document.ts'
import { aws } from '../../../../src/clouds/aws/provider.ts'
import { makePlan } from '../../../../src/engine/index.ts'
import { allow, policy } from '../../../../src/lab/aws/seed/documents.ts'
import { idOf, secretOf } from '../../../../src/lab/aws/seed/ids.ts'
import {
  ACCOUNT,
  GUARD_ROLE,
  LEAKED_KEY,
  MANAGEMENT_ACCOUNT,
  seedEstate,
} from '../../../../src/lab/aws/seed/index.ts'
import type { Estate } from '../../../../src/lab/aws/store.ts'
import type { Context } from '../../../../src/model/interruption.ts'
import type { Json } from '../../../../src/model/json.ts'
import { REAL } from '../../../../src/model/timing.ts'
import { startAwsLab } from '../../../aws-lab.ts'
import { type AwsRange, openAws } from '../../../contract/aws-range.ts'
import { interruption, prepareGuard } from '../../../contract/aws-subjects.ts'
import { look } from '../../../contract/reading.ts'
import { find } from '../../../contract/suite.ts'
import { Town } from '../../../engine/town.ts'
import { awsWorld, playbookFor } from '../../../property/aws-world.ts'

const ARN = `arn:aws:iam::${ACCOUNT}:user/ci/ci-deploy`
const SECRET = { SecretId: 'ci/registry/token' }

const closers: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

async function open(prepare: (estate: Estate) => void = () => undefined): Promise<AwsRange> {
  const range = await openAws(prepare)
  closers.push(() => range.close())
  return range
}

/** As another responder, or later: sessions of the guard's role last an hour. */
async function signIn({ lab }: Pick<AwsRange, 'lab'>, guard: Json = { roleArn: GUARD_ROLE }) {
  const { sessions } = await aws.connect({
    timing: REAL,
    scope: guard === null ? {} : { guard },
    lab: { endpoint: lab.endpoint, credentials: { ...lab.responder } },
  })
  const [session] = sessions
  if (!session) throw new Error('the lab does not let us in')
  closers.push(() => session.close())
  return session
}

async function town(): Promise<Town> {
  const opened = await Town.open()
  closers.push(() => opened.close())
  return opened
}

const ofUser = ({ lab }: AwsRange, accessKeyId = LEAKED_KEY) => ({
  endpoint: lab.endpoint,
  region: 'eu-west-1',
  maxAttempts: 1,
  credentials: { accessKeyId, secretAccessKey: secretOf(accessKeyId) },
})

/** A user whose own policies allow everything, the policies of others on it included. */
function allPowerful(estate: Estate): void {
  const user = estate.accounts[0]?.users.find(({ name }) => name === 'ci-deploy')
  if (!user) throw new Error('no ci-deploy in the seed')
  user.inline.everything = JSON.stringify(policy(allow('*')))
}

/** The policy document of the guard of the lab's account, if one is attached. */
function guardIn({ lab }: AwsRange) {
  const { organization } = lab.estate()
  const attached = organization?.attachments[ACCOUNT] ?? []
  const found = organization?.policies.find(
    ({ id, name }) => attached.includes(id) && name === guardPolicyName(ACCOUNT),
  )
  return found && readGuard(found.content)
}

const refusal = async (
  prepare: (estate: Estate) => void,
  name = 'ci-deploy',
  id = 'aws.user.guard',
): Promise<string | undefined> => (await look(await open(prepare), interruption(id), name, {})).refusal

describe('a guard from the organization', () => {
  it('stops a user whose own policies allow everything, also after he removed our inline deny', async () => {
    const range = await open(allPowerful)
    const { run } = { run: 'aaaa' }
    const iam = new IAMClient(ofUser(range))
    const secrets = new SecretsManagerClient(ofUser(range))
    await secrets.send(new GetSecretValueCommand(SECRET))
    const state = await (await town()).contain(
      awsWorld(range),
      run,
      playbookFor(['ci-deploy'], ['guard', 'quarantine']),
    )
    expect(state.finished).toBe('complete')
    // He may undo us, so that his keys were switched off as well; here somebody switches them on again.
    const responder = new IAMClient({ ...ofUser(range), credentials: { ...range.lab.responder } })
    const { AccessKeyMetadata = [] } = await responder.send(
      new ListAccessKeysCommand({ UserName: 'ci-deploy' }),
    )
    for (const { AccessKeyId } of AccessKeyMetadata) {
      await responder.send(
        new UpdateAccessKeyCommand({ UserName: 'ci-deploy', AccessKeyId, Status: 'Active' }),
      )
    }
    const refused = { message: expect.stringContaining('explicit deny in a service control policy') }
    await expect(
      iam.send(new DeleteUserPolicyCommand({ UserName: 'ci-deploy', PolicyName: 'interdict-aaaa' })),
    ).rejects.toMatchObject(refused)
    // As if he had been quicker than the guard.
    await responder.send(new DeleteUserPolicyCommand({ UserName: 'ci-deploy', PolicyName: 'interdict-aaaa' }))
    await expect(secrets.send(new GetSecretValueCommand(SECRET))).rejects.toMatchObject(refused)
    await expect(iam.send(new ListUserPoliciesCommand({ UserName: 'ci-deploy' }))).rejects.toMatchObject(
      refused,
    )
  })

  it('denies with `undo` what would undo us, and lets the workload go on', async () => {
    const range = await open(allPowerful)
    const { write, cut } = await look(range, interruption('aws.user.guard'), 'ci-deploy', { deny: 'undo' })
    await write(cut)
    const iam = new IAMClient(ofUser(range))
    await expect(
      iam.send(new DeleteUserPolicyCommand({ UserName: 'ci-deploy', PolicyName: 'everything' })),
    ).rejects.toThrow(/service control policy/)
    await new SecretsManagerClient(ofUser(range)).send(new GetSecretValueCommand(SECRET))
    await iam.send(new ListUserPoliciesCommand({ UserName: 'ci-deploy' }))
  })

  it('leaves everybody else in the account untouched', async () => {
    const range = await open()
    const opened = await town()
    await opened.contain(awsWorld(range), 'aaaa', playbookFor(['ci-deploy', 'github-deployer'], ['guard']))
    const other = idOf('AKIA', 'billing-export/1')
    await new SecretsManagerClient(ofUser(range, other)).send(
      new GetSecretValueCommand({ SecretId: 'prod/billing/sap' }),
    )
  })

  it('is written before the cuts of the identity itself, and lifted after them', async () => {
    const range = await open()
    const opened = await town()
    const order: string[] = []
    const lab = await startAwsLab({
      estate: () => seedEstate(new Date().toISOString()),
      propagationMs: 0,
      record: ({ operation }) => order.push(operation),
    })
    closers.push(() => lab.close())
    const session = await signIn({ lab })
    const world = awsWorld({ ...range, lab, session })
    await opened.contain(world, 'aaaa', playbookFor(['ci-deploy'], ['guard', 'quarantine', 'disable']))
    const writes = () => order.filter(each => /^(Put|Update|Delete|Attach|Detach|Create)/.test(each))
    expect(writes()).toEqual([
      'CreatePolicy',
      'AttachPolicy',
      'PutUserPolicy',
      'UpdateAccessKey',
      'UpdateAccessKey',
    ])
    order.length = 0
    await opened.restore(world, 'aaaa')
    expect(writes().slice(-2)).toEqual(['DetachPolicy', 'DeletePolicy'])
    expect(writes()).toHaveLength(5)
  })

  it.each([
    ['aaaa', 'bbbb'],
    ['bbbb', 'aaaa'],
  ])('is held by two runs until the last is restored, when %s is restored first', async (first, second) => {
    const range = await open()
    const seed = range.snapshot()
    const opened = await town()
    const world = awsWorld(range)
    await opened.contain(world, 'aaaa', playbookFor(['ci-deploy', 'github-deployer'], ['guard']))
    await opened.contain(world, 'bbbb', playbookFor(['ci-deploy', 'bastion'], ['guard']))
    expect(Object.keys(guardIn(range)?.entries ?? {})).toHaveLength(3)
    await opened.restore(world, first)
    expect(guardIn(range)?.entries).toMatchObject({ [`guard/all/${ARN}`]: true })
    await expect(
      new SecretsManagerClient(ofUser(range)).send(new GetSecretValueCommand(SECRET)),
    ).rejects.toThrow(/service control policy/)
    const { restore } = await opened.restore(world, second)
    expect(restore?.finished).toBe('complete')
    expect(range.snapshot()).toEqual(seed)
  })

  it('takes one call where a policy is attached beforehand, and leaves it there', async () => {
    const range = await open(prepareGuard)
    const seed = range.snapshot()
    const opened = await town()
    const world = awsWorld(range)
    range.operations()
    await opened.contain(world, 'aaaa', playbookFor(['ci-deploy', 'report-printer'], ['guard']))
    const since = range.lab.calls.toJSON().operations
    expect(since['organizations:UpdatePolicy']).toBe(1)
    expect(since['organizations:CreatePolicy']).toBeUndefined()
    await opened.restore(world, 'aaaa')
    expect(range.snapshot()).toEqual(seed)
  })

  it('steps down to a deny of older sessions, written into the same policy', async () => {
    const range = await open()
    const seed = range.snapshot()
    const opened = await town()
    const world = awsWorld(range)
    await opened.contain(world, 'aaaa', playbookFor(['ci-deploy'], ['guard']))
    await opened.restore(world, 'aaaa', { acceptLiveTokens: false, stepDown: true })
    expect(guardIn(range)?.entries).toEqual({ [`guard/sessions/${ARN}`]: expect.stringMatching(/Z$/) })
    // The key is no session: it works again.
    await new SecretsManagerClient(ofUser(range)).send(new GetSecretValueCommand(SECRET))
    range.lab.clock.advance(37 * 3600)
    // The session of the guard's role has expired by then, and is renewed.
    const { restore } = await opened.restore(world, 'aaaa', { acceptLiveTokens: false })
    expect(restore?.finished).toBe('complete')
    expect(range.snapshot()).toEqual(seed)
  })

  it('takes away what it put there for a user who was deleted meanwhile', async () => {
    const range = await open()
    const opened = await town()
    const world = awsWorld(range)
    await opened.contain(world, 'aaaa', playbookFor(['ci-deploy'], ['guard']))
    for (const cloud of range.lab.clouds) cloud.vanish('user', 'ci-deploy')
    const { restore } = await opened.restore(world, 'aaaa')
    expect(restore?.finished).toBe('complete')
    expect(guardIn(range)).toBeUndefined()
  })
})

describe('two responders at once', () => {
  const contextFor = async (range: AwsRange, name: string): Promise<[Context, Json]> => {
    const subject = interruption(name === 'ci-deploy' ? 'aws.user.guard' : 'aws.role.guard')
    const identity = await find(range.session, subject.on, name)
    return [
      { run: 'c0de', now: range.now(), identity, params: { deny: 'all' }, exhausted: [] },
      { [`guard/all/arn:aws:iam::${ACCOUNT}:${name === 'ci-deploy' ? 'user/ci' : 'role/ci'}/${name}`]: true },
    ]
  }

  it('both find their principals in the policy in the end, whoever reads first', async () => {
    const range = await open(prepareGuard)
    const other = await signIn(range)
    const [mine, mineTo] = await contextFor(range, 'ci-deploy')
    const [theirs, theirsTo] = await contextFor(range, 'github-deployer')
    await Promise.all([
      interruption('aws.user.guard').write(range.session.client, {}, mineTo as never, mine),
      interruption('aws.role.guard').write(other.client, {}, theirsTo as never, theirs),
    ])
    expect(guardIn(range)?.entries).toEqual({ ...(mineTo as object), ...(theirsTo as object) })
  })

  it('reads again when Organizations reports another change under way', async () => {
    const range = await open(prepareGuard)
    const [mine, mineTo] = await contextFor(range, 'ci-deploy')
    range.lab.faults.add({
      operation: 'UpdatePolicy',
      trouble: { kind: 'error', code: 'ConcurrentModificationException', status: 400 },
      times: 2,
    })
    range.operations()
    await interruption('aws.user.guard').write(range.session.client, {}, mineTo as never, mine)
    const { operations } = range.lab.calls.toJSON()
    expect(operations['organizations:UpdatePolicy']).toBe(3)
    expect(operations['organizations:DescribePolicy']).toBeGreaterThanOrEqual(3)
    expect(guardIn(range)?.entries).toEqual(mineTo)
  })

  it('uses a policy again that a crash left behind, without what it denied then', async () => {
    const range = await open(estate => {
      prepareGuard(estate)
      const { organization } = estate
      organization?.attachments[ACCOUNT]?.pop()
      const left = organization?.policies.at(-1)
      if (left) {
        const document = JSON.parse(left.content) as { Statement: object[] }
        document.Statement.push({
          Sid: 'InterdictDenyAll',
          Effect: 'Deny',
          Action: '*',
          Resource: '*',
          Condition: { ArnEquals: { 'aws:PrincipalArn': [`arn:aws:iam::${ACCOUNT}:role/bastion`] } },
        })
        left.content = JSON.stringify(document)
      }
    })
    const [mine, mineTo] = await contextFor(range, 'ci-deploy')
    await interruption('aws.user.guard').write(range.session.client, {}, mineTo as never, mine)
    expect(guardIn(range)).toMatchObject({ entries: mineTo, prepared: true, foreign: [expect.anything()] })
  })
})

describe('what is refused, with the reason', () => {
  it('without credentials', async () => {
    const lab = await startAwsLab({ estate: () => seedEstate(new Date().toISOString()), propagationMs: 0 })
    closers.push(() => lab.close())
    const session = await signIn({ lab }, null)
    const range = { ...(await open()), lab, session }
    const { refusal } = await look(range, interruption('aws.user.guard'), 'ci-deploy', {})
    expect(refusal).toMatch(/scope\.aws\.guard \(profile or roleArn\), or in INTERDICT_AWS_GUARD/)
    const subject = interruption('aws.user.guard')
    const identity = await find(session, subject.on, 'ci-deploy')
    const held = [`guard/all/${ARN}`]
    const context = { run: 'c0de', now: range.now(), identity, params: {}, exhausted: [], held }
    // A deny that we hold does not count as deleted when it could not be read.
    await expect(subject.read(session.client, context)).rejects.toMatchObject({ code: 'not-authenticated' })
  })

  it('when the role that was named cannot be assumed', async () => {
    const lab = await startAwsLab({
      estate: () => {
        const estate = seedEstate(new Date().toISOString())
        estate.responder.guardRoleArn = `arn:aws:iam::${MANAGEMENT_ACCOUNT}:role/landing-zone`
        return estate
      },
      propagationMs: 0,
    })
    closers.push(() => lab.close())
    const session = await signIn({ lab }, { profile: 'organization' })
    const { refusal } = await look(
      { ...(await open()), lab, session },
      interruption('aws.user.guard'),
      'ci-deploy',
      {},
    )
    expect(refusal).toMatch(/cannot sign in as arn:.*landing-zone, which writes guard policies: .*AssumeRole/)
  })

  it('in the management account', async () => {
    const because = await refusal(estate => {
      const { organization } = estate
      if (organization) organization.management = ACCOUNT
      // Its own responder manages it then.
      estate.responder.guardRoleArn = `arn:aws:iam::${ACCOUNT}:role/security/incident-responder`
    })
    expect(because).toMatch(
      /management account of its organization, to which service control policies do not apply/,
    )
  })

  it('without an organization', async () => {
    expect(
      await refusal(estate => {
        delete estate.organization
      }),
    ).toMatch(/is in no organization/)
  })

  it('outside of the organization', async () => {
    expect(
      await refusal(({ organization }) => {
        organization?.members.pop()
      }),
    ).toMatch(/the account is not in the organization o-a1b2c3d4e5/)
  })

  it('when the policy type is not enabled', async () => {
    expect(
      await refusal(({ organization }) => {
        if (organization) organization.policyTypes = []
      }),
    ).toMatch(/not enabled.*EnablePolicyType/)
  })

  it('when the account has ten policies', async () => {
    const because = await refusal(({ organization }) => {
      const [full] = organization?.policies ?? []
      for (let at = 1; at < 10 && full && organization; at += 1) {
        organization.policies.push({
          id: `p-filler000${at}`,
          name: `filler-${at}`,
          description: '',
          content: full.content,
        })
        organization.attachments[ACCOUNT]?.push(`p-filler000${at}`)
      }
    })
    expect(because).toMatch(/has 10 service control policies, and no place for another; detach one/)
  })

  it('when the policy has no room, and the rest of a group is written all the same', async () => {
    // Room for a statement with two or three principals.
    const full = (estate: Estate) => {
      prepareGuard(estate)
      const prepared = estate.organization?.policies.at(-1)
      if (!prepared) return
      const document = JSON.parse(prepared.content) as { Statement: { Resource: unknown }[] }
      const last = document.Statement.at(-1)
      if (!last) return
      const filled = (size: number) => {
        last.Resource = [`arn:aws:s3:::${'x'.repeat(size)}`]
        return JSON.stringify(document)
      }
      prepared.content = filled(10_240 - filled(0).length - 280)
    }
    expect(await refusal(full)).toBeUndefined()
    const range = await open(full)
    const opened = await town()
    const names = ['ci-deploy', 'report-printer', 'alice.martin', 'github-deployer', 'vendor-sync', 'bastion']
    const state = await opened.contain(awsWorld(range), 'aaaa', playbookFor(names, ['guard']))
    const phases = [...state.changes.values()].map(({ phase }) => phase)
    expect(new Set(phases)).toEqual(new Set(['written', 'refused']))
    expect(state.finished).toBe('incomplete')
    const [content] =
      range.lab
        .estate()
        .organization?.policies.slice(-1)
        .map(each => each.content) ?? []
    expect(content?.length).toBeLessThanOrEqual(10_240)
  })

  it('for what interdict runs as, and for a name that would match somebody else', async () => {
    expect(await refusal(() => undefined, 'incident-responder', 'aws.role.guard')).toMatch(/lock itself out/)
    expect(
      await refusal(estate => {
        const user = estate.accounts[0]?.users.find(({ name }) => name === 'ci-deploy')
        if (user) user.path = '/ci*/'
      }),
    ).toMatch(/match somebody else/)
  })

  it('spares the identity of the management account that writes the guard', async () => {
    const { session } = await open()
    const guardRole = seedEstate(new Date().toISOString())
      .accounts.find(({ id }) => id === MANAGEMENT_ACCOUNT)
      ?.roles.find(({ name }) => name === 'organization-guard')
    expect(session.caller.uids).toContain(guardRole?.id)
  })
})

it('names in the plan who writes it', async () => {
  const range = await open()
  const opened = await town()
  const plan = await makePlan(awsWorld(range), {
    run: 'aaaa',
    playbook: playbookFor(['ci-deploy'], ['guard']),
    inputs: {},
    holds: await opened.holds(),
  })
  expect(plan.callers).toMatchObject([
    { account: ACCOUNT, guard: expect.stringContaining('assumed-role/organization-guard/') },
  ])
})

it('is never reported as denied: no simulator sees it', async () => {
  const range = await open()
  const opened = await town()
  const state = await opened.contain(awsWorld(range), 'aaaa', playbookFor(['ci-deploy'], ['guard']))
  expect([...state.changes.values()]).toMatchObject([{ set: true, denied: null }])
})
