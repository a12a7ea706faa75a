import { toFault } from '../../../model/fault.ts'
import type { AwsClient } from '../client.ts'

/** Ids of long-term and of temporary access keys (IAM User Guide, "IAM identifiers"). */
const ACCESS_KEY = /^(AKIA|ASIA)[A-Z0-9]{12,124}$/

/**
 * Says in words whose account an access key is of, which AWS tells for every key (STS API reference, GetAccessKeyInfo).
 * Undefined for what is not the id of a key.
 *
 * @param reached ids of the accounts that were looked at
 */
export async function keyAccount(
  client: AwsClient,
  name: string,
  reached: readonly string[],
): Promise<string | undefined> {
  if (!ACCESS_KEY.test(name)) return undefined
  let account: string | undefined
  try {
    ;({ Account: account } = await client.sts('GetAccessKeyInfo', { AccessKeyId: name }))
  } catch (error) {
    const { code, message } = toFault(error)
    if (code === 'bug') throw error
    return code === 'rejected'
      ? `AWS does not know the key ${name}`
      : `whose account the key ${name} is of is not known: ${message}`
  }
  if (account === undefined) return undefined
  if (reached.includes(account)) {
    const temporary = name.startsWith('ASIA') ? 'it is of a session, ' : ''
    return `key ${name} belongs to account ${account}, which was looked at, and no user there has it: ${temporary}it is deleted, or it is the root user's`
  }
  return `key ${name} belongs to account ${account}, which is not in scope: add --account ${account} --role NAME, with the role to assume there`
}
