import { Fault, type FaultRecord, unlessBug } from '../../../model/fault.ts'
import type { AzureClient, Subscription } from '../client.ts'
import { armRead } from '../http/read-requests.ts'
import type { Scope } from '../scope.ts'
import { sameGuid } from './facts.ts'

export interface Found {
  subscriptions: Subscription[]
  unreached: { account: string; fault: FaultRecord }[]
  /** Why they could not be listed at all. */
  refused?: Fault
}

interface Listed {
  subscriptionId: string
  displayName?: string
  state?: string
  tenantId?: string
}

/**
 * The subscriptions of the scope that we can see: all of the tenant, those named, those under management groups. Azure
 * shows a subscription to every principal that may read anything in it, so a missing one is reported.
 */
export async function subscriptionsOf(client: AzureClient, scope: Scope): Promise<Found> {
  const found: Found = { subscriptions: [], unreached: [] }
  const visible = await attempt('subscriptions', found, async () => await list(client))
  if (visible === undefined) return found
  const groups = scope.managementGroups ?? []
  const named = scope.subscriptions ?? (groups.length > 0 ? [] : ['all' as const])
  const wanted = new Set<string>()
  for (const each of named) {
    if (each === 'all') for (const { id } of visible) wanted.add(id.toLowerCase())
    else wanted.add(each.toLowerCase())
  }
  for (const group of groups) {
    const under = await attempt(
      `management group ${group}`,
      found,
      async () => await descendants(client, group),
    )
    for (const id of under ?? []) wanted.add(id.toLowerCase())
  }
  for (const id of wanted) {
    const one = visible.find(each => sameGuid(each.id, id))
    if (one) found.subscriptions.push(one)
    else {
      const fault = new Fault('denied', `subscription ${id} is not shown to these credentials`, {
        where: id,
        next: 'assign a role there, at least Reader, or take it out of scope.azure',
      })
      found.unreached.push({ account: id, fault: fault.record() })
    }
  }
  found.subscriptions.sort((a, b) => (a.id < b.id ? -1 : 1))
  return found
}

async function attempt<Result>(
  account: string,
  found: Found,
  work: () => Promise<Result>,
): Promise<Result | undefined> {
  try {
    return await work()
  } catch (error) {
    const fault = unlessBug(error)
    found.unreached.push({ account, fault: fault.record() })
    if (account === 'subscriptions') found.refused = fault
    return undefined
  }
}

async function list(client: AzureClient): Promise<Subscription[]> {
  const found: Subscription[] = []
  const call = armRead('/subscriptions', '2022-12-01', 'Microsoft.Resources/subscriptions/read')
  for await (const { subscriptionId, displayName, state, tenantId } of client.pages<Listed>(call)) {
    // A deleted one is still shown for a while; a guest's are of another tenant.
    if (state === 'Deleted' || (tenantId !== undefined && !sameGuid(tenantId, client.tenant))) continue
    found.push({ id: subscriptionId.toLowerCase(), name: displayName ?? subscriptionId })
  }
  return found
}

async function descendants(client: AzureClient, group: string): Promise<string[]> {
  const found: string[] = []
  const call = armRead(
    `/providers/Microsoft.Management/managementGroups/${group}/descendants`,
    '2020-05-01',
    'Microsoft.Management/managementGroups/descendants/read',
  )
  for await (const { type, name } of client.pages<{ type?: string; name?: string }>(call)) {
    if (name !== undefined && /\/subscriptions$/i.test(type ?? '')) found.push(name)
  }
  return found
}
