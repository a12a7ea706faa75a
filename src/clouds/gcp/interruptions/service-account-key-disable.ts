import { entryOf, withEntries } from '../../../model/facet.ts'
import { Fault } from '../../../model/fault.ts'
import { type Identity, parseIdentityId } from '../../../model/identity.ts'
import type { Context } from '../../../model/interruption.ts'
import type { Json } from '../../../model/json.ts'
import { memberOf } from '../../../model/json-object.ts'
import { unlessGone } from '../../kit/http/faults.ts'
import { ENABLED, toggle } from '../../kit/lens/toggle.ts'
import type { GcpClient } from '../client.ts'
import { gcpCall } from '../http/call.ts'
import { type ServiceAccountKey, stateOf } from '../settings/key-state.ts'
import { lacks } from '../settings/one-way.ts'
import { segment } from '../settings/settings.ts'

/** A key that is on, and of which Google found something. */
const ON_WITH_FINDING = /^enabled(?=,)/

const isOn = (state: Json | undefined) =>
  state === true || (typeof state === 'string' && ON_WITH_FINDING.test(state))

const textOf = (state: Json | undefined) =>
  typeof state === 'boolean' ? (state ? 'enabled' : 'disabled') : String(state)

const keySwitch = toggle<GcpClient>({
  cloud: 'gcp',
  kind: 'service-account-key',
  summary: 'Disable the key of the service account',
  leaves: 'access tokens minted with it, for up to 12h; the other keys of the account; impersonation',
  permissions: {
    read: ['iam.serviceAccountKeys.get'],
    off: ['iam.serviceAccountKeys.disable'],
    on: ['iam.serviceAccountKeys.enable'],
  },
  refuse(facet, { seen }) {
    if (memberOf(seen, 'managedBy') === 'Google') {
      return 'Google made it for itself and replaces it every few days: it cannot be disabled'
    }
    const state = textOf(entryOf(facet, ENABLED))
    return state.startsWith('disabled by Google')
      ? `Google has disabled it already (${state}), and it stays so: replace it`
      : undefined
  },
  async look(client, { identity }) {
    const key = await keyOf(client, identity)
    if (key === undefined) return undefined
    return {
      uid: key.name?.split('/').at(-1) ?? identity.name,
      enabled: stateOf(key),
      seen: { managedBy: key.keyType === 'SYSTEM_MANAGED' ? 'Google' : 'user' },
    }
  },
  turn,
  async oneWay(client, { identity }) {
    const key = await keyOf(client, identity)
    if (key?.extendedStatus?.length) {
      return `Google found it ${textOf(stateOf(key)).replace(/^.*?, /, '')}: a restore leaves it disabled`
    }
    return await lacks(client, accountPath(client, identity), 'iam.serviceAccountKeys.enable')
  },
})

/**
 * A key that Google disabled, or found exposed, is not enabled again by us, even if a journal says so: that it was found
 * stays with it for ever (IAM API reference, "projects.serviceAccounts.keys", extendedStatus).
 */
export const serviceAccountKeyDisable: typeof keySwitch = {
  ...keySwitch,
  cut(facet) {
    const state = entryOf(facet, ENABLED)
    if (!isOn(state)) return facet
    const off = state === true ? false : String(state).replace(ON_WITH_FINDING, 'disabled')
    return withEntries(facet, [[ENABLED, off]])
  },
  async write(client, from, to, context) {
    const [before, wanted] = [entryOf(from, ENABLED), entryOf(to, ENABLED)]
    if (before === wanted) return
    const { identity } = context
    if (!isOn(wanted)) {
      // A text besides is what Google found, and not ours to write.
      if (isOn(before)) await turn(client, context, false)
      return
    }
    const key = await keyOf(client, identity)
    const live = key === undefined ? 'gone' : stateOf(key)
    if (typeof live !== 'boolean') {
      throw new Fault('rejected', `the key is ${live}: it is not enabled again`, {
        where: identity.id,
        next: 'make a new key where it is used, then delete this one',
      })
    }
    if (!live) await turn(client, context, true)
  },
}

async function keyOf(client: GcpClient, identity: Identity): Promise<ServiceAccountKey | undefined> {
  return await unlessGone(
    client.call<ServiceAccountKey>(
      gcpCall('GET', 'iam.projects.serviceAccounts.keys.get', keyPath(client, identity)),
    ),
  )
}

async function turn(client: GcpClient, { identity }: Context, on: boolean): Promise<void> {
  const verb = on ? 'enable' : 'disable'
  await client.call(
    gcpCall('POST', `iam.projects.serviceAccounts.keys.${verb}`, `${keyPath(client, identity)}:${verb}`, {
      body: {},
    }),
  )
}

function keyPath(client: GcpClient, identity: Identity): string {
  return `/v1/${accountPath(client, identity)}/keys/${segment(identity.name)}`
}

function accountPath({ project }: GcpClient, { id, owner }: Identity): string {
  if (owner === undefined) throw new Fault('rejected', 'it is not known whose key it is', { where: id })
  return `projects/${segment(project)}/serviceAccounts/${segment(parseIdentityId(owner).name)}`
}
