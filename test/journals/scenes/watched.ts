import { cp } from 'node:fs/promises'
import { Recording } from '../recording.ts'

const PLAYBOOK = `version: 1
name: key-abused
title: Stop a key that is refused again and again, or comes from a new country
status: experimental
severity: high
inputs:
  key: { type: string, pattern: "^AKIA[A-Z0-9]{12,60}$", description: id of the key }
scope:
  aws: { accounts: [self] }
limit: { identities: 2, share: 1 }
ttl: 4h
steps:
  - name: the key
    select: identity.kind == "access-key" && identity.name == inputs.key
    interrupt: [disable]
triggers:
  - name: refused
    mode: act
    when: event.outcome == "denied"
    correlate:
      type: event_count
      group-by: [identity.credential]
      timespan: 10m
      condition: { gte: 3 }
    inputs: { key: event.identity.credential }
  - name: new-action
    mode: propose
    when: event.outcome == "success"
    first-seen: [action]
    inputs: { key: event.identity.credential }
`

/** A record of CloudTrail ("CloudTrail record contents"). */
function call(id: string, key: string, user: string, name: string, denied: boolean, minutes: number): string {
  return `${JSON.stringify({
    eventVersion: '1.11',
    eventID: id,
    eventTime: new Date(Date.now() - minutes * 60_000).toISOString(),
    eventSource: 's3.amazonaws.com',
    eventName: name,
    awsRegion: 'eu-west-1',
    sourceIPAddress: '203.0.113.9',
    userAgent: 'curl',
    ...(denied ? { errorCode: 'AccessDenied' } : {}),
    eventType: 'AwsApiCall',
    eventCategory: 'Management',
    recipientAccountId: '111122223333',
    userIdentity: {
      type: 'IAMUser',
      principalId: 'AIDAEXAMPLE',
      arn: `arn:aws:iam::111122223333:user/${user}`,
      accountId: '111122223333',
      accessKeyId: key,
      userName: user,
    },
  })}\n`
}

const LEAKED = 'AKIAIOSFODNN7EXAMPLE'
const OTHER = 'AKIAXHVPLLVPRMD44DZ6'

/** A watch that learned, set records aside, proposed a plan and contained a key. */
export async function recordWatched(name: string): Promise<void> {
  const at = await Recording.open(name, { clouds: ['aws'] })
  await at.write('playbook.yaml', PLAYBOOK)
  const usual = [50, 40, 30].map(ago => call(`u${ago}`, OTHER, 'billing-export', 'ListBuckets', false, ago))
  await at.write('usual.ndjson', usual.join(''))
  const refused = [9, 8, 7, 6].map(ago => call(`r${ago}`, LEAKED, 'ci-deploy', 'GetObject', true, ago))
  const strange = call('s1', OTHER, 'billing-export', 'DeleteBucket', false, 5)
  const usualAgain = call('u5', OTHER, 'billing-export', 'ListBuckets', false, 5)
  const waiting = [3, 2].map(ago =>
    call(`w${ago}`, 'AKIAKFXB5EBNCOX77VBC', 'metrics-push', 'GetObject', true, ago),
  )
  await at.write('log.ndjson', [...refused, 'no json\n', strange, usualAgain, ...waiting].join(''))
  await at.lead(['watch', 'playbook.yaml', '--source', 'file:usual.ndjson', '--once', '--learn'])
  await at.lead(['watch', 'playbook.yaml', '--source', 'file:log.ndjson', '--once'])
  for (const run of await at.runs()) at.shape(run, 'started by a watch')
  await at.save()
  for (const file of ['playbook.yaml', 'usual.ndjson', 'log.ndjson']) await cp(at.path(file), at.saved(file))
  await at.close()
}
