import { createHash, randomBytes } from 'node:crypto'
import { denial, judge } from '../authorize.ts'
import type { LiveAccount } from '../estate.ts'
import type { Secret } from '../store.ts'
import { AwsError } from '../wire.ts'
import type { Call, Routes } from './route.ts'

/** A name, an ARN, or an ARN without its last six characters. */
function find({ estate, account, view }: Call, id: string): { within: LiveAccount; secret?: Secret } {
  const [, owner, name = id] = /^arn:aws:secretsmanager:[\w-]+:(\d{12}):secret:(.+)$/.exec(id) ?? []
  const within = owner === undefined ? account : estate.accounts.get(owner)
  if (within === undefined) throw absent()
  const secret = within.secrets.get(name, view) ?? within.secrets.get(name.replace(/-\w{6}$/, ''), view)
  return { within, ...(secret === undefined ? {} : { secret }) }
}

function absent(): AwsError {
  return new AwsError('ResourceNotFoundException', 400, "Secrets Manager can't find the specified secret.")
}

function permit(call: Call, operation: string, resource: string, secret?: Secret, owner?: string): void {
  const { estate, caller, context, enforced } = call
  if (caller === undefined) throw new AwsError('MissingAuthenticationTokenException', 400, 'Missing token')
  const request = {
    action: `secretsmanager:${operation}`,
    resource,
    context,
    resourcePolicies:
      secret?.policy === undefined ? [] : [{ name: secret.name, type: 'resource', document: secret.policy }],
    crossAccount: owner !== undefined && owner !== caller.account,
  }
  const verdict = judge(estate, caller, request, enforced)
  if (verdict.decision !== 'allowed') throw denial('secretsmanager', caller, request, verdict)
}

/** Seconds since 1970, as JSON services write times. */
function epoch(iso: string): number {
  return Date.parse(iso) / 1000
}

/** The secret that the call names, once the caller may do this with it. */
function wanted(call: Call, operation: string): { within: LiveAccount; secret?: Secret } {
  const id = call.input.SecretId
  if (typeof id !== 'string' || id === '') {
    throw new AwsError('InvalidParameterException', 400, 'SecretId is needed')
  }
  const found = find(call, id)
  const { within, secret } = found
  const unknown = `arn:aws:secretsmanager:${call.region}:${within.id}:secret:${id}`
  permit(call, operation, secret?.arn ?? unknown, secret, within.id)
  return found
}

function newValue({ input }: Call): string {
  if (typeof input.SecretString === 'string' && input.SecretString !== '') return input.SecretString
  throw new AwsError(
    'InvalidParameterException',
    400,
    'You must provide either SecretString or SecretBinary.',
  )
}

function versionOf(value: string): string {
  return createHash('sha256').update(value).digest('hex').slice(0, 32)
}

/** Six characters that Secrets Manager adds to the ARN. */
function randomSuffix(): string {
  return randomBytes(9).toString('base64').replace(/[+/=]/g, 'x').slice(0, 6)
}

export const secrets: Routes = {
  GetSecretValue: {
    permission: 'own',
    run(call) {
      const { secret } = wanted(call, 'GetSecretValue')
      if (secret === undefined) throw absent()
      return {
        ARN: secret.arn,
        Name: secret.name,
        VersionId: versionOf(secret.value),
        SecretString: secret.value,
        VersionStages: ['AWSCURRENT'],
        CreatedDate: epoch(secret.created),
      }
    },
  },
  DescribeSecret: {
    permission: 'own',
    run(call) {
      const { secret } = wanted(call, 'DescribeSecret')
      if (secret === undefined) throw absent()
      const version = versionOf(secret.value)
      return {
        ARN: secret.arn,
        Name: secret.name,
        CreatedDate: epoch(secret.created),
        VersionIdsToStages: { [version]: ['AWSCURRENT'] },
      }
    },
  },
  CreateSecret: {
    permission: 'own',
    writes: true,
    run(call) {
      const { account, clock, input, region } = call
      const { Name: name } = input
      if (typeof name !== 'string' || !/^[\w/+=.@-]{1,512}$/.test(name)) {
        throw new AwsError('ValidationException', 400, 'Invalid name. Must be a valid name.')
      }
      const arn = `arn:aws:secretsmanager:${region}:${account.id}:secret:${name}-${randomSuffix()}`
      permit(call, 'CreateSecret', arn)
      const value = newValue(call)
      if (account.secrets.get(name) !== undefined) {
        throw new AwsError(
          'ResourceExistsException',
          400,
          `The operation failed because the secret ${name} already exists.`,
        )
      }
      account.secrets.set(name, { arn, name, value, created: clock.now() })
      return { ARN: arn, Name: name, VersionId: versionOf(value) }
    },
  },
  PutSecretValue: {
    permission: 'own',
    writes: true,
    run(call) {
      const { within, secret } = wanted(call, 'PutSecretValue')
      if (secret === undefined) throw absent()
      const value = newValue(call)
      within.secrets.set(secret.name, { ...secret, value })
      return {
        ARN: secret.arn,
        Name: secret.name,
        VersionId: versionOf(value),
        VersionStages: ['AWSCURRENT'],
      }
    },
  },
  ListSecrets: {
    permission: 'own',
    run(call) {
      permit(call, 'ListSecrets', '*')
      const { account, input, view } = call
      const most = typeof input.MaxResults === 'number' ? input.MaxResults : 100
      const marker =
        typeof input.NextToken === 'string' ? Buffer.from(input.NextToken, 'base64url').toString() : undefined
      const SecretList = []
      let last = ''
      for (const [name, { arn, created }] of account.secrets.after(marker, view)) {
        if (SecretList.length === most) {
          return { SecretList, NextToken: Buffer.from(last).toString('base64url') }
        }
        SecretList.push({ ARN: arn, Name: name, CreatedDate: epoch(created) })
        last = name
      }
      return { SecretList }
    },
  },
}
