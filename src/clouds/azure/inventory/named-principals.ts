import { Fault } from '../../../model/fault.ts'
import type { Query } from '../../../model/provider.ts'
import { currentAsking } from '../../../model/purpose.ts'
import type { AzureClient } from '../client.ts'
import { REFUSALS } from '../http/faults.ts'
import { graphList, graphRead } from '../http/read-requests.ts'
import { askLists, groupsAndOwners } from './directory-lookups.ts'
import { directoryRoleCall } from './directory-names.ts'
import { Grants } from './grants.ts'
import type { Losses } from './listing-losses.ts'
import { applicationsWith, type Meant, principalsMeant, principalsWith } from './lookup.ts'
import { rightCalls } from './named-rights.ts'
import {
  APPLICATION_FIELDS,
  type ApplicationRecord,
  PRINCIPAL_FIELDS,
  type PrincipalRecord,
} from './records.ts'

/** Facts that only a listing of the whole tenant tells. */
const OF_ALL = ['lastUsed', 'unusedDays', 'usedBy']

/** Principals and applications that are meant, with their counterparts and their rights. */
export interface NamedPrincipals {
  /** Those that are meant, and those of the applications that are. */
  principals: PrincipalRecord[]
  /** Those that are meant. */
  applications: ApplicationRecord[]
  /** The applications of the principals besides. */
  counterparts: ApplicationRecord[]
  grants: Grants
}

/** Whether what is meant can be asked about by itself: within a stage, for which the answers of a batch are kept. */
export function isAskedAlone({ facts }: Query): boolean {
  return (
    currentAsking().since !== undefined && facts !== undefined && !OF_ALL.some(each => facts.includes(each))
  )
}

/**
 * Reads what is meant in a few batches, with its rights by the questions about it alone. Undefined where one of the objects
 * may not be asked for by itself, so that all have to be listed.
 */
export async function namedPrincipals(
  client: AzureClient,
  meant: Meant,
  losses: Losses,
): Promise<NamedPrincipals | undefined> {
  await askAhead(client, meant)
  const applications = await applicationsMeant(client, meant)
  const principals = applications && (await principalsMeant(client, meant, applications))
  if (!applications || !principals) return undefined
  const ids = principals.map(({ id }) => id)
  const [counterparts] = await Promise.all([
    counterpartsOf(client, principals, applications),
    client.batch(ids.flatMap(id => [...groupsAndOwners(id), ...rightCalls(id)])),
  ])
  if (!counterparts) return undefined
  const grants = new Grants()
  if (ids.length > 0) await grants.loadNamed(client, ids, (what, find) => losses.unless(what, find))
  return { principals, applications, counterparts, grants }
}

/** Everything that can be asked at once, in one batch: a part that is asked for afterwards is answered already. */
async function askAhead(client: AzureClient, { principals, applications }: Meant): Promise<void> {
  const ids = [...principals.ids]
  await client.batch([
    ...ids.flatMap(id => [
      graphRead('/v1.0/servicePrincipals/{id}', { $select: PRINCIPAL_FIELDS }, id),
      ...groupsAndOwners(id),
      ...rightCalls(id),
      graphList('/v1.0/servicePrincipals/{id}/appRoleAssignedTo', {}, id),
    ]),
    ...[...principals.appIds].map(principalsWith),
    ...applicationCalls(applications),
    directoryRoleCall(),
  ])
}

function applicationCalls({ ids, appIds }: Meant['applications']) {
  const $select = APPLICATION_FIELDS
  return [
    ...[...ids].map(id => graphRead('/v1.0/applications/{id}', { $select }, id)),
    ...[...appIds].map(applicationsWith),
  ]
}

async function applicationsMeant(
  client: AzureClient,
  { applications }: Meant,
): Promise<ApplicationRecord[] | undefined> {
  const found = new Map<string, ApplicationRecord>()
  const answers = await client.batch<ApplicationRecord & { value?: ApplicationRecord[] }>(
    applicationCalls(applications),
  )
  for (const answer of answers) {
    if (answer instanceof Fault) {
      if (answer.code === 'gone') continue
      if (REFUSALS.has(answer.code)) return undefined
      throw answer
    }
    for (const each of answer.value ?? [answer]) found.set(each.id, each)
  }
  return [...found.values()]
}

/** The applications of the principals whose application is not known yet. */
async function counterpartsOf(
  client: AzureClient,
  principals: readonly PrincipalRecord[],
  applications: readonly ApplicationRecord[],
): Promise<ApplicationRecord[] | undefined> {
  const known = new Set(applications.flatMap(({ appId }) => appId?.toLowerCase() ?? []))
  const open = principals.flatMap(({ appId }) => (appId && !known.has(appId.toLowerCase()) ? [appId] : []))
  const found: ApplicationRecord[] = []
  for (const answer of await askLists<ApplicationRecord>(client, [...new Set(open)].map(applicationsWith))) {
    if (!(answer instanceof Fault)) found.push(...answer)
    else if (REFUSALS.has(answer.code)) return undefined
    else throw answer
  }
  return found
}
