import { homedir } from 'node:os'
import { join } from 'node:path'
import type { Cloud } from '../kit/cloud.ts'
import { anyFile, anyVariable } from '../kit/session/configured.ts'
import { scope } from './scope-flags.ts'

/** Amazon Web Services: IAM users and roles, and what they sign in with. */
export const aws = {
  cloud: 'aws',
  title: 'AWS',
  accountWord: 'account',
  configured: async environment =>
    anyVariable(environment, [
      'AWS_ACCESS_KEY_ID',
      'AWS_PROFILE',
      'AWS_WEB_IDENTITY_TOKEN_FILE',
      'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI',
      'AWS_CONTAINER_CREDENTIALS_FULL_URI',
    ]) ||
    (await anyFile([
      environment['AWS_SHARED_CREDENTIALS_FILE'] ?? join(homedir(), '.aws', 'credentials'),
      environment['AWS_CONFIG_FILE'] ?? join(homedir(), '.aws', 'config'),
    ])),
  load: async () => (await import('./provider.ts')).aws,
  records: async () => (await import('./formats/index.ts')).records,
  starters: async () => (await import('./starters.ts')).starters,
  queues: [
    {
      scheme: 'sqs',
      form: 'URL',
      open: async (url, { once }) =>
        (await import('./sources/sqs.ts')).sqsQueue(url, once ? { wait: 1 } : {}),
    },
  ],
  objects: {
    pattern: /^s3:/,
    form: 's3://bucket/prefix',
    open: async (url, environment) => (await import('./object-sender.ts')).s3Place(url, environment),
  },
  destinations: ['aws-secretsmanager:NAME'],
  scope,
  labEnvironment(endpoint: string, responder: unknown) {
    const given = { ...(responder as { [name: string]: string } | undefined) }
    const { accessKeyId, secretAccessKey, sessionToken } = given
    if (accessKeyId === undefined || secretAccessKey === undefined) return []
    return [
      `export AWS_ENDPOINT_URL=${endpoint}`,
      `export AWS_ACCESS_KEY_ID=${accessKeyId} AWS_SECRET_ACCESS_KEY=${secretAccessKey} AWS_REGION=us-east-1`,
      // A responder who has assumed a role is nobody without it.
      ...(sessionToken === undefined ? [] : [`export AWS_SESSION_TOKEN=${sessionToken}`]),
    ]
  },
} satisfies Cloud
