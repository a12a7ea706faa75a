import { createHash } from 'node:crypto'
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

export const secrets: Routes = {
  GetSecretValue: {
    permission: 'own',
    run(call) {
      const id = call.input.SecretId
      if (typeof id !== 'string' || id === '') {
        throw new AwsError('InvalidParameterException', 400, 'SecretId is needed')
      }
      const { within, secret } = find(call, id)
      const unknown = `arn:aws:secretsmanager:${call.region}:${within.id}:secret:${id}`
      permit(call, 'GetSecretValue', secret?.arn ?? unknown, secret, within.id)
      if (secret === undefined) throw absent()
      return {
        ARN: secret.arn,
        Name: secret.name,
        VersionId: createHash('sha256').update(secret.value).digest('hex').slice(0, 32),
        SecretString: secret.value,
        VersionStages: ['AWSCURRENT'],
        CreatedDate: epoch(secret.created),
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
