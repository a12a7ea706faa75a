import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { keyOf, secretOf } from '../../src/lab/aws/seed/ids.ts'
import type { Estate } from '../../src/lab/aws/store.ts'
import type { Scene } from './scene.ts'

export interface Keys {
  accessKeyId: string
  secretAccessKey: string
}

export function seededKeys(user: string, nth = 1): Keys {
  const accessKeyId = keyOf(user, nth)
  return { accessKeyId, secretAccessKey: secretOf(accessKeyId) }
}

/** The lab's estate as it is kept: with every secret. */
export function estateOf(scene: Scene): Estate {
  const [aws] = scene.lab.clouds
  if (!aws) throw new Error('no lab of AWS')
  return aws.estate() as Estate
}

export function keysOf(scene: Scene, user: string) {
  const users = estateOf(scene).accounts.flatMap(account => account.users)
  return users.find(({ name }) => name === user)?.accessKeys ?? []
}

/** `accepted`, or the name of the error. */
export async function callsIn(scene: Scene, credentials: Keys): Promise<string> {
  const client = new STSClient({
    region: 'eu-central-1',
    endpoint: scene.lab.endpoint,
    credentials,
    maxAttempts: 1,
  })
  try {
    await client.send(new GetCallerIdentityCommand({}))
    return 'accepted'
  } catch (error) {
    return error instanceof Error ? error.name : String(error)
  } finally {
    client.destroy()
  }
}
