import type { Context, Interruption, Reading } from '../../../model/interruption.ts'
import { unlessGone } from '../../kit/http/faults.ts'
import { hasOwn, isExhausted, withOwn } from '../../kit/lens/own-object.ts'
import type { AwsClient } from '../client.ts'
import { fitsInline, inlineSize, quotaOf } from './headroom.ts'
import type { Principal } from './principal.ts'
import { writeSettings } from './settings.ts'

export const NO_ROOM =
  'no room for another inline policy: its inline policies are at their quota (white space not counted)'

type Lens = Pick<Interruption<AwsClient>, 'reversal' | 'permissions' | 'refuse' | 'read' | 'cut' | 'write'>

/**
 * One inline policy of ours on a user or role: there or not. An existing one stays as it is, so that cutting again
 * neither moves a moment nor writes.
 */
export function ownPolicy(
  principal: Principal,
  policy: (context: Context) => string,
  text: (context: Context) => string,
): Lens {
  const { noun } = principal
  const own = (context: Context) => ({ entry: `inline/${policy(context)}`, value: text(context) })
  const hasRoom = (context: Context) =>
    !isExhausted(context, own(context)) && fitsInline(context.seen, text(context))
  return {
    reversal: { kind: 'exact' },
    permissions: {
      read: [
        `iam:Get${noun}`,
        `iam:List${noun}Policies`,
        `iam:Get${noun}Policy`,
        'iam:GetAccountSummary',
        'iam:SimulatePrincipalPolicy',
      ],
      cut: [`iam:Put${noun}Policy`],
      restore: [`iam:Delete${noun}Policy`],
    },
    refuse: (facet, context) => (hasOwn(facet, own(context)) || hasRoom(context) ? undefined : NO_ROOM),
    read: (client, context) => read(principal, client, context, policy(context)),
    cut: (facet, context) => (hasRoom(context) ? withOwn(facet, own(context), context) : facet),
    write: writeSettings(principal),
  }
}

/** The policy's text, and while it is not there how much room there is for it. */
async function read(
  principal: Principal,
  client: AwsClient,
  { identity, only }: Context,
  policy: string,
): Promise<Reading | undefined> {
  const { name } = identity
  return unlessGone(
    (async () => {
      const [self, names] = await Promise.all([
        principal.self(client, name),
        only ? [policy] : principal.inlineNames(client, name),
      ])
      const text = names.includes(policy)
        ? await unlessGone(principal.inline(client, name, policy))
        : undefined
      if (text !== undefined) return { uid: self.uid, facet: { [`inline/${policy}`]: text } }
      if (only) return { uid: self.uid, facet: {} }
      const [inlineUsed, inlineQuota] = await Promise.all([
        inlineSize(principal, client, name, names),
        quotaOf(client, principal.inlineQuotaName, principal.inlineQuota),
      ])
      return { uid: self.uid, facet: {}, seen: { inlineUsed, inlineQuota } }
    })(),
  )
}
