import type { Identity } from '../../../model/identity.ts'
import type { GcpClient } from '../client.ts'
import { gcpCall } from '../http/call.ts'
import { commonFacts, credentialIdentity, timeOf } from './common-facts.ts'

/** As Cloud Storage lists it. */
interface HmacKey {
  accessId?: string
  /** `ACTIVE`, `INACTIVE` or `DELETED`. */
  state?: string
  serviceAccountEmail?: string
  timeCreated?: string
  updated?: string
}

/** Of the project, or of one account; those of users are in no listing. */
export async function* hmacKeys(client: GcpClient, serviceAccountEmail?: string): AsyncGenerator<Identity> {
  const now = client.timing.date()
  const pages = client.pages<HmacKey>(
    gcpCall('GET', 'storage.projects.hmacKeys.list', `/storage/v1/projects/${client.project}/hmacKeys`, {
      query: { maxResults: '250', serviceAccountEmail },
    }),
  )
  for await (const { accessId, state, serviceAccountEmail: email, timeCreated, updated } of pages) {
    if (accessId === undefined || state === 'DELETED') continue
    const changed = timeOf(updated)
    yield credentialIdentity(client, {
      kind: 'hmac-key',
      name: accessId,
      email,
      facts: {
        ...commonFacts({ enabled: state === 'ACTIVE', created: timeCreated }, now),
        ...(changed === undefined ? {} : { updated: changed }),
      },
    })
  }
}
