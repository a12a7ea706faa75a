import { readFile } from 'node:fs/promises'
import { Fault, toFault } from '../../../model/fault.ts'
import type { Caller } from '../../../model/provider.ts'
import type { AwsClient } from '../client.ts'
import { profiles } from '../http/sdk.ts'
import type { Self } from '../inventory/spares.ts'
import { trustOf } from '../kinds/trust.ts'
import { awsId } from '../names.ts'

/** Who GetCallerIdentity says that we are. */
export interface WhoAmI extends Caller {
  account: string
  partition: string
  /** `root` and `federated` must not contain anything: see `warningsFor`. */
  type: 'user' | 'role' | 'root' | 'federated'
}

/**
 * The account and the unique id behind the credentials. The ARN of an assumed role lacks the role's path, so only the
 * id, which is before the colon of `UserId`, can be compared (IAM User Guide, "IAM identifiers").
 */
export async function whoAmI(client: AwsClient): Promise<WhoAmI> {
  const { Account = '', Arn = '', UserId = '' } = await client.sts('GetCallerIdentity', {})
  const [uid = ''] = UserId.split(':')
  if (!/^\d{12}$/.test(Account) || uid === '') {
    // Without it, nothing would keep us from cutting ourselves.
    throw new Fault('wrong-target', 'the endpoint does not tell who we are', {
      where: 'sts:GetCallerIdentity',
      next: 'check AWS_ENDPOINT_URL and the profile',
    })
  }
  return {
    account: Account,
    partition: Arn.split(':')[1] ?? 'aws',
    name: Arn,
    type: typeOf(Arn),
    uids: [uid],
  }
}

function typeOf(arn: string): WhoAmI['type'] {
  if (arn.endsWith(':root')) return 'root'
  if (arn.includes(':federated-user/')) return 'federated'
  return arn.includes(':assumed-role/') ? 'role' : 'user'
}

/** Returns the reasons against acting as this caller. */
export function warningsFor(me: WhoAmI): { message: string; refuse: boolean }[] {
  if (me.type === 'root') {
    return [
      { message: 'these are credentials of the root user; interdict does not act as root', refuse: true },
    ]
  }
  if (me.type === 'federated') {
    return [
      {
        message:
          'a federated user does not show whose session it is, so it could cut its own user; use a role',
        refuse: true,
      },
    ]
  }
  return []
}

/** Returns the identities that must not be contained in the account of `client` while we are `chain`: the caller first, then what it came through. */
export async function selfOf(
  client: AwsClient,
  chain: readonly WhoAmI[],
  issuer: string | undefined,
): Promise<Self> {
  const roles = chain.flatMap(({ type, account, name }) => {
    const role = /:assumed-role\/([^/]+)\//.exec(name)?.[1]
    return type === 'role' && account === client.account && role !== undefined ? [role] : []
  })
  const undecided: string[] = []
  const trusted = await Promise.all(roles.map(role => issuersOf(client, role, undecided)))
  return {
    uids: chain.flatMap(({ uids }) => uids),
    users: chain.flatMap(({ type, account, name }) => {
      const user = name.split('/').at(-1)
      return type === 'user' && user !== undefined ? [awsId(account, 'user', user)] : []
    }),
    roles,
    issuers: [...(issuer === undefined ? [] : [issuer]), ...trusted.flat()],
    // A caller with a web identity token knows its issuer.
    ...(undecided.length > 0 && issuer === undefined ? { issuersUnknown: undecided.join('; ') } : {}),
  }
}

/** A pipeline gets its role from an OIDC provider before we start, and only the role's trust policy tells which. */
async function issuersOf(client: AwsClient, RoleName: string, undecided: string[]): Promise<string[]> {
  try {
    const { Role } = await client.iam('GetRole', { RoleName })
    return trustOf(Role?.AssumeRolePolicyDocument).oidc.map(({ issuer }) => issuer)
  } catch (error) {
    const { code, message } = toFault(error)
    if (code === 'bug') throw error
    undecided.push(message)
    return []
  }
}

/**
 * The profiles through which the profile of the environment gets its credentials (`source_profile`), nearest first;
 * none when keys in the environment are used in place of a profile.
 */
export async function sourceProfiles(environment: NodeJS.ProcessEnv): Promise<string[]> {
  const { AWS_PROFILE, AWS_ACCESS_KEY_ID } = environment
  if (!AWS_PROFILE && AWS_ACCESS_KEY_ID) return []
  const known = await profiles()
  const chain = new Set<string>()
  let source = known[AWS_PROFILE || 'default']?.source_profile
  // A profile may name itself as the source, which then means its own keys.
  while (source !== undefined && !chain.has(source) && Object.hasOwn(known, source)) {
    chain.add(source)
    source = known[source]?.source_profile
  }
  return [...chain]
}

/** The OIDC issuer through which we signed in, when it was a web identity token; never a target. */
export async function ownIssuer(environment: NodeJS.ProcessEnv): Promise<string | undefined> {
  const file = environment.AWS_WEB_IDENTITY_TOKEN_FILE
  if (!file) return undefined
  try {
    const [, payload = ''] = (await readFile(file, 'utf8')).split('.')
    const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'))
    if (typeof claims !== 'object' || claims === null || !('iss' in claims)) return undefined
    return String(claims.iss).replace(/^https:\/\//, '')
  } catch {
    return undefined
  }
}
