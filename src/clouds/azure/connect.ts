import { z } from 'zod'
import { Fault, unlessBug } from '../../model/fault.ts'
import type { Connected, ConnectOptions } from '../../model/provider.ts'
import type { Timing } from '../../model/timing.ts'
import { type AzureClient, azureClient, identityIssue, openSend, type Subscription } from './client.ts'
import { cloudOfAuthority, type Hosts, hostsOf } from './http/hosts.ts'
import { Lane } from './http/lane.ts'
import { BACKOFF, type Backoff } from './http/retry.ts'
import { claimsOf, clientIssue, type Issue, type TokenSource, tokenSource } from './http/tokens.ts'
import type { Send } from './http/wire.ts'
import { sameGuid } from './inventory/facts.ts'
import { subscriptionsOf } from './inventory/subscriptions.ts'
import { labCredentials, type Scope, scopeSchema } from './scope.ts'
import { openSession } from './session.ts'

/** A lab needs no rest. */
const LAB_BACKOFF: Backoff = { first: 100, most: 2_000 }

/** How we get in. */
interface Entrance {
  hosts: Hosts
  send: Send
  issue: Issue
  /** As it was asked for: an id, a domain, or empty for whichever the credentials are of. */
  tenant: string
  endpoint: string | undefined
  backoff: Backoff
}

/** Signs in to a tenant; its subscriptions that cannot be seen leave the others. */
export async function connect(options: ConnectOptions): Promise<Connected<AzureClient>> {
  const checked = scopeSchema.safeParse(options.scope)
  if (!checked.success) {
    throw new Fault('invalid-playbook', `scope.azure: ${z.prettifyError(checked.error)}`, {
      where: 'scope.azure',
    })
  }
  const scope = checked.data
  const { lab, callTimeout } = options
  const entrance = lab
    ? await labEntrance(lab, callTimeout, options.timing)
    : await liveEntrance(scope, callTimeout, options.environment)
  const { hosts, issue, endpoint, send, backoff } = entrance
  const asked = scope.tenant ?? entrance.tenant
  try {
    const tokens = tokenSource(issue, asked, hosts, options.timing)
    const tenant = await tenantOf(tokens, asked, options.signal)
    const subscriptions: Subscription[] = []
    const coverage: AzureClient['coverage'] = {}
    const { run, signal, timing } = options
    const client = azureClient({
      tenant,
      subscriptions,
      managementGroups: scope.managementGroups ?? [],
      coverage,
      hosts,
      tokens,
      send,
      lane: new Lane({ paced: endpoint === undefined, timing, signal }),
      backoff,
      ...(run === undefined ? {} : { run }),
      timing,
      ...(signal === undefined ? {} : { signal }),
    })
    const found = await subscriptionsOf(client, scope)
    subscriptions.push(...found.subscriptions)
    if (found.refused) coverage.refused = found.refused
    const session = await openSession(client, endpoint)
    return { sessions: [session], unreached: found.unreached }
  } catch (error) {
    const fault = unlessBug(error)
    return { sessions: [], unreached: [{ account: asked || 'self', fault: fault.record() }] }
  }
}

/** The id of the tenant that the token is of. */
async function tenantOf(
  tokens: TokenSource,
  asked: string,
  signal: AbortSignal | undefined,
): Promise<string> {
  const { tid } = claimsOf(await tokens.token('graph', signal === undefined ? {} : { signal }))
  const isId = z.guid().safeParse(asked).success
  if (tid === undefined) {
    if (isId) return asked.toLowerCase()
    throw new Fault('wrong-target', 'the token does not say which tenant it is of', {
      where: 'scope.azure.tenant',
      next: 'name the tenant by its id as scope.azure.tenant',
    })
  }
  if (isId && !sameGuid(tid, asked)) {
    throw new Fault('wrong-target', `expected tenant ${asked}, got a token of ${tid}`, {
      where: 'scope.azure.tenant',
    })
  }
  return tid.toLowerCase()
}

async function labEntrance(
  { endpoint, credentials }: NonNullable<ConnectOptions['lab']>,
  callTimeout: number | undefined,
  timing: Timing,
): Promise<Entrance> {
  const checked = labCredentials.safeParse(credentials)
  if (!checked.success) {
    throw new Fault('not-authenticated', `credentials of the lab: ${z.prettifyError(checked.error)}`)
  }
  const { tenantId, ...secret } = checked.data
  const hosts = hostsOf('AzurePublic', endpoint)
  const send = await openSend(endpoint, callTimeout)
  return {
    hosts,
    send,
    issue: clientIssue(send, hosts.authority, secret, LAB_BACKOFF, timing),
    tenant: tenantId,
    endpoint,
    backoff: LAB_BACKOFF,
  }
}

/**
 * From the scope and the environment: `AZURE_TENANT_ID` and `AZURE_AUTHORITY_HOST` as Azure's own tools have them, and
 * `INTERDICT_AZURE_ENDPOINT` for an emulator that answers for all of them.
 */
async function liveEntrance(
  scope: Scope,
  callTimeout: number | undefined,
  environment: ConnectOptions['environment'] = process.env,
): Promise<Entrance> {
  const { AZURE_TENANT_ID, AZURE_AUTHORITY_HOST, INTERDICT_AZURE_ENDPOINT } = environment
  const endpoint = INTERDICT_AZURE_ENDPOINT || undefined
  const authority = scope.authority ?? (AZURE_AUTHORITY_HOST || undefined)
  const known = authority === undefined ? undefined : cloudOfAuthority(authority)
  const hosts = hostsOf(scope.cloud ?? known ?? 'AzurePublic', endpoint, authority)
  const { credential, clientId } = scope
  const tenant = scope.tenant ?? AZURE_TENANT_ID ?? ''
  return {
    hosts,
    send: await openSend(endpoint, callTimeout),
    issue: identityIssue({
      credential,
      authority: hosts.authority,
      private: endpoint !== undefined || (authority !== undefined && known === undefined),
      ...(tenant === '' ? {} : { tenant }),
      ...(clientId === undefined ? {} : { clientId }),
    }),
    tenant,
    endpoint: endpoint === undefined ? undefined : hosts.graph,
    backoff: BACKOFF,
  }
}
