import type { Identity } from '../../../model/identity.ts'
import type { GcpClient } from '../client.ts'
import { segment, unlessConflict, unlessGone } from '../settings/settings.ts'
import { switchOff } from '../settings/switch.ts'

interface HmacKey {
  accessId?: string
  state?: string
  etag?: string
}

/** It takes up to three minutes until a change is known everywhere (Cloud Storage documentation, "Manage HMAC keys"). */
export const hmacKeyDisable = switchOff({
  kind: 'hmac-key',
  summary: 'Make the HMAC key of the service account inactive',
  leaves: 'the other credentials of the account; for up to three minutes, the key itself',
  permissions: { get: 'storage.hmacKeys.get', off: 'storage.hmacKeys.update', on: 'storage.hmacKeys.update' },
  settles: 180,
  async look(client, { identity }) {
    const key = await keyOf(client, identity)
    if (key === undefined) return undefined
    return { uid: key.accessId ?? '', on: key.state === 'ACTIVE' }
  },
  turn: (client, { identity }, on) =>
    unlessConflict(async () => {
      const key = await keyOf(client, identity)
      if (key === undefined) return
      await client.call({
        service: 'storage',
        operation: 'storage.projects.hmacKeys.update',
        method: 'PUT',
        path: pathOf(client, identity),
        body: { state: on ? 'ACTIVE' : 'INACTIVE', ...(key.etag === undefined ? {} : { etag: key.etag }) },
      })
    }),
})

/** What is deleted is gone: it never becomes active again. */
async function keyOf(client: GcpClient, identity: Identity): Promise<HmacKey | undefined> {
  const key = await unlessGone(
    client.call<HmacKey>({
      service: 'storage',
      operation: 'storage.projects.hmacKeys.get',
      method: 'GET',
      path: pathOf(client, identity),
    }),
  )
  return key?.state === 'DELETED' ? undefined : key
}

function pathOf({ project }: GcpClient, { name }: Identity): string {
  return `/storage/v1/projects/${segment(project)}/hmacKeys/${segment(name)}`
}
