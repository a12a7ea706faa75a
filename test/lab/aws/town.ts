import { afterEach } from 'vitest'
import type { Account, Estate, Role, User } from '../../../src/lab/aws/store.ts'
import { type AwsLabOptions, type LabOfAws, startAwsLab } from '../../aws-lab.ts'

export const ACCOUNT = '111122223333'
export const OTHER = '444455556666'
export const CREATED = '2024-01-01T00:00:00.000Z'
export const GITHUB = 'token.actions.githubusercontent.com'
export const DENY_ALL = policy({ Effect: 'Deny', Action: '*', Resource: '*' })
export const AWS_DENY_ALL = 'arn:aws:iam::aws:policy/AWSDenyAll'
export const ADMIN = 'arn:aws:iam::aws:policy/AdministratorAccess'

export function policy(...statements: object[]): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: statements })
}

export function allow(Action: string | string[], Resource: string | string[] = '*'): object {
  return { Effect: 'Allow', Action, Resource }
}

export function trusts(Principal: unknown, Action = 'sts:AssumeRole', Condition?: object): string {
  return policy({ Effect: 'Allow', Principal, Action, ...(Condition ? { Condition } : {}) })
}

export function idOf(prefix: string, name: string): string {
  const letters = name.toUpperCase().replace(/[^A-Z]/g, '')
  return `${prefix}${letters.padEnd(17, 'X').slice(0, 17)}`
}

/** With one active key `AKIA<NAME>`, whose secret is `secret`. */
export function user(name: string, more: Partial<User> = {}): User {
  return {
    name,
    path: '/',
    id: idOf('AIDA', name),
    created: CREATED,
    tags: {},
    inline: {},
    attached: [],
    groups: [],
    accessKeys: [{ id: idOf('AKIA', name), secret: 'secret', status: 'Active', created: CREATED }],
    serviceCredentials: [],
    certificates: [],
    sshKeys: [],
    mfa: [],
    ...more,
  }
}

export function role(name: string, trust: string, more: Partial<Role> = {}): Role {
  return {
    name,
    path: '/',
    id: idOf('AROA', name),
    created: CREATED,
    tags: {},
    inline: {},
    attached: [],
    trust,
    maxSessionSeconds: 3600,
    ...more,
  }
}

export function account(id: string, more: Partial<Account> = {}): Account {
  return {
    id,
    users: [],
    roles: [],
    groups: [],
    policies: [],
    oidcProviders: [],
    samlProviders: [],
    instanceProfiles: [],
    associations: [],
    secrets: [],
    ...more,
  }
}

const managed = (name: string, document: string, path = '/') => ({
  arn: `arn:aws:iam::aws:policy${path}${name}`,
  name,
  path,
  id: idOf('ANPA', name),
  created: CREATED,
  defaultVersion: 'v1',
  versions: [{ id: 'v1', document, created: CREATED }],
})

const secretArn = (name: string, account = ACCOUNT) =>
  `arn:aws:secretsmanager:eu-west-1:${account}:secret:${name}-AbCdEf`

/** A responder, a reader of secrets, and whatever a test adds. */
export function town(more: Partial<Account> = {}, others: Account[] = []): Estate {
  return {
    responder: { accessKeyId: 'ASIARESPONDER0000000', secretAccessKey: 'secret', sessionToken: 'token' },
    managedPolicies: [
      managed('AWSDenyAll', DENY_ALL),
      managed('AdministratorAccess', policy(allow('*'))),
      managed('ReadOnlyAccess', policy(allow(['iam:Get*', 'iam:List*']))),
      managed('ForService', policy(allow('*')), '/aws-service-role/'),
      ...Array.from({ length: 10 }, (_, at) => managed(`Filler${at}`, policy(allow('s3:GetObject')))),
    ],
    accounts: [
      account(ACCOUNT, {
        alias: 'acme',
        ...more,
        users: [
          user('reader', {
            path: '/app/',
            inline: {
              read: policy(allow('secretsmanager:GetSecretValue', `${secretArn('prod').slice(0, -6)}*`)),
            },
          }),
          ...(more.users ?? []),
        ],
        roles: [
          role('incident-responder', trusts({ AWS: `arn:aws:iam::${ACCOUNT}:root` }), {
            path: '/security/',
            attached: [ADMIN],
          }),
          ...(more.roles ?? []),
        ],
        secrets: [
          { arn: secretArn('prod'), name: 'prod', value: 'hush', created: CREATED },
          ...(more.secrets ?? []),
        ],
      }),
      ...others,
    ],
    sessions: [
      {
        accessKeyId: 'ASIARESPONDER0000000',
        secret: 'secret',
        token: 'token',
        principal: {
          kind: 'role',
          account: ACCOUNT,
          name: 'incident-responder',
          id: idOf('AROA', 'incident-responder'),
        },
        name: 'test',
        issued: CREATED,
        expires: '2099-01-01T00:00:00.000Z',
      },
    ],
  }
}

const open: LabOfAws[] = []
afterEach(async () => {
  for (const lab of open.splice(0)) await lab.close()
})

/** A lab that knows of changes at once and is closed after the test. */
export async function start(options: Partial<AwsLabOptions> = {}): Promise<LabOfAws> {
  const lab = await startAwsLab({ estate: town(), propagationMs: 0, ...options })
  open.push(lab)
  return lab
}

interface Keys {
  accessKeyId: string
  secretAccessKey: string
  sessionToken?: string
}

/** The options that every SDK client needs to talk to the lab, as the responder by default. */
export function to(lab: LabOfAws, keys: Keys = lab.responder) {
  return { endpoint: lab.endpoint, region: 'us-east-1', maxAttempts: 1, credentials: { ...keys } }
}

export function keysOf(name: string): Keys {
  return { accessKeyId: idOf('AKIA', name), secretAccessKey: 'secret' }
}

export function sessionKeys(credentials?: {
  AccessKeyId?: string | undefined
  SecretAccessKey?: string | undefined
  SessionToken?: string | undefined
}): Keys {
  return {
    accessKeyId: credentials?.AccessKeyId ?? '',
    secretAccessKey: credentials?.SecretAccessKey ?? '',
    sessionToken: credentials?.SessionToken ?? '',
  }
}
