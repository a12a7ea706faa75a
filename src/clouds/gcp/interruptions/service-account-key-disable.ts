import { z } from 'zod'
import { withEntries } from '../../../model/facet.ts'
import { Fault } from '../../../model/fault.ts'
import { type Identity, parseIdentityId } from '../../../model/identity.ts'
import type { Interruption } from '../../../model/interruption.ts'
import type { GcpClient } from '../client.ts'
import { lacks } from '../settings/one-way.ts'
import { segment, textOf, unlessGone } from '../settings/settings.ts'

interface Key {
  name?: string
  keyType?: string
  disabled?: boolean
  disableReason?: string
  extendedStatus?: { key?: string; value?: string }[]
}

/** Reasons for which Google disables a key itself (IAM API reference, "projects.serviceAccounts.keys"). */
const BY_GOOGLE = new Set(['EXPOSED', 'COMPROMISE_DETECTED'])

/**
 * A key in one text, `enabled` or `disabled`, with what Google did or found: `disabled by Google`, `disabled, exposed`. So
 * anything that Google does meanwhile reads as drift.
 */
export function statusOf({ disabled = false, disableReason = '', extendedStatus = [] }: Key): string {
  const reason = disableReason.replace('SERVICE_ACCOUNT_KEY_DISABLE_REASON_', '')
  const found = extendedStatus.map(({ key = '' }) =>
    key.replace('SERVICE_ACCOUNT_KEY_EXTENDED_STATUS_KEY_', ''),
  )
  const byGoogle = disabled && BY_GOOGLE.has(reason)
  // A reason that Google adds later is nobody's known doing.
  const known = !disabled || ['', 'UNSPECIFIED', 'USER_INITIATED'].includes(reason)
  const said = [...new Set(known ? found : [reason, ...found])].map(each =>
    each.toLowerCase().replaceAll('_', ' '),
  )
  return [`${disabled ? 'disabled' : 'enabled'}${byGoogle ? ' by Google' : ''}`, ...said.sort()].join(', ')
}

const ENABLED = /^enabled(,|$)/

/**
 * A key that Google disabled, or found exposed, is not enabled again by us, whatever a journal says: that it was found
 * stays with it for ever (IAM API reference, "projects.serviceAccounts.keys", extendedStatus).
 */
export const serviceAccountKeyDisable: Interruption<GcpClient, Record<string, never>> = {
  id: 'gcp.service-account-key.disable',
  summary: 'Disable the key of the service account',
  verbs: ['disable'],
  on: ['service-account-key'],
  leaves: 'access tokens minted with it, for up to 12 h; the other keys of the account; impersonation',
  reversal: { kind: 'exact' },
  permissions: {
    read: ['iam.serviceAccountKeys.get'],
    cut: ['iam.serviceAccountKeys.disable'],
    restore: ['iam.serviceAccountKeys.enable'],
  },
  params: z.strictObject({}),
  example: {},
  refuse(facet, { seen }) {
    if (typeof seen === 'object' && seen !== null && !Array.isArray(seen) && seen.managedBy === 'Google') {
      return 'Google made it for itself and replaces it every few days: it cannot be disabled'
    }
    const status = textOf(facet, 'status') ?? ''
    return status.startsWith('disabled by Google')
      ? `Google has disabled it already (${status}), and it stays so: replace it`
      : undefined
  },
  async read(client, { identity }) {
    const key = await keyOf(client, identity)
    if (key === undefined) return undefined
    return {
      uid: key.name?.split('/').at(-1) ?? identity.name,
      facet: { status: statusOf(key) },
      seen: { managedBy: key.keyType === 'SYSTEM_MANAGED' ? 'Google' : 'user' },
    }
  },
  cut(facet) {
    const status = textOf(facet, 'status') ?? ''
    if (!ENABLED.test(status)) return facet
    return withEntries(facet, [['status', status.replace(ENABLED, 'disabled$1')]])
  },
  async write(client, from, to, context) {
    const status = textOf(to, 'status') ?? ''
    if (status === textOf(from, 'status')) return
    const { identity } = context
    if (!ENABLED.test(status)) {
      // What it is called besides is Google's doing, and not ours to write.
      if (ENABLED.test(textOf(from, 'status') ?? '')) await turn(client, identity, 'disable')
      return
    }
    const key = await keyOf(client, identity)
    const live = key === undefined ? 'gone' : statusOf(key)
    if (live !== 'disabled' && live !== 'enabled') {
      throw new Fault('rejected', `the key is ${live}: it is not enabled again`, {
        where: identity.id,
        next: 'make a new key where it is used, then delete this one',
      })
    }
    if (live === 'disabled') await turn(client, identity, 'enable')
  },
  horizon: () => 0,
  async oneWay(client, { identity }) {
    const key = await keyOf(client, identity)
    if (key?.extendedStatus?.length) {
      return `Google found it ${statusOf(key).replace(/^.*?, /, '')}: a restore leaves it disabled`
    }
    return await lacks(client, accountPath(client, identity), 'iam.serviceAccountKeys.enable')
  },
}

async function keyOf(client: GcpClient, identity: Identity): Promise<Key | undefined> {
  return await unlessGone(
    client.call<Key>({
      service: 'iam',
      operation: 'iam.projects.serviceAccounts.keys.get',
      method: 'GET',
      path: keyPath(client, identity),
    }),
  )
}

async function turn(client: GcpClient, identity: Identity, verb: 'enable' | 'disable'): Promise<void> {
  await client.call({
    service: 'iam',
    operation: `iam.projects.serviceAccounts.keys.${verb}`,
    method: 'POST',
    path: `${keyPath(client, identity)}:${verb}`,
    body: {},
  })
}

function keyPath(client: GcpClient, identity: Identity): string {
  return `/v1/${accountPath(client, identity)}/keys/${segment(identity.name)}`
}

function accountPath({ project }: GcpClient, { id, owner }: Identity): string {
  if (owner === undefined) throw new Fault('rejected', 'it is not known whose key it is', { where: id })
  return `projects/${segment(project)}/serviceAccounts/${segment(parseIdentityId(owner).name)}`
}
