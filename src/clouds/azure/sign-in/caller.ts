import { type Fault, toFault } from '../../../model/fault.ts'
import type { Caller } from '../../../model/provider.ts'
import type { AzureClient } from '../client.ts'
import { REFUSALS } from '../http/faults.ts'
import { graphRead } from '../http/read-requests.ts'
import { sameGuid } from '../inventory/facts.ts'
import type { DirectoryAssignmentRecord, PrincipalRecord } from '../inventory/records.ts'
import type { Self } from '../inventory/spares.ts'
import { azureId } from '../names.ts'

/** The template of the directory's own highest role, the same in every tenant. */
const GLOBAL_ADMINISTRATOR = '62e90394-69f5-4237-9190-012177145e10'

/** Who we are, and what must stay because of it. */
export interface Me extends Self {
  caller: Caller
  warnings: { message: string; refuse: boolean }[]
}

/**
 * Who our token says that we are, and what belongs to us: the principal, its application, and the user behind a
 * delegated token. A token that does not say it (Microsoft calls them opaque) lets us cut nothing.
 */
export async function whoAmI(client: AzureClient): Promise<Me> {
  const { oid, appid, tid, user, scopes } = await client.claims()
  if (oid === undefined) {
    return {
      caller: { name: 'unknown', uids: [] },
      uids: [],
      owners: [],
      lastGlobalAdministrator: undefined,
      undecidedGlobal: undefined,
      appId: undefined,
      warnings: [{ message: 'the token does not say who we are, so we could cut ourselves', refuse: true }],
    }
  }
  const [principal, application, global] = await Promise.all([
    unlessUnseen(ownPrincipal(client, oid, appid)),
    appid === undefined ? undefined : unlessUnseen(ownApplication(client, appid)),
    lastOfRole(client, GLOBAL_ADMINISTRATOR).then(
      last => ({ last, because: undefined }),
      (error: unknown) => ({ last: undefined, because: unseen(error).message }),
    ),
  ])
  const uids = [
    ...new Set([oid, principal?.id, application?.id].flatMap(id => (id ? [id.toLowerCase()] : []))),
  ]
  // A program that the person came with need not have a principal here: Microsoft's own often have none.
  const delegated = scopes.length > 0 || (principal !== undefined && !sameGuid(principal.id, oid))
  const name = principal?.displayName ?? appid ?? oid
  return {
    caller: { name: delegated ? `user ${user ?? oid} through ${name}` : `${name} (${appid ?? oid})`, uids },
    uids,
    owners: uids.flatMap(id =>
      ['service-principal', 'managed-identity', 'application'].map(kind => azureId(client.tenant, kind, id)),
    ),
    lastGlobalAdministrator: global.last,
    undecidedGlobal: global.because,
    // Of a person's token it is the program's, which is nobody's in this tenant.
    appId: delegated ? undefined : appid,
    warnings:
      tid !== undefined && !sameGuid(tid, client.tenant)
        ? [{ message: `the token is of tenant ${tid}, not of ${client.tenant}`, refuse: true }]
        : [],
  }
}

/** Of an app-only token it is the bearer itself; of a delegated one the program that the user came with. */
async function ownPrincipal(
  client: AzureClient,
  oid: string,
  appid: string | undefined,
): Promise<PrincipalRecord | undefined> {
  const $select = 'id,appId,displayName'
  const own = await unlessUnseen(
    client.call<PrincipalRecord>(graphRead('/v1.0/servicePrincipals/{id}', { $select }, oid)),
  )
  if (own !== undefined || appid === undefined) return own
  return await client.call<PrincipalRecord>(
    graphRead(
      `/v1.0/servicePrincipals(appId='${encodeURIComponent(appid)}')`,
      { $select },
      undefined,
      'GET /v1.0/servicePrincipals(appId={value})',
    ),
  )
}

async function ownApplication(client: AzureClient, appid: string): Promise<{ id: string }> {
  return await client.call<{ id: string }>(
    graphRead(
      `/v1.0/applications(appId='${encodeURIComponent(appid)}')`,
      { $select: 'id' },
      undefined,
      'GET /v1.0/applications(appId={value})',
    ),
  )
}

/** The only principal of a directory role, if it has just one. */
async function lastOfRole(client: AzureClient, role: string): Promise<string | undefined> {
  const holders = new Set<string>()
  const assignments = client.pages<DirectoryAssignmentRecord>(
    graphRead('/v1.0/roleManagement/directory/roleAssignments', {
      $filter: `roleDefinitionId eq '${role}'`,
      $select: 'id,principalId,roleDefinitionId',
    }),
  )
  for await (const { principalId } of assignments) holders.add(principalId.toLowerCase())
  const [first] = holders
  return holders.size === 1 ? first : undefined
}

/** Whether something is missing, or not visible to us; any other fault is a reason to stop. */
async function unlessUnseen<Found>(asked: Promise<Found>): Promise<Found | undefined> {
  try {
    return await asked
  } catch (error) {
    unseen(error)
    return undefined
  }
}

/** The fault of a refusal; throws every other one. */
function unseen(error: unknown): Fault {
  const fault = toFault(error)
  if (!REFUSALS.has(fault.code)) throw error
  return fault
}
