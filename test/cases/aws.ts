import { aws } from '../../src/clouds/aws/provider.ts'
import { awsLab, type Estate } from '../../src/lab/aws/index.ts'
import { ACCOUNT, seedEstate } from '../../src/lab/aws/seed/index.ts'
import type { Provider } from '../../src/model/provider.ts'
import type { Case } from './case.ts'

export const USER = 'ci-deploy'

/** One user with two keys: four changes, each of which writes once. */
const PLAYBOOK = `version: 1
name: stop-ci-deploy
title: Stop the deployer
status: test
severity: high
scope:
  aws: { accounts: [self] }
limit: { identities: 5, share: 1 }
ttl: 1h
steps:
  - name: the deployer
    select: identity.kind == "user" && identity.name == "${USER}"
    interrupt: [quarantine, disable, revoke-sessions]
`

export interface AwsCase extends Case {
  estate(): Estate
}

export function awsCase(change: (estate: Estate) => void = () => undefined): AwsCase {
  const lab = awsLab(() => {
    const estate = seedEstate(new Date().toISOString())
    change(estate)
    return estate
  })
  return {
    provider: aws as Provider,
    scope: {},
    lab,
    playbook: PLAYBOOK,
    changes: 4,
    fresh: () => awsCase(change),
    estate: () => lab.estate(),
    contained: () => isContained(lab.estate()),
    operations: {
      reads: ['GetUser', 'GetUserPolicy', 'ListUserPolicies', 'ListAttachedUserPolicies', 'ListAccessKeys'],
      probes: ['SimulatePrincipalPolicy'],
      cuts: ['PutUserPolicy', 'UpdateAccessKey'],
      restores: ['DeleteUserPolicy', 'UpdateAccessKey'],
      isWrite: operation => /^(Put|Update|Delete|Attach|Detach)/.test(operation),
    },
    errors: {
      internal: { code: 'ServiceFailure', status: 500 },
      conflict: { code: 'ConcurrentModification', status: 409 },
      denied: { code: 'AccessDenied', status: 403 },
    },
    async environment(endpoint) {
      const { accessKeyId, secretAccessKey, sessionToken } = lab.responder
      return {
        AWS_EC2_METADATA_DISABLED: 'true',
        AWS_ENDPOINT_URL: endpoint,
        AWS_REGION: 'eu-west-1',
        AWS_ACCESS_KEY_ID: accessKeyId,
        AWS_SECRET_ACCESS_KEY: secretAccessKey,
        ...(sessionToken === undefined ? {} : { AWS_SESSION_TOKEN: sessionToken }),
      }
    },
  }
}

/** Leaves these users of the seed: a listing asks for the keys of each. */
export function onlyUsers(...names: readonly string[]): (estate: Estate) => void {
  return ({ accounts }) => {
    const account = accounts.find(({ id }) => id === ACCOUNT)
    if (account) account.users = account.users.filter(({ name }) => names.includes(name))
  }
}

/** Both keys off, denied everything, old sessions refused. */
function isContained(estate: Estate): boolean {
  const user = userIn(estate)
  if (!user) return true
  const denies = Object.entries(user.inline).filter(([name]) => name.startsWith('interdict'))
  const denyAll = 'arn:aws:iam::aws:policy/AWSDenyAll'
  return (
    user.accessKeys.every(({ status }) => status === 'Inactive') &&
    (denies.some(([, text]) => hasDeny(text, false)) ||
      user.attached.includes(denyAll) ||
      user.boundary === denyAll) &&
    denies.some(([, text]) => hasDeny(text, true))
  )
}

function hasDeny(text: string, conditional: boolean): boolean {
  const { Statement } = JSON.parse(text) as { Statement: { Effect: string; Condition?: unknown }[] }
  return [Statement]
    .flat()
    .some(({ Effect, Condition }) => Effect === 'Deny' && (Condition !== undefined) === conditional)
}

export function userIn(estate: Estate) {
  return estate.accounts.find(({ id }) => id === ACCOUNT)?.users.find(({ name }) => name === USER)
}
