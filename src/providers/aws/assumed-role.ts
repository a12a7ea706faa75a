import type { AwsClient, Credentials } from './client.ts'

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
): Credentials {
  let last: Keys | undefined
  return async () => {
    if (last?.expiration !== undefined && last.expiration.getTime() - Date.now() > MARGIN_MS) return last
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
}
