import { describe, expect, it } from 'vitest'
import { denyAll, policyName, statementId } from '../../src/clouds/aws/settings/denials.ts'
import { trustDenial } from '../../src/clouds/aws/settings/trust.ts'
import { ofSize } from '../../src/lab/aws/seed/documents.ts'
import { idOf, keyOf } from '../../src/lab/aws/seed/ids.ts'
import type { Estate } from '../../src/lab/aws/store.ts'
import { withEntries } from '../../src/model/facet.ts'
import { type AwsRange, openAws } from './aws-range.ts'
import { fillUp, interruption } from './aws-subjects.ts'
import { look as lookAt, rangeOfTest } from './reading.ts'
import { changed } from './suite.ts'

/** The run of every look. */
const RUN = 'c0de'

const ofTest = rangeOfTest<AwsRange>()

async function look(id: string, name: string, prepare?: (estate: Estate) => void) {
  const subject = interruption(id)
  return await lookAt(await ofTest(await openAws(prepare)), subject, name, subject.example)
}

/** `no room` in a trust policy: some hundred statements as they gather over the years. */
function longTrust(estate: Estate): void {
  const role = estate.accounts[0]?.roles.find(({ name }) => name === 'vendor-sync')
  if (!role) throw new Error('no vendor-sync in the seed')
  const document = JSON.parse(role.trust) as { Statement: object[] }
  const filler = (size: number) => ({
    Effect: 'Allow',
    Principal: { Service: 'ec2.amazonaws.com' },
    Action: 'sts:AssumeRole',
    Condition: { StringEquals: { 'aws:SourceAccount': 'x'.repeat(size) } },
  })
  const bare = JSON.stringify({ ...document, Statement: [...document.Statement, filler(0)] }).length
  document.Statement.push(filler(2048 - bare - 20))
  role.trust = JSON.stringify(document)
}

describe('a trust policy that IAM would not take back is refused, and IAM agrees', () => {
  it.each([
    [
      'a GitHub trust from before the condition was asked for',
      'github-legacy',
      /does not check .*:sub/,
      undefined,
    ],
    ['a principal that was deleted', 'old-integration', /deleted principal \(AROA/, undefined],
    ['no room', 'vendor-sync', /no room in its trust policy: \d+ of 2048/, longTrust],
  ])('%s', async (_, name, message, prepare) => {
    const { refusal, facet, write, seed, snapshot } = await look('aws.role.disable', name, prepare)
    expect(refusal).toMatch(message)
    const denial = withEntries(facet, [[`trust/${statementId(RUN)}`, trustDenial(statementId(RUN))]])
    await expect(write(denial)).rejects.toMatchObject({
      code: prepare ? 'quota' : name === 'old-integration' ? 'missing' : 'rejected',
    })
    expect(snapshot()).toEqual(seed)
  })
})

describe('no room for an inline policy', () => {
  it.each([
    ['aws.user.constrain', 'legacy-etl'],
    ['aws.user.gate', 'legacy-etl'],
    ['aws.user.revoke-sessions', 'legacy-etl'],
    ['aws.role.constrain', 'bastion'],
    ['aws.role.gate', 'bastion'],
    ['aws.role.revoke-sessions', 'bastion'],
  ])('%s on %s is refused, and IAM agrees', async (id, name) => {
    const { refusal, facet, cut, write, seed, snapshot } = await look(id, name, fillUp)
    expect(refusal).toMatch(/no room for another inline policy/)
    expect(cut).toEqual(facet)
    const own = withEntries(facet, [[`inline/${policyName(RUN)}`, denyAll()]])
    await expect(write(own)).rejects.toMatchObject({ code: 'quota' })
    expect(snapshot()).toEqual(seed)
  })

  it.each([
    ['aws.user.quarantine', 'ci-deploy', 'inline/interdict-c0de'],
    ['aws.user.quarantine', 'sandbox-bot', 'inline/interdict-c0de'],
    ['aws.user.quarantine', 'report-printer', 'attached/arn:aws:iam::aws:policy/AWSDenyAll'],
    ['aws.user.quarantine', 'legacy-etl', 'boundary'],
    ['aws.role.quarantine', 'github-deployer', 'inline/interdict-c0de'],
    ['aws.role.quarantine', 'sandbox-runner', 'inline/interdict-c0de'],
    ['aws.role.quarantine', 'vendor-legacy', 'attached/arn:aws:iam::aws:policy/AWSDenyAll'],
  ])('%s on %s goes to %s', async (id, name, entry) => {
    const { refusal, facet, cut } = await look(id, name)
    expect(refusal).toBeUndefined()
    expect(changed(facet, cut)).toEqual([entry])
  })

  it.each([
    ['aws.user.quarantine', 'sandbox-bot'],
    ['aws.role.quarantine', 'sandbox-runner'],
  ])('%s on %s takes the place of its boundary when there is no other, and knows it', async (id, name) => {
    const { facet, cut } = await look(id, name, fillUp)
    expect(changed(facet, cut)).toEqual(['boundary'])
    expect(facet).toMatchObject({ boundary: 'arn:aws:iam::111122223333:policy/developer-boundary' })
  })
})

describe('what is off already', () => {
  it.each([
    ['aws.access-key.disable', keyOf('data-sync', 1)],
    ['aws.service-credential.disable', idOf('ACCA', 'repo-mirror/1')],
    ['aws.signing-certificate.disable', idOf('ASCA', 'soap-gateway/1', 20)],
    ['aws.ssh-key.disable', idOf('APKA', 'repo-mirror/1')],
  ])('%s on %s changes nothing and calls nothing', async (id, name) => {
    const { refusal, facet, cut, write, written, seed, snapshot } = await look(id, name)
    expect(refusal).toBeUndefined()
    expect(cut).toEqual(facet)
    await write(cut)
    expect(written()).toEqual([])
    expect(snapshot()).toEqual(seed)
  })

  it('an expired credential is refused: nobody could switch it on again', async () => {
    const { refusal } = await look('aws.service-credential.disable', idOf('ACCA', 'chat-assistant/1'))
    expect(refusal).toMatch(/expired/)
  })
})

describe('what only AWS changes', () => {
  it.each(['aws.role.quarantine', 'aws.role.disable', 'aws.role.detach'])(
    '%s on a service-linked role is spared, and IAM agrees',
    async id => {
      const { identity, session, facet, cut, write, seed, snapshot } = await look(
        id,
        'AWSServiceRoleForSupport',
      )
      expect(session.spares(identity)?.because).toMatch(/service-linked/)
      expect(cut).not.toEqual(facet)
      await expect(write(cut)).rejects.toMatchObject({ code: 'unmodifiable' })
      expect(snapshot()).toEqual(seed)
    },
  )
})

it('a full policy is as full as the test says', () => {
  expect(JSON.stringify(ofSize(2048)).length).toBe(2048)
})
