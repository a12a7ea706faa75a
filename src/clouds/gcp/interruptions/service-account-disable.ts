import { z } from 'zod'
import { withEntries } from '../../../model/facet.ts'
import type { Context, Interruption } from '../../../model/interruption.ts'
import { isOn, toggle, turnWanted } from '../../kit/lens/toggle.ts'
import type { GcpClient } from '../client.ts'
import { DenyEditor } from '../deny/editor.ts'
import { gcpCall } from '../http/call.ts'
import { lacks } from '../settings/one-way.ts'
import { DENY_PERMISSIONS, readHeldDenials, stepDownTo, writeDenials } from '../settings/own-denial.ts'
import { isDefaultAccount, serviceAccount } from '../settings/service-account.ts'
import { accountResource, tokenSeconds } from '../settings/settings.ts'

const Params = z.strictObject({
  allowDefault: z
    .boolean()
    .default(false)
    .describe(
      'Also the default accounts of Compute Engine and App Engine, which everything without an account of its own runs as',
    ),
})

type Params = z.infer<typeof Params>

/**
 * Ends tokens as well as keys: those of a disabled account are rejected, and accepted again once it is enabled, if they
 * have not expired (IAM documentation, "Disable and enable service accounts"). Hence the horizon.
 */
const accountSwitch = toggle<GcpClient, Params>({
  cloud: 'gcp',
  kind: 'service-account',
  summary: 'Disable the service account: its tokens, keys and impersonation are rejected',
  verbs: ['disable', 'revoke-sessions'],
  leaves: 'ID tokens and signatures checked by third parties until they expire; domain-wide delegation',
  permissions: {
    read: ['iam.serviceAccounts.get'],
    off: ['iam.serviceAccounts.disable'],
    on: ['iam.serviceAccounts.enable', ...Object.values(DENY_PERMISSIONS)],
  },
  params: Params,
  example: { allowDefault: false },
  refuse(facet, { identity, params }) {
    if (!isOn(facet) || Params.parse(params).allowDefault) return undefined
    return isDefaultAccount(identity.name)
      ? 'a default account: all machines and functions without an account of their own would stop (allowDefault: true allows it)'
      : undefined
  },
  async look(client, { identity }) {
    const account = await serviceAccount(client, identity)
    if (account === undefined) return undefined
    const { maxTokenSeconds } = identity.facts
    return {
      uid: account.uniqueId ?? '',
      enabled: account.disabled !== true,
      seen: { maxTokenSeconds: typeof maxTokenSeconds === 'number' ? maxTokenSeconds : 'unknown' },
    }
  },
  turn,
  horizon: tokenSeconds,
  settles: 60,
  // A deny policy is out of reach of project owners; neither stops more than a disabled account is stopped.
  companions: ['gcp.service-account.quarantine', 'gcp.service-account-key.disable'],
  oneWay: (client, { identity }) =>
    lacks(client, accountResource(client, identity), 'iam.serviceAccounts.enable'),
})

/**
 * The switch, and the deny that a step-down leaves: the account is enabled, and denied what an intruder needs most until the
 * old tokens have expired.
 */
export const serviceAccountDisable: Interruption<GcpClient, Params> = {
  ...accountSwitch,
  async read(client, context) {
    const [reading, denials] = await Promise.all([
      accountSwitch.read(client, context),
      readHeldDenials(client, context),
    ])
    return reading && { ...reading, facet: withEntries(reading.facet, denials) }
  },
  async write(client, from, to, context) {
    const on = turnWanted(from, to, context)
    const denials = writeDenials(client, from, to, context)
    if (on === false) await turn(client, context, false)
    await denials.done
    if (on !== true) return
    // The old tokens would work until the deny is enforced.
    if (denials.denied) await DenyEditor.of(client).settled()
    await turn(client, context, true)
  },
  stepDown: (restored, context) => (isOn(restored) ? stepDownTo(restored, context) : restored),
}

/** Disabling what is disabled, and enabling what is enabled, changes nothing (IAM documentation, same page). */
async function turn(client: GcpClient, { identity }: Context, on: boolean): Promise<void> {
  const verb = on ? 'enable' : 'disable'
  await client.call(
    gcpCall(
      'POST',
      `iam.projects.serviceAccounts.${verb}`,
      `/v1/${accountResource(client, identity)}:${verb}`,
      { body: {} },
    ),
  )
}
