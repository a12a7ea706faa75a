import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type AwsClient, awsClient } from '../../../../src/clouds/aws/client.ts'
import { PACE } from '../../../../src/clouds/aws/http/pace.ts'
import { awsLane } from '../../../../src/clouds/aws/http/retry.ts'
import { userDetach } from '../../../../src/clouds/aws/interruptions/detach.ts'
import { interruptions } from '../../../../src/clouds/aws/interruptions/index.ts'
import { userQuarantine } from '../../../../src/clouds/aws/interruptions/quarantine.ts'
import { roleDisable } from '../../../../src/clouds/aws/interruptions/role-disable.ts'
import type { Context } from '../../../../src/model/interruption.ts'
import { REAL } from '../../../../src/model/timing.ts'
import { LoopbackIam } from './loopback-iam.ts'
import { contextFor } from './subjects.ts'

let iam: LoopbackIam
let client: AwsClient

beforeEach(async () => {
  iam = new LoopbackIam()
  client = awsClient({
    timing: REAL,
    account: '111122223333',
    partition: 'aws',
    region: 'us-east-1',
    regions: ['us-east-1'],
    credentials: { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'example' },
    endpoint: await iam.start(),
    lane: awsLane(PACE, { rated: false, timing: REAL }),
  })
})

afterEach(async () => {
  client.close()
  await iam.stop()
})

// The other interruptions keep the same laws over the lab (test/contract).
const inIam = interruptions.filter(
  each => !each.permissions.cut.some(name => /^(ec2|organizations):/.test(name)),
)

describe.each(inIam.map(each => [each.id, each] as const))('%s', (_, each) => {
  const context = () => contextFor(each.on[0] ?? '', { params: each.example ?? {} })

  it('sets what was cut, and puts back everything to the letter, twice each', async () => {
    const before = structuredClone(iam.state())
    const first = await each.read(client, context())
    if (first === undefined) throw new Error('nothing read')
    const cutting: Context = { ...context(), ...(first.seen === undefined ? {} : { seen: first.seen }) }
    expect(each.refuse?.(first.facet, cutting)).toBeUndefined()
    const cut = each.cut(first.facet, cutting)
    expect(cut).not.toEqual(first.facet)

    await each.write(client, first.facet, cut, cutting)
    await each.write(client, first.facet, cut, cutting)
    expect((await each.read(client, context()))?.facet).toEqual(cut)
    if (each.probe && !each.id.endsWith('detach')) expect(await each.probe(client, cutting)).toBe('denied')

    await each.write(client, cut, first.facet, cutting)
    await each.write(client, cut, first.facet, cutting)
    expect(iam.state()).toEqual(before)
  })

  it('calls nothing that its permissions do not name', async () => {
    const first = await each.read(client, context())
    const cut = each.cut(first?.facet ?? {}, context())
    const named = (calls: Iterable<string>) => [...new Set(calls)].map(call => `iam:${call}`).sort()
    expect(each.permissions.read).toEqual(expect.arrayContaining(named(iam.calls)))

    iam.calls = []
    await each.write(client, first?.facet ?? {}, cut, context())
    expect(each.permissions.cut).toEqual(expect.arrayContaining(named(iam.calls)))

    iam.calls = []
    await each.write(client, cut, first?.facet ?? {}, context())
    expect(each.permissions.restore).toEqual(expect.arrayContaining(named(iam.calls)))
  })

  it('reads and probes the same when listings come in short pages', async () => {
    const first = await each.read(client, context())
    const seen = first?.seen === undefined ? {} : { seen: first.seen }
    await each.write(
      client,
      first?.facet ?? {},
      each.cut(first?.facet ?? {}, { ...context(), ...seen }),
      context(),
    )
    const [whole, probed] = [await each.read(client, context()), await each.probe?.(client, context())]
    iam.short = true
    expect(await each.read(client, context())).toEqual(whole)
    expect(await each.probe?.(client, context())).toEqual(probed)
  })

  it('reads nothing of what is gone', async () => {
    iam.here = false
    expect(await each.read(client, context())).toBeUndefined()
  })
})

it('says that the user is gone, and does not take it for removed', async () => {
  iam.here = false
  const context = contextFor('user')
  const own = { 'inline/interdict-7f3k': '{}' }
  await expect(userQuarantine.write(client, own, {}, context)).rejects.toMatchObject({ code: 'gone' })
  await expect(userQuarantine.write(client, {}, own, context)).rejects.toMatchObject({ code: 'gone' })
})

it('says which policy is no longer there to put back', async () => {
  const back = { 'attached/arn:aws:iam::1:policy/deleted': true }
  await expect(userDetach.write(client, {}, back, contextFor('user'))).rejects.toMatchObject({
    code: 'missing',
    message: expect.stringContaining('policy/deleted no longer exists'),
  })
})

it('leaves what others changed in the trust policy meanwhile', async () => {
  const context = contextFor('role')
  const cut = roleDisable.cut({}, context)
  await roleDisable.write(client, {}, cut, context)
  const theirs = {
    Sid: 'Theirs',
    Effect: 'Allow',
    Principal: { AWS: '111122223333' },
    Action: 'sts:AssumeRole',
  }
  iam.trust = { ...iam.trust, Statement: [theirs, ...(iam.trust.Statement as unknown[])] }
  await roleDisable.write(client, cut, {}, context)
  expect(iam.trust.Statement).toHaveLength(2)
  expect(iam.trust.Statement).toContainEqual(theirs)
})
