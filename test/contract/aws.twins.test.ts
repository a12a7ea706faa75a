import { GITHUB, policy, trustsAws } from '../../src/lab/aws/seed/documents.ts'
import { ACCOUNT, idOf } from '../../src/lab/aws/seed/ids.ts'
import { managedArn } from '../../src/lab/aws/seed/managed-policies.ts'
import type { Estate } from '../../src/lab/aws/store.ts'
import type { Json } from '../../src/model/json.ts'
import { openAws } from './aws-range.ts'
import { interruption } from './aws-subjects.ts'
import { twinsSuite } from './twins-suite.ts'

const USER = 'ci-deploy'
const ROLE = 'vendor-sync'
const BY_AWS = managedArn('AmazonS3ReadOnlyAccess')
const BY_CUSTOMER = `arn:aws:iam::${ACCOUNT}:policy/AmazonS3ReadOnlyAccess`
/** As the run `c0de` names its own statement, but for the case of letters. */
const NEARLY_OURS = 'interdictC0de'

/**
 * Policies with the same name by AWS and by the customer, inline policies and audiences that differ in the case of letters,
 * and a trust statement that is nearly called like ours.
 */
function twins(estate: Estate): void {
  const [account] = estate.accounts
  const user = account?.users.find(({ name }) => name === USER)
  const role = account?.roles.find(({ name }) => name === ROLE)
  const provider = account?.oidcProviders.find(({ url }) => url === GITHUB)
  const [template] = account?.policies ?? []
  if (!account || !user || !role || !provider || !template) throw new Error('not the seed')
  account.policies.push({
    ...template,
    arn: BY_CUSTOMER,
    name: 'AmazonS3ReadOnlyAccess',
    id: idOf('ANPA', 'twin'),
  })
  user.attached = [BY_AWS, BY_CUSTOMER]
  user.inline = {
    'read-secrets': JSON.stringify(policy({ Effect: 'Allow', Action: 's3:GetObject', Resource: '*' })),
    'Read-Secrets': JSON.stringify(policy({ Effect: 'Allow', Action: 'sqs:SendMessage', Resource: '*' })),
  }
  provider.clientIds = ['STS.amazonaws.com', 'sts.amazonaws.com']
  const trust = trustsAws(`arn:aws:iam::${ACCOUNT}:root`) as { Statement: object[] }
  role.trust = JSON.stringify({
    ...trust,
    Statement: [
      ...trust.Statement,
      { Sid: NEARLY_OURS, Effect: 'Deny', Principal: { AWS: '*' }, Action: 'sts:TagSession' },
    ],
  })
}

const member = (value: Json | undefined, name: string): Json | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? value[name] : undefined
const within =
  (...path: string[]) =>
  (snapshot: Json) =>
    [ACCOUNT, ...path].reduce<Json | undefined>(member, snapshot)
const listOf = (value: Json | undefined): Json[] => (Array.isArray(value) ? value : [])
const ofUser = within('users', USER)

twinsSuite('AWS', () => openAws(twins), [
  {
    interruption: interruption('aws.user.detach'),
    name: USER,
    params: { only: [BY_AWS, 'read-secrets'] },
    part: ofUser,
    takes: [BY_AWS, 'read-secrets'],
    keeps: [BY_CUSTOMER, 'Read-Secrets'],
  },
  {
    interruption: interruption('aws.user.detach'),
    name: USER,
    part: ofUser,
    takes: [BY_AWS, BY_CUSTOMER, 'read-secrets', 'Read-Secrets'],
    keeps: [],
  },
  {
    interruption: interruption('aws.oidc-provider.disable'),
    name: GITHUB,
    params: { audiences: ['sts.amazonaws.com'] },
    part: snapshot => listOf(within('oidcProviders')(snapshot)).find(each => member(each, 'url') === GITHUB),
    takes: ['sts.amazonaws.com'],
    keeps: ['STS.amazonaws.com'],
  },
  {
    interruption: interruption('aws.role.disable'),
    name: ROLE,
    part: within('roles', ROLE),
    takes: [],
    keeps: [NEARLY_OURS],
  },
])
