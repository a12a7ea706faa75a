import type { AwsClient } from '../client.ts'
import type { Renewable } from './renewable.ts'

interface Keys {
  accessKeyId: string
  secretAccessKey: string
  sessionToken: string
  expiration?: Date
}

/** Each SDK client asks for itself, and takes what it gets for good until five minutes before it expires. */
const MARGIN_MS = 300_000

/** Credentials of a role, refreshed through `source`, the same for all services. Faults: those of `sts:AssumeRole`. */
export function assumedRole(
  source: AwsClient,
  RoleArn: string,
  { externalId, run }: { externalId?: string | undefined; run?: string | undefined },
): Renewable {
  let last: Keys | undefined
  const keys = async () => {
    if (last?.expiration !== undefined && last.expiration.getTime() - source.timing.date() > MARGIN_MS)
      return last
    const { Credentials } = await source.sts('AssumeRole', {
      RoleArn,
      RoleSessionName: `interdict-${run ?? 'session'}`,
      ...(externalId === undefined ? {} : { ExternalId: externalId }),
    })
    last = {
      accessKeyId: Credentials?.AccessKeyId ?? '',
      secretAccessKey: Credentials?.SecretAccessKey ?? '',
      sessionToken: Credentials?.SessionToken ?? '',
      // The SDK asks again shortly before this.
      ...(Credentials?.Expiration ? { expiration: Credentials.Expiration } : {}),
    }
    return last
  }
  return Object.assign(keys, {
    renew() {
      last = undefined
    },
  })
}
