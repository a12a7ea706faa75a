import { hmacKey, setHmacState } from '../settings/hmac-keys.ts'
import { projectSwitch } from '../settings/project-switch.ts'

/** It takes up to three minutes until a change is known everywhere (Cloud Storage documentation, "Manage HMAC keys"). */
export const hmacKeyDisable = projectSwitch({
  kind: 'hmac-key',
  summary: 'Make the HMAC key of the service account inactive',
  leaves: 'the other credentials of the account; for up to three minutes, the key itself',
  permissions: { get: 'storage.hmacKeys.get', off: 'storage.hmacKeys.update', on: 'storage.hmacKeys.update' },
  settles: 180,
  async look(client, { identity }) {
    const key = await hmacKey(client, identity)
    return key && { uid: key.accessId ?? '', enabled: key.state === 'ACTIVE' }
  },
  turn: (client, { identity }, on) => setHmacState(client, identity, on ? 'ACTIVE' : 'INACTIVE'),
})
