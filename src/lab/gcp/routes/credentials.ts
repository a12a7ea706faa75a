import { createHash } from 'node:crypto'
import { permit } from '../authorize.ts'
import { invalid, precondition } from '../google-error.ts'
import type { Principal } from '../principal.ts'
import type { ServiceAccount } from '../store.ts'
import { CLOUD_PLATFORM, HOUR, issue, LONGEST } from '../tokens.ts'
import { accountOf, type Call, onAccount, type Route, resourceOf } from './route.ts'

const PATH = 'v1/projects/{project}/serviceAccounts/{account}'
const ACCESS = 'iam.serviceAccounts.getAccessToken'
const OPEN_ID = 'iam.serviceAccounts.getOpenIdToken'
const DELEGATION = 'iam.serviceAccounts.implicitDelegation'

/** IAM Service Account Credentials v1: tokens of an account for callers that may impersonate it. */
export const credentialRoutes: readonly Route[] = [
  {
    id: 'iamcredentials.projects.serviceAccounts.generateAccessToken',
    verb: 'POST',
    path: `${PATH}:generateAccessToken`,
    permissions: [ACCESS, DELEGATION],
    run: call => {
      const account = impersonated(call, ACCESS)
      const { scope = [CLOUD_PLATFORM], lifetime = `${HOUR}s` } = call.body
      if (!Array.isArray(scope) || scope.length === 0) throw invalid('scope is required.')
      const seconds = Number(/^(\d+)s$/.exec(String(lifetime))?.[1] ?? 0)
      if (seconds <= 0 || seconds > longest(call, account)) {
        throw invalid(
          'The requested lifetime is longer than one hour: the account is not in constraints/iam.allowServiceAccountCredentialLifetimeExtension.',
        )
      }
      const { email, uniqueId } = account
      const principal = { kind: 'account', email, uniqueId } as const
      const token = issue(call.world.estate, principal, scope.map(String), seconds, call.now)
      return { accessToken: token.token, expireTime: new Date(token.expires).toISOString() }
    },
  },
  {
    id: 'iamcredentials.projects.serviceAccounts.generateIdToken',
    verb: 'POST',
    path: `${PATH}:generateIdToken`,
    permissions: [OPEN_ID, DELEGATION],
    run: call => {
      const { email, uniqueId } = impersonated(call, OPEN_ID)
      const { audience, includeEmail } = call.body
      if (typeof audience !== 'string') throw invalid('audience is required.')
      const iat = Math.floor(Date.now() / 1000)
      const claims = {
        iss: 'https://accounts.google.com',
        sub: uniqueId,
        azp: uniqueId,
        aud: audience,
        iat,
        exp: iat + HOUR,
      }
      return { token: idToken(includeEmail === true ? { ...claims, email, email_verified: true } : claims) }
    },
  },
]

/** Each of the chain has to be let by the one before it; the last one gives the token. */
function impersonated(call: Call, permission: string): ServiceAccount {
  const { world, caller, enforced: view, now } = call
  const target = onAccount(call)
  if (caller === undefined) throw invalid('No caller.')
  const { delegates = [] } = call.body
  if (!Array.isArray(delegates)) throw invalid('Invalid value at delegates.')
  let from: Principal = caller
  for (const delegate of delegates) {
    const name = String(delegate).split('/').at(-1) ?? ''
    const account = world.estate.account(name)
    const resource = account === undefined ? target : resourceOf(account)
    permit(world.estate, { principal: from, permission: DELEGATION, resource, view, now })
    if (account === undefined || world.estate.account(name, view)?.disabled === true) throw disabled(name)
    from = { kind: 'account', email: account.email, uniqueId: account.uniqueId }
  }
  permit(world.estate, { principal: from, permission, resource: target, view, now })
  const account = accountOf(call)
  if (world.estate.account(account.email, view)?.disabled === true) throw disabled(account.email)
  return account
}

function disabled(name: string) {
  return precondition(`Service account ${name} is disabled.`)
}

function longest({ world }: Call, { project, email }: ServiceAccount): number {
  const name = 'iam.allowServiceAccountCredentialLifetimeExtension'
  const rules = world.estate.constraint(`projects/${project}`, name)?.rules ?? []
  const extended = rules.some(
    ({ allowAll, values }) => allowAll === true || values?.allowedValues?.includes(email),
  )
  return extended ? LONGEST : HOUR
}

/** The lab has no key of Google's: nobody here checks the signature. */
function idToken(claims: object): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const signed = `${part({ alg: 'RS256', typ: 'JWT', kid: 'lab' })}.${part(claims)}`
  return `${signed}.${createHash('sha256').update(signed).digest('base64url')}`
}
