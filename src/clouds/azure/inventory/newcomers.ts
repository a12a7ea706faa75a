import { unlessBug } from '../../../model/fault.ts'
import type { Identity } from '../../../model/identity.ts'
import type { Maker, Newcomer, Newcomers, Since } from '../../../model/newcomer.ts'
import type { AzureClient } from '../client.ts'
import { graphList } from '../http/read-requests.ts'
import { azureId } from '../names.ts'
import { type Holder, keyIdentities } from './credentials.ts'
import { time as timeOf } from './facts.ts'
import { kindOf } from './principals.ts'
import type { ApplicationRecord, KeyRecord, PasswordRecord, PrincipalRecord } from './records.ts'

/** Objects of one listing that are read at most: twenty pages as large as Graph gives them. */
const MOST = 20_000
/** Entries of the audit log that are read at most. */
const MOST_AUDITS = 2_000

const FIELDS = 'id,appId,displayName,createdDateTime,passwordCredentials,keyCredentials'

/** One entry of the directory's audit log (Microsoft Graph, "directoryAudit"). */
interface Audit {
  initiatedBy?: {
    user?: { id?: string | null; userPrincipalName?: string | null } | null
    app?: { servicePrincipalId?: string | null; displayName?: string | null } | null
  } | null
  targetResources?: { id?: string | null }[] | null
}

/**
 * Applications, service principals and managed identities created since a moment, and secrets and certificates that are valid
 * from then on; with who created them where the directory's audit log may be read (`AuditLog.Read.All`). The log is minutes
 * late (Microsoft Learn, "Audit log latency"), so that a later look may know more.
 */
export async function newcomers(client: AzureClient, { time }: Since): Promise<Newcomers> {
  const problems: string[] = []
  const from = Math.floor(Date.parse(time) / 1000) * 1000
  const isNew = (at: string | null | undefined) => at != null && Date.parse(at) >= from
  const [applications, principals] = await Promise.all([
    listed<ApplicationRecord>(client, '/v1.0/applications', FIELDS, problems),
    listed<PrincipalRecord>(client, '/v1.0/servicePrincipals', `${FIELDS},servicePrincipalType`, problems),
  ])
  const found: (Newcomer & { target: string })[] = []
  for (const [kind, record] of [
    ...applications.map(each => ['application', each] as const),
    ...principals.map(each => [kindOf(each.servicePrincipalType), each] as const),
  ]) {
    const created = timeOf(record.createdDateTime)
    if (isNew(created)) {
      const identity = identityOf(client, kind, record)
      found.push({ identity, ...(created === undefined ? {} : { created }), target: record.id })
      continue
    }
    for (const identity of newKeys(client, kind, record, isNew)) found.push({ identity, target: record.id })
  }
  const makers = found.length === 0 ? new Map<string, Maker>() : await makersOf(client, time, problems)
  return {
    found: found.map(({ target, ...each }) => {
      const maker = makers.get(target.toLowerCase())
      return maker === undefined ? each : { ...each, maker }
    }),
    problems,
  }
}

async function listed<T>(
  client: AzureClient,
  path: string,
  fields: string,
  problems: string[],
): Promise<T[]> {
  const found: T[] = []
  for await (const each of client.pages<T>(graphList(path, { $select: fields }))) {
    if (found.push(each) < MOST) continue
    problems.push(`only the first ${MOST} of ${path} were looked at`)
    break
  }
  return found
}

/** A secret or certificate begins to be valid when it is added, unless who adds it says otherwise. */
function newKeys(
  { tenant, timing }: AzureClient,
  kind: Holder['kind'],
  record: ApplicationRecord | PrincipalRecord,
  isNew: (at: string | null | undefined) => boolean,
): Identity[] {
  const started = (each: PasswordRecord | KeyRecord) => isNew(each.startDateTime)
  const passwordCredentials = (record.passwordCredentials ?? []).filter(started)
  const keyCredentials = (record.keyCredentials ?? []).filter(started)
  if (passwordCredentials.length + keyCredentials.length === 0) return []
  const holder: Holder = { tenant, kind, objectId: record.id, called: record.displayName }
  return [...keyIdentities(holder, { ...record, passwordCredentials, keyCredentials }, timing.date())]
}

function identityOf(
  { tenant }: AzureClient,
  kind: string,
  { id, appId, displayName, createdDateTime }: ApplicationRecord | PrincipalRecord,
): Identity {
  return {
    id: azureId(tenant, kind, id),
    uid: id,
    cloud: 'azure',
    account: tenant,
    kind,
    name: id,
    facts: { displayName: displayName ?? '', appId: appId ?? '', created: createdDateTime ?? '' },
  }
}

/** By the object id of what was created or changed, in lower case; the first entry of each counts. */
async function makersOf(client: AzureClient, time: string, problems: string[]): Promise<Map<string, Maker>> {
  const found = new Map<string, Maker>()
  const filter = `activityDateTime ge ${time} and category eq 'ApplicationManagement'`
  let read = 0
  try {
    const pages = client.pages<Audit>(
      graphList('/v1.0/auditLogs/directoryAudits', { $filter: filter, $orderby: 'activityDateTime asc' }),
    )
    for await (const { initiatedBy, targetResources } of pages) {
      const { user, app } = initiatedBy ?? {}
      const uid = app?.servicePrincipalId ?? user?.id ?? undefined
      const name = app?.displayName ?? user?.userPrincipalName ?? uid
      for (const { id } of targetResources ?? []) {
        if (!id || !name || found.has(id.toLowerCase())) continue
        found.set(id.toLowerCase(), uid === undefined ? { name } : { name, uid })
      }
      if (++read >= MOST_AUDITS) break
    }
  } catch (error) {
    const { message } = unlessBug(error)
    problems.push(`who created them is not known: ${message}`)
  }
  return found
}
