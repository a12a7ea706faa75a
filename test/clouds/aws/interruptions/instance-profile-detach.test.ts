import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type AwsClient, awsClient } from '../../../../src/clouds/aws/client.ts'
import { PACE } from '../../../../src/clouds/aws/http/pace.ts'
import { awsLane } from '../../../../src/clouds/aws/http/retry.ts'
import { instanceProfileDetach } from '../../../../src/clouds/aws/interruptions/instance-profile-detach.ts'
import { REAL } from '../../../../src/model/timing.ts'
import { contextFor } from './subjects.ts'

const PROFILE = 'arn:aws:iam::111122223333:instance-profile/web'
let profile: string | undefined
let associations: number
const asked: string[] = []

const server = createServer(async (request, response) => {
  let body = ''
  for await (const chunk of request) body += chunk
  const input = new URLSearchParams(body)
  const action = input.get('Action') ?? ''
  asked.push(action)
  if (action === 'AssociateIamInstanceProfile') {
    profile = input.get('IamInstanceProfile.Arn') ?? undefined
    associations++
  }
  if (action === 'DisassociateIamInstanceProfile') profile = undefined
  const item = `<item><associationId>iip-assoc-${associations}</associationId><instanceId>i-0abc</instanceId><iamInstanceProfile><arn>${profile}</arn></iamInstanceProfile><state>associated</state></item>`
  const set = profile !== undefined && body.includes('i-0abc') ? item : ''
  response.end(
    `<${action}Response><iamInstanceProfileAssociationSet>${set}</iamInstanceProfileAssociationSet></${action}Response>`,
  )
})
let client: AwsClient

beforeEach(async () => {
  profile = PROFILE
  associations = 1
  asked.length = 0
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  client = awsClient({
    timing: REAL,
    account: '111122223333',
    partition: 'aws',
    region: 'eu-west-1',
    regions: ['eu-west-1'],
    credentials: { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'example' },
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    lane: awsLane(PACE, { rated: false, timing: REAL }),
  })
})

afterEach(async () => {
  client.close()
  server.closeAllConnections()
  await new Promise(resolve => server.close(resolve))
})

it('takes the profile away and gives it back under a new association, writing once each', async () => {
  const context = contextFor('instance-profile-association')
  const before = await instanceProfileDetach.read(client, context)
  expect(before?.facet).toEqual({ 'instance-profile': PROFILE })
  const cut = instanceProfileDetach.cut(before?.facet ?? {}, context)
  for (const _ of [1, 2]) await instanceProfileDetach.write(client, before?.facet ?? {}, cut, context)
  expect((await instanceProfileDetach.read(client, context))?.facet).toEqual({})
  for (const _ of [1, 2]) await instanceProfileDetach.write(client, cut, before?.facet ?? {}, context)
  expect(profile).toBe(PROFILE)
  expect(associations).toBe(2)
  expect(asked.filter(each => !each.startsWith('Describe'))).toEqual([
    'DisassociateIamInstanceProfile',
    'AssociateIamInstanceProfile',
  ])
})
