import { Fault } from '../../../model/fault.ts'
import type { Query } from '../../../model/provider.ts'
import type { AzureCall, AzureClient } from '../client.ts'
import { graphRead, quoted } from '../http/read-requests.ts'
import { askLists } from './directory-lookups.ts'
import {
  APPLICATION_FIELDS,
  type ApplicationRecord,
  PRINCIPAL_FIELDS,
  type PrincipalRecord,
} from './records.ts'

/** More than this, and a listing is the shorter way. */
const MOST = 20
/** Object ids and app ids; anything else is the name of nothing, and is not put into a path. */
const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** Principals and applications that are meant, by object id and by app id in lower case. */
export interface Meant {
  principals: { ids: ReadonlySet<string>; appIds: ReadonlySet<string> }
  applications: { ids: ReadonlySet<string>; appIds: ReadonlySet<string> }
}

/** Undefined where something else is meant as well, so that all have to be listed. */
export function meantIn({ only }: Query): Meant | undefined {
  if (only === undefined || only.length > MOST) return undefined
  const of = () => ({ ids: new Set<string>(), appIds: new Set<string>() })
  const [principals, applications] = [of(), of()]
  for (const { kind, name, appId } of only) {
    const into = kind === 'application' ? applications : principals
    if (kind !== 'application' && kind !== 'service-principal' && kind !== 'managed-identity')
      return undefined
    if (name !== undefined && GUID.test(name)) into.ids.add(name.toLowerCase())
    else if (appId !== undefined && GUID.test(appId)) into.appIds.add(appId.toLowerCase())
    else return undefined
  }
  return { principals, applications }
}

/** The principals of this tenant with an app id: one, or none. */
export const principalsWith = (appId: string): AzureCall =>
  graphRead('/v1.0/servicePrincipals', {
    $filter: `appId eq ${quoted(appId)}`,
    $select: PRINCIPAL_FIELDS,
  })

/** The applications of this tenant with an app id: one, or none. */
export const applicationsWith = (appId: string): AzureCall =>
  graphRead('/v1.0/applications', { $filter: `appId eq ${quoted(appId)}`, $select: APPLICATION_FIELDS })

export function isMeant({ applications: { ids, appIds } }: Meant, { id, appId }: ApplicationRecord): boolean {
  return ids.has(id.toLowerCase()) || (appId ? appIds.has(appId.toLowerCase()) : false)
}

/**
 * The principals that are meant, and those of the applications that are: a few questions in one batch. Undefined where
 * one of them is not answered.
 *
 * @param applications those that are meant
 */
export async function principalsMeant(
  client: AzureClient,
  { principals }: Meant,
  applications: readonly ApplicationRecord[],
): Promise<PrincipalRecord[] | undefined> {
  const ids = [...principals.ids]
  const appIds = new Set(principals.appIds)
  for (const { appId } of applications) if (appId) appIds.add(appId.toLowerCase())
  const $select = PRINCIPAL_FIELDS
  const [byId, byAppId] = await Promise.all([
    client.batch<PrincipalRecord>(ids.map(id => graphRead('/v1.0/servicePrincipals/{id}', { $select }, id))),
    askLists<PrincipalRecord>(client, [...appIds].map(principalsWith)),
  ])
  const found = new Map<string, PrincipalRecord>()
  for (const answer of [...byId, ...byAppId]) {
    if (answer instanceof Fault) {
      if (answer.code === 'gone') continue
      if (['denied', 'rejected', 'unsupported'].includes(answer.code)) return undefined
      throw answer
    }
    for (const each of Array.isArray(answer) ? answer : [answer]) found.set(each.id, each)
  }
  return [...found.values()]
}
