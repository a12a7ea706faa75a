import { toFault } from '../../../model/fault.ts'
import { parseIdentityId } from '../../../model/identity.ts'
import type { Retired, Rotation, RotationContext } from '../../../model/rotation.ts'
import { Secret, textsIn } from '../../../model/secret.ts'
import { unlessGone } from '../../kit/http/faults.ts'
import type { AwsClient } from '../client.ts'
import { listAccessKeys } from '../inventory/credentials.ts'

function userOf({ old }: RotationContext): string {
  return parseIdentityId(old.owner ?? '').name
}

/**
 * A new access key of the same user. It is kept in the form that `credential_process` of the SDKs and the CLI reads (AWS SDKs
 * and Tools Reference Guide, "Process credential provider"), so that a workload needs no code for it.
 */
export const accessKeyRotate: Rotation<AwsClient> = {
  id: 'aws.access-key.rotate',
  summary: 'Make a new access key of the user; the old one stays off',
  on: ['access-key'],
  // IAM and STS quotas, "Access keys assigned to an IAM user": it cannot be raised.
  limit: 2,
  permissions: {
    read: ['iam:ListAccessKeys'],
    rotate: ['iam:CreateAccessKey', 'iam:ListAccessKeys'],
    remove: ['iam:DeleteAccessKey', 'iam:GetAccessKeyLastUsed', 'iam:UpdateAccessKey'],
  },
  async list(client, context) {
    const keys = await listAccessKeys(client, userOf(context))
    return keys.map(key => ({
      name: key.AccessKeyId ?? '',
      enabled: key.Status === 'Active',
      ...(key.CreateDate ? { created: key.CreateDate.toISOString() } : {}),
    }))
  },
  async create(client, context) {
    const { AccessKey } = await client.iam('CreateAccessKey', { UserName: userOf(context) })
    const { AccessKeyId = '', SecretAccessKey = '' } = AccessKey ?? {}
    return {
      name: AccessKeyId,
      secret: new Secret(JSON.stringify({ Version: 1, AccessKeyId, SecretAccessKey })),
    }
  },
  names: secret => keysIn(secret)?.accessKeyId,
  /** GetCallerIdentity needs no permission, and no policy denies it (STS API Reference): a contained user may call it. */
  async try(client, secret) {
    const keys = keysIn(secret)
    if (!keys) return 'not-yet'
    const as = client.as(keys)
    try {
      const { Account } = await as.sts('GetCallerIdentity', {})
      return Account === client.account ? 'works' : 'not-yet'
    } catch (error) {
      // A key that is seconds old is not known everywhere yet: InvalidClientTokenId.
      if (toFault(error).code === 'not-authenticated') return 'not-yet'
      throw error
    } finally {
      as.close()
    }
  },
  async retire(client, name, known, context): Promise<Retired> {
    const UserName = userOf(context)
    if (known || !(await wasUsed(client, name))) {
      await unlessGone(client.iam('DeleteAccessKey', { UserName, AccessKeyId: name }))
      return { outcome: 'deleted' }
    }
    await unlessGone(client.iam('UpdateAccessKey', { UserName, AccessKeyId: name, Status: 'Inactive' }))
    return { outcome: 'disabled' }
  },
  async remove(client, context) {
    await unlessGone(
      client.iam('DeleteAccessKey', { UserName: userOf(context), AccessKeyId: context.old.name }),
    )
  },
}

/** A key that has been used has a secret that somebody knows, so it is not what a crash of ours left. */
async function wasUsed(client: AwsClient, AccessKeyId: string): Promise<boolean> {
  const { AccessKeyLastUsed } = await client.iam('GetAccessKeyLastUsed', { AccessKeyId })
  return AccessKeyLastUsed?.LastUsedDate !== undefined
}

function keysIn(secret: Secret): { accessKeyId: string; secretAccessKey: string } | undefined {
  const found = textsIn(secret, ['AccessKeyId', 'SecretAccessKey'])
  return found && { accessKeyId: found.AccessKeyId, secretAccessKey: found.SecretAccessKey }
}
