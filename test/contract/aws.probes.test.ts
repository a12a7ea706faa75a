import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Context } from '../../src/model/interruption.ts'
import type { Json } from '../../src/model/json.ts'
import { type AwsRange, openAws } from './aws-range.ts'
import { interruption } from './aws-subjects.ts'
import { find } from './suite.ts'

let range: AwsRange
beforeAll(async () => {
  range = await openAws()
})
afterAll(() => range.close())

/** Parameters that a playbook may have, each of which has to prove itself. */
const CUTS: [id: string, name: string, params: Json][] = [
  ['aws.user.constrain', 'ci-deploy', { deny: ['sqs:*'] }],
  [
    'aws.user.constrain',
    'ci-deploy',
    { deny: ['rds:*', 'cloudformation:*', 'ec2:Describe*', 'braket:Get?obs'] },
  ],
  ['aws.user.constrain', 'ci-deploy', { deny: ['*'] }],
  [
    'aws.role.constrain',
    'vendor-sync',
    {
      deny: ['s3:Delete*', 's3:Put*'],
      resources: ['arn:aws:s3:::acme-backup/*', 'arn:aws:s3:::acme-logs/*'],
    },
  ],
  ['aws.role.constrain', 'vendor-sync', { deny: ['sqs:*'], resources: ['arn:aws:sqs:*:*:jobs', '*'] }],
  ['aws.user.gate', 'metrics-push', { until: '2031-01-01T00:00:00Z' }],
  ['aws.role.gate', 'orders-worker', { until: '2020-01-01T00:00:00Z' }],
  ['aws.user.gate', 'metrics-push', { sourceIps: ['0.0.0.0/0'], until: '2031-01-01T00:00:00Z' }],
  ['aws.user.gate', 'metrics-push', { sourceIps: ['203.0.113.0/24'] }],
  ['aws.user.gate', 'metrics-push', { vpcs: ['vpc-0a1b2c3d'] }],
]

describe('AWS constrain and gate prove themselves', () => {
  it.each(CUTS)('%s of %s with %j', async (id, name, params) => {
    const subject = interruption(id)
    const { client } = range.session
    const identity = await find(range.session, subject.on, name)
    const base: Context = {
      run: 'c0de',
      now: range.now(),
      identity,
      params: subject.params.parse(params) as Json,
      exhausted: [],
    }
    const before = await subject.read(client, base)
    if (!before) throw new Error('gone')
    expect(await subject.probe?.(client, base), 'before the cut').not.toBe('denied')
    const cut = subject.cut(before.facet, { ...base, ...(before.seen ? { seen: before.seen } : {}) })
    await subject.write(client, before.facet, cut, base)
    expect(await subject.probe?.(client, base)).toBe('denied')
    await subject.write(client, cut, before.facet, base)
  })
})
