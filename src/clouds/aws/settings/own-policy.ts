import { entryOf, type Facet, withEntries } from '../../../model/facet.ts'
import type { Context, Interruption, Reading } from '../../../model/interruption.ts'
import type { AwsClient } from '../client.ts'
import { fitsInline, inlineSize, quotaOf } from './headroom.ts'
import type { Principal } from './principal.ts'
import { unlessGone, writeSettings } from './settings.ts'

export const NO_ROOM =
  'no room for another inline policy: its inline policies are at their quota (white space not counted)'

type Lens = Pick<Interruption<AwsClient>, 'reversal' | 'permissions' | 'refuse' | 'read' | 'cut' | 'write'>

/**
 * One inline policy of ours on a user or role: there or not. What is there stays as it is, so that cutting again
 * neither moves a moment nor writes.
 */
export function ownPolicy(
  principal: Principal,
  policy: (context: Context) => string,
  text: (context: Context) => string,
): Lens {
  const { noun } = principal
  const entry = (context: Context) => `inline/${policy(context)}`
  const isThere = (facet: Facet, context: Context) => entryOf(facet, entry(context)) !== undefined
  const hasRoom = (context: Context) =>
    !context.exhausted.includes(entry(context)) && fitsInline(context.seen, text(context))
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
    refuse: (facet, context) => (isThere(facet, context) || hasRoom(context) ? undefined : NO_ROOM),
    read: (client, context) => read(principal, client, context, policy(context)),
    cut: (facet, context) =>
      isThere(facet, context) || !hasRoom(context)
        ? facet
        : withEntries(facet, [[entry(context), text(context)]]),
    write: writeSettings(principal),
  }
}

/** The policy's text, and while it is not there how much room there is for it. */
async function read(
  principal: Principal,
  client: AwsClient,
  { identity }: Context,
  policy: string,
): Promise<Reading | undefined> {
  const { name } = identity
  return unlessGone(
    (async () => {
      const [self, names] = await Promise.all([
        principal.self(client, name),
        principal.inlineNames(client, name),
      ])
      const text = names.includes(policy)
        ? await unlessGone(principal.inline(client, name, policy))
        : undefined
      if (text !== undefined) return { uid: self.uid, facet: { [`inline/${policy}`]: text } }
      const [inlineUsed, inlineQuota] = await Promise.all([
        inlineSize(principal, client, name, names),
        quotaOf(client, principal.inlineQuotaName, principal.inlineQuota),
      ])
      return { uid: self.uid, facet: {}, seen: { inlineUsed, inlineQuota } }
    })(),
  )
}
