import type { AwsClient } from '../client.ts'
import { accountSummary } from '../settings/account-summary.ts'

/** The line of the root user, of whom no listing says anything. */
export interface ReportedRoot {
  keys: { active: boolean; created: string; lastUsed?: string; service?: string; region?: string }[]
  /** Active ones. */
  certificates: number
}

/** The step for a person: IAM has no call by which another identity may change a credential of the root user. */
const REMEDY =
  'no policy limits it and no playbook can stop it; sign in as root and deactivate it (Security credentials page)'

/**
 * Warns of long-lived credentials of the root user, as the credential report shows them. Undefined when there are none
 * that work.
 */
export function rootWarning(account: string, root: ReportedRoot | undefined): string | undefined {
  if (root === undefined) return undefined
  const keys = root.keys.filter(({ active }) => active)
  if (keys.length === 0 && root.certificates === 0) return undefined
  const found = [
    ...keys.map(({ created, lastUsed, service, region }) => {
      const use = lastUsed === undefined ? 'never used' : `last used ${lastUsed}`
      const by = `${service === undefined ? '' : ` with ${service}`}${region === undefined ? '' : ` in ${region}`}`
      return `an active access key (made ${created || 'at an unknown time'}, ${use}${by})`
    }),
    ...(root.certificates > 0 ? ['an active signing certificate'] : []),
  ]
  return `${begin(account)} ${found.join(' and ')}: ${REMEDY}`
}

/**
 * The same from the account summary, which is live and says only whether there is one (IAM API reference,
 * GetAccountSummary: `AccountAccessKeysPresent`, `AccountSigningCertificatesPresent`). Undefined where it may not be read.
 */
export async function summaryWarning(client: AwsClient): Promise<string | undefined> {
  const { AccountAccessKeysPresent = 0, AccountSigningCertificatesPresent = 0 } = await accountSummary(client)
  const found = [
    ...(AccountAccessKeysPresent > 0 ? ['an access key'] : []),
    ...(AccountSigningCertificatesPresent > 0 ? ['a signing certificate'] : []),
  ]
  return found.length === 0 ? undefined : `${begin(client.account)} ${found.join(' and ')}: ${REMEDY}`
}

function begin(account: string): string {
  return `THE ROOT USER of ${account} has`
}

/** Whether two warnings are of the root user of the same account, of which the newer one says more. */
export function isOfRoot(message: string, account: string): boolean {
  return message.startsWith(begin(account))
}
