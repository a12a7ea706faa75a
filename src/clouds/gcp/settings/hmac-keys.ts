import type { Identity } from '../../../model/identity.ts'
import { unlessGone } from '../../kit/http/faults.ts'
import type { GcpClient } from '../client.ts'
import { gcpCall } from '../http/call.ts'
import { segment, unlessConflict } from './settings.ts'

/** An HMAC key of a service account (Cloud Storage JSON API, "HmacKeys"). */
interface HmacKey {
  accessId?: string
  state?: string
  etag?: string
}

/** Reads the key; `undefined` for a deleted one, which never becomes active again. */
export async function hmacKey(client: GcpClient, identity: Identity): Promise<HmacKey | undefined> {
  const key = await unlessGone(
    client.call<HmacKey>(gcpCall('GET', 'storage.projects.hmacKeys.get', pathOf(client, identity))),
  )
  return key?.state === 'DELETED' ? undefined : key
}

/** Sets the state of the key by its etag; nothing where it is deleted. */
export async function setHmacState(
  client: GcpClient,
  identity: Identity,
  state: 'ACTIVE' | 'INACTIVE',
): Promise<void> {
  await unlessConflict(client, async () => {
    const key = await hmacKey(client, identity)
    if (key === undefined) return
    await client.call(
      gcpCall('PUT', 'storage.projects.hmacKeys.update', pathOf(client, identity), {
        body: { state, ...(key.etag === undefined ? {} : { etag: key.etag }) },
      }),
    )
  })
}

function pathOf({ project }: GcpClient, { name }: Identity): string {
  return `/storage/v1/projects/${segment(project)}/hmacKeys/${segment(name)}`
}
