import { Fault } from '../../../model/fault.ts'
import type { Identity } from '../../../model/identity.ts'
import { Answers, perClient } from '../../kit/session/per-client.ts'
import type { AzureClient } from '../client.ts'
import { graphRights } from '../graph-rights.ts'
import { sameGuid } from '../inventory/facts.ts'
import { armCall, authorization, RIGHTS_READ, VERSIONS } from './arm.ts'

/**
 * Why we could not put something back at Graph, by what our own token says we may do. Throws Fault `unsupported` where the token
 * cannot tell (a person's says what the program may do for them, not what they may; `Application.ReadWrite.OwnedBy` reaches what
 * we own): that is a doubt, not a lack.
 */
export async function lacksAtGraph(
  client: AzureClient,
  needed: readonly string[],
  { owners }: { owners?: readonly string[] | undefined } = {},
): Promise<string | undefined> {
  const rights = await graphRights(client, needed)
  const missing = needed.filter(each => rights.get(each)?.held === 'no')
  if (missing.length > 0) {
    return `these credentials could not put it back: Microsoft Graph asks for ${missing.join(' and ')}`
  }
  const { oid } = await client.claims()
  const isOurs = oid !== undefined && (owners ?? []).some(each => sameGuid(each, oid))
  const doubts = needed.flatMap(each => {
    const right = rights.get(each)
    if (right?.held === 'unknown') return [right.why]
    return right?.held === 'part' && !isOurs ? [`${each}: ${right.where}`] : []
  })
  if (doubts.length === 0) return undefined
  throw new Fault('unsupported', [...new Set(doubts)].join('; '))
}

/** Object ids of the owners of an identity, where they were listed. */
export function ownersOf({ facts: { owners } }: Identity): string[] | undefined {
  return Array.isArray(owners) ? owners.map(String) : undefined
}

export interface Right {
  actions?: string[] | null
  notActions?: string[] | null
  /** Of the role assignment that gives it, which may narrow whom roles are given to. */
  condition?: string | null
}

/**
 * Why we could not put something back at these scopes, by what Azure says that we may do there. It leaves out conditions on
 * our own role assignments: a delegation under a condition may be refused all the same (Azure RBAC, "Permissions - List for
 * resource").
 */
export async function lacksInAzure(
  client: AzureClient,
  scopes: Iterable<string>,
  needed: readonly string[],
): Promise<string | undefined> {
  const missing = await missingInAzure(client, scopes, needed)
  return missing === undefined ? undefined : `these credentials could not put it back: they lack ${missing}`
}

/** The first of these scopes at which Azure says that we may not do all of this, and what is missing there. Throws where Azure does not say. */
export async function missingInAzure(
  client: AzureClient,
  scopes: Iterable<string>,
  needed: readonly string[],
): Promise<string | undefined> {
  for (const scope of new Set(scopes)) {
    const rights = await rightsAt(client, scope)
    const missing = needed.filter(action => !rights.some(right => grants(right, action)))
    if (missing.length > 0) return `${missing.join(' and ')} at ${scope}`
  }
  return undefined
}

const rightsOf = perClient((_: AzureClient) => new Answers<Right[]>())

async function rightsAt(client: AzureClient, scope: string): Promise<Right[]> {
  return await rightsOf(client).once(scope.toLowerCase(), async () => {
    const id = authorization(scope, 'permissions')
    return await Array.fromAsync(client.pages<Right>(armCall('GET', RIGHTS_READ, id, VERSIONS.permissions)))
  })
}

/** Whether permissions of a role allow an action, without conditions and deny assignments. */
export function grants({ actions, notActions }: Right, action: string): boolean {
  const matches = (pattern: string) => matchesAction(pattern, action)
  return (actions ?? []).some(matches) && !(notActions ?? []).some(matches)
}

/** `*` is any run of characters (Azure RBAC, "Understand Azure role definitions"). */
function matchesAction(pattern: string, action: string): boolean {
  const text = action.toLowerCase()
  const parts = pattern.toLowerCase().split('*')
  const [head = ''] = parts
  const tail = parts.at(-1) ?? ''
  if (parts.length === 1) return text === head
  if (!text.startsWith(head) || !text.slice(head.length).endsWith(tail)) return false
  let at = head.length
  for (const part of parts.slice(1, -1)) {
    const found = text.indexOf(part, at)
    if (found < 0 || found + part.length > text.length - tail.length) return false
    at = found + part.length
  }
  return true
}
