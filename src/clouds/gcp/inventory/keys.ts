import type { Identity } from '../../../model/identity.ts'
import type { GcpClient } from '../client.ts'
import { gcpCall } from '../http/call.ts'
import type { ServiceAccountKey } from '../settings/key-state.ts'
import { commonFacts, credentialIdentity, timeOf } from './common-facts.ts'
import type { Uses } from './usage.ts'

/** The keys that users made; those that Google made for itself it rotates, and nobody can disable. */
export async function listKeys(client: GcpClient, account: string): Promise<ServiceAccountKey[]> {
  const { keys = [] } = await client.call<{ keys?: ServiceAccountKey[] }>(
    gcpCall(
      'GET',
      'iam.projects.serviceAccounts.keys.list',
      `/v1/projects/${client.project}/serviceAccounts/${encodeURIComponent(account)}/keys`,
      { query: { keyTypes: 'USER_MANAGED' } },
    ),
  )
  return keys
}

export function keyId({ name = '' }: ServiceAccountKey): string {
  return name.split('/').at(-1) ?? ''
}

const REASON = 'SERVICE_ACCOUNT_KEY_DISABLE_REASON_'
const STATUS = 'SERVICE_ACCOUNT_KEY_EXTENDED_STATUS_KEY_'

/** Who disables a key for a reason (IAM API reference, "projects.serviceAccounts.keys"). */
const DISABLED_BY = new Map([
  ['USER_INITIATED', 'user'],
  ['EXPOSED', 'google'],
  ['COMPROMISE_DETECTED', 'google'],
])

/** A key that Google disabled says so; the time before which a key is not valid is when it was made. */
export function keyIdentity(
  client: GcpClient,
  email: string,
  key: ServiceAccountKey,
  uses: Uses,
  now: number,
): Identity {
  const name = keyId(key)
  const reason = (key.disableReason ?? '').replace(REASON, '').replace('UNSPECIFIED', '')
  const statuses = (key.extendedStatus ?? []).filter(({ key: name = '' }) =>
    /^(EXPOSED|COMPROMISE_DETECTED)$/.test(name.replace(STATUS, '')),
  )
  const expires = key.validBeforeTime?.startsWith('9999') ? undefined : timeOf(key.validBeforeTime)
  return credentialIdentity(client, {
    kind: 'service-account-key',
    name,
    email,
    facts: {
      ...commonFacts(
        {
          enabled: key.disabled !== true,
          disabledBy: DISABLED_BY.get(reason) ?? 'unknown',
          created: key.validAfterTime,
          use: uses.get(name),
        },
        now,
      ),
      origin: key.keyOrigin === 'USER_PROVIDED' ? 'user' : 'google',
      ...(expires === undefined ? {} : { expires }),
      disableReason: reason,
      exposed: statuses.length > 0,
      exposure: statuses.map(({ value = '' }) => value),
    },
  })
}
