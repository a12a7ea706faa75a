import { differences, entryOf, type Facet, withEntries } from '../../../model/facet.ts'
import { Fault } from '../../../model/fault.ts'
import type { Context } from '../../../model/interruption.ts'
import type { Json } from '../../../model/json.ts'
import type { GcpClient } from '../client.ts'
import { rulesFromJson, rulesToJson, serviceAccountPrincipal } from '../deny/document.ts'
import { DenyEditor, type OwnPolicy } from '../deny/editor.ts'
import { USUAL } from '../deny/permissions.ts'

/** `deny/projects/acme-prod/interdict-7f3k2m`: what a deny policy of ours, attached there, denies the identity. */
export function denyEntry(resource: string, id: string): string {
  return `deny/${resource}/${id}`
}

/** Deny policies are named with 3 to 63 of these letters (IAM API reference, "policies.createPolicy"). */
export function denyPolicyId(run: string, part?: string): string {
  const name = `interdict-${run.toLowerCase().replace(/[^a-z0-9.-]/g, '-')}`
  return part === undefined ? name.slice(0, 63) : `${name.slice(0, 62 - part.length)}-${part}`
}

export function isDenyEntry(entry: string): boolean {
  return entry.startsWith('deny/')
}

function ownPolicyOf(client: GcpClient, { run, identity }: Context, entry: string): OwnPolicy {
  const match = /^deny\/((?:projects|folders|organizations)\/[^/]+)\/([a-z][a-z0-9.-]{2,62})$/.exec(entry)
  const [, resource = '', id = ''] = match ?? []
  if (!match) throw new Fault('rejected', `no deny policy of ours: ${entry}`, { where: identity.id })
  // Google's answer has the number, also if the question had the id.
  const own = resource === `projects/${identity.account}`
  return { at: own ? `projects/${client.projectNumber}` : resource, id, run }
}

/**
 * The value of an entry now; undefined when nothing is denied. A deny that this change does not hold yet cannot be there, because its
 * name has the run's id: while containing, no call of the few that the quota allows is spent on it. And where the engine
 * comes back later, a reading that the quota does not allow counts as nothing: the write finds out.
 */
export async function readDenial(
  client: GcpClient,
  context: Context,
  entry: string,
): Promise<Json | undefined> {
  const { postpone = false, held = [], identity } = context
  const own = { ...ownPolicyOf(client, context, entry), patient: !postpone }
  const editor = DenyEditor.of(client)
  const principal = serviceAccountPrincipal(identity.name)
  const rules =
    postpone && !held.includes(entry)
      ? editor.known(own, principal)
      : await editor.read(own, principal).catch((error: unknown) => {
          if (postpone && error instanceof Fault && error.retryAfter !== undefined) return []
          throw error
        })
  return rules.length === 0 ? undefined : rulesToJson(rules)
}

/**
 * Carries out the differing `deny/` entries; queued before it returns, for all entries. `denied`: some were added, which takes a
 * while until it is enforced.
 */
export function writeDenials(
  client: GcpClient,
  from: Facet,
  to: Facet,
  context: Context,
): { done: Promise<void>; denied: boolean } {
  const open = differences(from, to).filter(({ entry }) => isDenyEntry(entry))
  const editor = open.length === 0 ? undefined : DenyEditor.of(client)
  const edits = open.map(({ entry }) => {
    const before = rulesFromJson(entryOf(from, entry))
    const after = rulesFromJson(entryOf(to, entry))
    if (!before || !after) {
      throw new Fault('rejected', `not the rules of a deny policy: ${entry}`, { where: context.identity.id })
    }
    const own = { ...ownPolicyOf(client, context, entry), patient: context.postpone !== true }
    return editor?.edit(own, serviceAccountPrincipal(context.identity.name), before, after)
  })
  return {
    done: Promise.all(edits).then(() => undefined),
    denied: open.some(({ to: wanted }) => wanted !== undefined),
  }
}

/**
 * The deny that a step-down leaves: nothing distinguishes old tokens from new ones, so that the account is denied what an intruder needs most
 * until the old ones are over. All interruptions of an account leave the same.
 */
export function stepDownTo(restored: Facet, { run, identity }: Context): Facet {
  const entry = denyEntry(`projects/${identity.account}`, denyPolicyId(run, 'tokens'))
  if (entryOf(restored, entry) !== undefined) return restored
  return withEntries(restored, [[entry, rulesToJson([{ permissions: [...USUAL] }])]])
}

/** The entries of deny policies that this change holds, as they are now. */
export async function readHeldDenials(
  client: GcpClient,
  context: Context,
): Promise<[entry: string, value: Json | undefined][]> {
  const entries = (context.held ?? []).filter(isDenyEntry)
  return await Promise.all(
    entries.map(
      async (entry): Promise<[string, Json | undefined]> => [entry, await readDenial(client, context, entry)],
    ),
  )
}

export const DENY_PERMISSIONS = {
  get: 'iam.denypolicies.get',
  create: 'iam.denypolicies.create',
  update: 'iam.denypolicies.update',
  delete: 'iam.denypolicies.delete',
} as const
