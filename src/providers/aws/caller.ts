import { readFile } from 'node:fs/promises'
import type { Caller } from '../../model/provider.ts'
import type { AwsClient } from './client.ts'

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

/** What speaks against acting as this caller. */
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
