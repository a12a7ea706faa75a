import { randomUUID } from 'node:crypto'
import { Fault } from '../../../model/fault.ts'
import type { Sink, SinkKind } from '../../../model/rotation.ts'
import { Secret } from '../../../model/secret.ts'
import { unlessGone } from '../../kit/http/faults.ts'
import type { AwsClient } from '../client.ts'

const SCHEME = 'aws-secretsmanager'
const NAME = /^[\w/+=.@-]{1,512}$/
const ARN = /^arn:[\w-]+:secretsmanager:([a-z]{2}(?:-[a-z]+)+-\d):(\d{12}):secret:([\w/+=.@-]{1,519})$/

/** A secret of AWS Secrets Manager: a new version of one that is there, or a new one. */
export const secretsManager: SinkKind<AwsClient> = {
  scheme: SCHEME,
  form: 'NAME or ARN',
  permissions: [
    'secretsmanager:CreateSecret',
    'secretsmanager:DescribeSecret',
    'secretsmanager:GetSecretValue',
    'secretsmanager:PutSecretValue',
  ],
  account: address => ARN.exec(address)?.[2],
  open(client, address) {
    const region = ARN.exec(address)?.[1]
    if (region === undefined && !NAME.test(address)) {
      throw new Fault('usage', `not the name or ARN of a secret: ${address}`, { where: '--into' })
    }
    return sink(client, address, region)
  },
}

function sink(client: AwsClient, SecretId: string, region: string | undefined): Sink {
  const exists = async (): Promise<boolean> => {
    const found = await unlessGone(client.secrets('DescribeSecret', { SecretId }, region))
    if (found?.DeletedDate === undefined) return found !== undefined
    throw new Fault('refused', `secret ${SecretId} is scheduled for deletion`, {
      where: SCHEME,
      next: 'restore it (secretsmanager:RestoreSecret), or name another',
    })
  }
  const read = async (): Promise<Secret | undefined> => {
    const found = await unlessGone(client.secrets('GetSecretValue', { SecretId }, region))
    return found?.SecretString === undefined ? undefined : new Secret(found.SecretString)
  }
  return {
    place: `${SCHEME}:${SecretId}`,
    async check() {
      const there = await exists()
      if (!there && region !== undefined) {
        throw new Fault('refused', `there is no secret ${SecretId}`, {
          where: SCHEME,
          next: 'create it, or give a name instead of an ARN',
        })
      }
      // A secret that cannot be read back cannot be checked, so the right is checked before anything is created.
      await read()
      return there ? 'next version' : 'new'
    },
    async store(secret) {
      // The token makes a repeated request the same request, and the value must never be in an error about it.
      const value = { SecretString: secret.reveal(), ClientRequestToken: randomUUID() }
      if (await exists()) await client.secrets('PutSecretValue', { SecretId, ...value }, region)
      else await client.secrets('CreateSecret', { Name: SecretId, ...value }, region)
    },
    read,
  }
}
