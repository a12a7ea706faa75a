import { gzipSync } from 'node:zlib'
import { expect, it } from 'vitest'
import { grantsIn } from './reader.ts'

const aws = (eventName: string, requestParameters: object, more: object = {}) => ({
  eventVersion: '1.09',
  eventID: 'e1',
  eventTime: '2026-11-30T09:56:00Z',
  eventSource: 'iam.amazonaws.com',
  eventName,
  recipientAccountId: '111122223333',
  userIdentity: { type: 'IAMUser', arn: 'arn:aws:iam::111122223333:user/mallory', userName: 'mallory' },
  requestParameters,
  ...more,
})

const AT = { at: '2026-11-30T09:56:00.000Z', by: 'arn:aws:iam::111122223333:user/mallory' }
const USER = 'aws:111122223333:user/ci-deploy'

it.each([
  [
    'a policy attached to a user',
    aws('AttachUserPolicy', {
      userName: 'ci-deploy',
      policyArn: 'arn:aws:iam::aws:policy/AdministratorAccess',
    }),
    { identity: USER, entry: 'attached/arn:aws:iam::aws:policy/AdministratorAccess', ...AT },
  ],
  [
    'a policy written into a role',
    aws('PutRolePolicy', { roleName: 'web', policyName: 'a/b' }),
    { identity: 'aws:111122223333:role/web', entry: 'inline/a/b', ...AT },
  ],
  [
    'a group joined',
    aws('AddUserToGroup', { userName: 'ci-deploy', groupName: 'admins' }),
    { identity: USER, entry: 'group/admins', ...AT },
  ],
])('reads %s', (_, record, expected) => {
  expect(grantsIn(JSON.stringify({ Records: [record] }))).toEqual([expected])
})

it('reads what a policy of Google Cloud gives to a service account', () => {
  const email = 'etl@acme-prod.iam.gserviceaccount.com'
  const record = {
    timestamp: '2026-11-30T09:56:00Z',
    logName: 'projects/acme-prod/logs/cloudaudit.googleapis.com%2Factivity',
    protoPayload: {
      '@type': 'type.googleapis.com/google.cloud.audit.AuditLog',
      methodName: 'SetIamPolicy',
      resourceName: 'projects/acme-prod',
      authenticationInfo: { principalEmail: 'mallory@example.com' },
      serviceData: {
        policyDelta: {
          bindingDeltas: [
            { action: 'ADD', role: 'roles/owner', member: `serviceAccount:${email}` },
            { action: 'REMOVE', role: 'roles/viewer', member: `serviceAccount:${email}` },
            { action: 'ADD', role: 'roles/viewer', member: 'user:somebody@example.com' },
          ],
        },
      },
    },
  }
  expect(grantsIn([record])).toEqual([
    {
      identity: `gcp:acme-prod:service-account/${email}`,
      entry: 'grant/roles/owner@projects/acme-prod',
      at: '2026-11-30T09:56:00.000Z',
      by: 'mallory@example.com',
    },
  ])
})

it.each([
  [
    'a call that was refused',
    aws('AttachUserPolicy', { userName: 'a', policyArn: 'p' }, { errorCode: 'AccessDenied' }),
  ],
  ['another call', aws('ListUsers', {})],
  ['a call without a time', aws('AddUserToGroup', { userName: 'a', groupName: 'g' }, { eventTime: 'soon' })],
  ['a call without a target', aws('AddUserToGroup', { userName: 'a' })],
  ['what is not a record', { Records: [1, null, 'x'] }],
  ['packed bytes', gzipSync('{}')],
])('skips %s', (_, record) => {
  expect(grantsIn(record)).toEqual([])
})
