import { z } from 'zod'
import { entryOf, type Facet, withEntries } from '../../../model/facet.ts'
import { Fault } from '../../../model/fault.ts'
import type { Context, Interruption } from '../../../model/interruption.ts'
import type { GcpClient } from '../client.ts'
import { DenyEditor } from '../deny/editor.ts'
import { lacks } from '../settings/one-way.ts'
import { DENY_PERMISSIONS, readHeldDenials, stepDownTo, writeDenials } from '../settings/own-denial.ts'
import { isDefaultAccount, serviceAccount } from '../settings/service-account.ts'
import { accountResource, textOf, tokenSeconds } from '../settings/settings.ts'

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
 * have not expired (IAM documentation, "Disable and enable service accounts"). Hence the horizon, and a step-down: the
 * account is enabled, and denied what an intruder needs most until the old tokens are over.
 */
export const serviceAccountDisable: Interruption<GcpClient, Params> = {
  id: 'gcp.service-account.disable',
  summary: 'Disable the service account: its tokens, keys and impersonation are rejected',
  verbs: ['disable', 'revoke-sessions'],
  on: ['service-account'],
  leaves: 'ID tokens and signatures checked by third parties until they expire; domain-wide delegation',
  reversal: { kind: 'exact' },
  permissions: {
    read: ['iam.serviceAccounts.get'],
    cut: ['iam.serviceAccounts.disable'],
    restore: ['iam.serviceAccounts.enable', ...Object.values(DENY_PERMISSIONS)],
  },
  params: Params,
  example: { allowDefault: false },
  refuse(facet, { identity, params }) {
    if (entryOf(facet, 'status') !== 'enabled' || Params.parse(params).allowDefault) return undefined
    return isDefaultAccount(identity.name)
      ? 'a default account: all machines and functions without an account of their own would stop (allowDefault: true allows it)'
      : undefined
  },
  async read(client, context) {
    const { identity } = context
    const [account, denials] = await Promise.all([
      serviceAccount(client, identity),
      readHeldDenials(client, context),
    ])
    if (account === undefined) return undefined
    const status: Facet = { status: account.disabled === true ? 'disabled' : 'enabled' }
    const { maxTokenSeconds } = identity.facts
    return {
      uid: account.uniqueId ?? '',
      facet: withEntries(status, denials),
      seen: { maxTokenSeconds: typeof maxTokenSeconds === 'number' ? maxTokenSeconds : 'unknown' },
    }
  },
  cut: facet =>
    entryOf(facet, 'status') === 'enabled' ? withEntries(facet, [['status', 'disabled']]) : facet,
  async write(client, from, to, context) {
    const status = textOf(to, 'status')
    const turns = status !== textOf(from, 'status')
    const denials = writeDenials(client, from, to, context)
    if (turns && status === 'enabled') {
      await denials.done
      // Not before the deny is enforced: the old tokens would work until then.
      if (denials.denied) await DenyEditor.of(client).settled()
      await turn(client, context, 'enable')
      return
    }
    if (turns && status !== 'disabled') {
      throw new Fault('rejected', `an account cannot be set to ${status ?? 'nothing'}`, {
        where: context.identity.id,
      })
    }
    if (turns) await turn(client, context, 'disable')
    await denials.done
  },
  horizon: tokenSeconds,
  stepDown: (restored, context) =>
    entryOf(restored, 'status') === 'enabled' ? stepDownTo(restored, context) : restored,
  settles: 60,
  // A deny policy is out of reach of project owners; neither stops more than a disabled account is stopped.
  companions: ['gcp.service-account.quarantine', 'gcp.service-account-key.disable'],
  oneWay: (client, { identity }) =>
    lacks(client, accountResource(client, identity), 'iam.serviceAccounts.enable'),
}

/** Disabling what is disabled, and enabling what is enabled, changes nothing (IAM documentation, same page). */
async function turn(client: GcpClient, { identity }: Context, verb: 'enable' | 'disable'): Promise<void> {
  await client.call({
    service: 'iam',
    operation: `iam.projects.serviceAccounts.${verb}`,
    method: 'POST',
    path: `/v1/${accountResource(client, identity)}:${verb}`,
    body: {},
  })
}
