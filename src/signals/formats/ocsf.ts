import type { Signal } from '../../model/signal.ts'
import type { AnyCloud } from '../any-cloud.ts'
import type { CloudRecords } from '../cloud-records.ts'
import { countryOf } from '../country-code.ts'
import type { Draft } from '../draft.ts'
import { timeOf } from '../draft.ts'
import type { Format } from '../format.ts'
import { at, isMembers, listAt, type Members, textAt } from '../members.ts'
import { OCSF } from '../provenance.ts'
import { OcsfWho } from './ocsf-who.ts'

const API_ACTIVITY = 6003
const DETECTION_FINDING = 2004
const AUTHENTICATION = 3002
/**
 * Classes of Identity & Access Management: Account Change, Authentication, Authorize Session, Entity Management, User
 * Access Management; 3007 takes the place of 3001 in version 1.9. AWS's own mapping puts the calls of IAM and STS into
 * them, with `api` from the profile Cloud.
 */
const ACCESS: { readonly [uid: number]: string | undefined } = {
  3001: 'account-change',
  [AUTHENTICATION]: 'authentication',
  3003: 'authorize-session',
  3004: 'entity-management',
  3005: 'user-access-management',
  3007: 'account-change',
}
/** `severity_id` 0 Unknown, 1 Informational, 2 Low, 3 Medium, 4 High, 5 Critical, 6 Fatal. */
const SEVERITY = [0, 10, 30, 50, 75, 95, 100]
/** A finding that is suppressed, resolved or archived: `status_id` 3 to 5. Its deletion is activity 3, Close. */
const OVER: ReadonlySet<unknown> = new Set([3, 4, 5])

/**
 * Open Cybersecurity Schema Framework 1.1 to 1.9: API Activity, Detection Finding, Identity & Access Management.
 *
 * @param clouds how each cloud's own mapping names things
 */
export function ocsf(clouds: readonly Pick<CloudRecords, 'cloud' | 'ocsf'>[], names: AnyCloud): Format {
  const who = new OcsfWho(clouds, names)
  return {
    name: OCSF,
    fits({ class_uid: uid }) {
      return uid === API_ACTIVITY || uid === DETECTION_FINDING || (typeof uid === 'number' && uid in ACCESS)
    },
    read(record) {
      if (record['class_uid'] !== DETECTION_FINDING) return [activity(record, who)]
      return OVER.has(record['status_id']) || record['activity_id'] === 3 ? [] : [finding(record, who)]
    },
  }
}

function activity(record: Members, who: OcsfWho): Draft {
  const [service, operation] = [textAt(record, 'api', 'service', 'name'), textAt(record, 'api', 'operation')]
  const code = textAt(record, 'api', 'response', 'error')
  const request = requestOf(record)
  return {
    ...shared(record, actorOf(record), who),
    ...assumedRole(record, operation, request, who),
    action: actionOf(record, who.serviceOf(service), operation),
    resource: resourceOf(record, who.targetOf(request)),
    outcome: outcomeOf(record, code),
    // How often it happened between the record's start and end (OCSF, base event).
    count: record['count'],
    details: {
      ...sharedDetails(record, who),
      service,
      operation,
      class: record['class_uid'],
      activity: record['activity_id'],
      activityName: record['activity_name'],
      targetUser: textAt(record, 'user', 'uid') ?? textAt(record, 'user', 'name'),
      errorCode: code,
      errorMessage: at(record, 'api', 'response', 'message'),
      mfa: record['is_mfa'],
    },
  }
}

/** The one who acts. In the class Authentication it is `user`, where no actor is named; elsewhere `user` is acted upon. */
function actorOf(record: Members): unknown {
  const actor = record['actor']
  if (isMembers(at(actor, 'user')) || isMembers(at(actor, 'session'))) return actor
  const isSubject = record['class_uid'] === AUTHENTICATION || record['class_uid'] === 3003
  return isSubject ? { user: record['user'], session: record['session'] } : actor
}

/** Who comes from outside the account becomes the role in the request: a web identity, a SAML user, another account. */
function assumedRole(
  record: Members,
  operation: string | undefined,
  request: Members,
  who: OcsfWho,
): Pick<Draft, 'account' | 'identity'> | undefined {
  if (operation === undefined) return undefined
  const userType = textAt(actorOf(record), 'user', 'type') ?? ''
  const { account, identity } = who.assumed({ operation, userType, request }) ?? {}
  return identity && { account, identity }
}

/** The call's parameters, which AWS's mapping writes as JSON in a text. */
function requestOf(record: Members): Members {
  const data = at(record, 'api', 'request', 'data')
  if (isMembers(data)) return data
  if (typeof data !== 'string') return {}
  try {
    const parsed: unknown = JSON.parse(data)
    return isMembers(parsed) ? parsed : {}
  } catch {
    return {}
  }
}

function actionOf(
  record: Members,
  service: string | undefined,
  operation: string | undefined,
): string | undefined {
  if (operation !== undefined) {
    return service === undefined ? operation : `${service}:${operation}`
  }
  const name = ACCESS[Number(record['class_uid'])]
  const activity = textAt(record, 'activity_name') ?? textAt(record, 'activity_id')
  return name === undefined || activity === undefined ? undefined : `${name}:${activity}`
}

function resourceOf(record: Members, target: string | undefined): string | undefined {
  for (const resource of [
    ...listAt(record, 'resources').slice(0, 10),
    record['resource'],
    record['entity'],
  ]) {
    const found = textAt(resource, 'uid') ?? textAt(resource, 'name')
    if (found !== undefined) return found
  }
  return target ?? textAt(record, 'user', 'uid') ?? textAt(record, 'user', 'name')
}

function finding(record: Members, who: OcsfWho): Draft {
  const info = record['finding_info']
  const actor = record['actor'] ?? at(record, 'evidences', '0', 'actor')
  const severity = Number(record['severity_id'])
  const found = shared(record, actor, who)
  const named = found.identity.id === undefined ? who.ofResources(record) : undefined
  const accused = actor === undefined || named?.identity.id !== undefined ? named : undefined
  return {
    ...found,
    ...(accused === undefined
      ? {}
      : { account: accused.account ?? found.account, identity: accused.identity }),
    action: textAt(record, 'evidences', '0', 'api', 'operation') ?? 'finding',
    resource: textAt(record, 'resources', '0', 'uid'),
    outcome: 'success',
    finding: {
      category: textAt(info, 'types', '0') ?? textAt(info, 'title') ?? 'finding',
      severity: SEVERITY[severity] ?? 0,
    },
    details: { ...sharedDetails(record, who), title: at(info, 'title'), findingId: at(info, 'uid') },
  }
}

function shared(
  record: Members,
  actor: unknown,
  who: OcsfWho,
): Pick<Draft, 'id' | 'time' | 'cloud' | 'account' | 'identity'> & {
  sourceIp: string | undefined
  country: string | undefined
  userAgent: string | undefined
  recordedIn: string | undefined
} {
  const endpoint = record['src_endpoint'] ?? at(record, 'evidences', '0', 'src_endpoint')
  const found = who.actor(record, actor)
  return {
    id: textAt(record, 'metadata', 'uid'),
    // `time_dt` is the same in RFC 3339, of the profile Date/Time.
    time: timeOf(record['time']) === undefined ? record['time_dt'] : record['time'],
    cloud: found.cloud,
    account: found.account,
    recordedIn: textAt(record, 'cloud', 'account', 'uid'),
    identity: found.identity,
    sourceIp: textAt(endpoint, 'ip'),
    country: countryOf(textAt(endpoint, 'location', 'country')),
    userAgent: textAt(record, 'http_request', 'user_agent'),
  }
}

const SUCCESS = 1
const FAILURE = 2
/** `action_id` of the profile Security Control: 2 Denied. `disposition_id`: 2 Blocked. */
const DENIED = 2

/**
 * A status that is unknown (0), other (99) or missing says nothing: AWS's mapping writes 99 where a call has no error
 * code. Then the error decides, and its absence is success. An error beside a success is believed, so that a doubtful call contains nobody.
 */
function outcomeOf(record: Members, code: string | undefined): Signal['outcome'] {
  if (record['action_id'] === DENIED || record['disposition_id'] === DENIED) return 'denied'
  const said = code ?? textAt(record, 'status_code') ?? textAt(record, 'status_detail')
  const status = textAt(record, 'status') ?? ''
  const isFailure =
    record['status_id'] === FAILURE || (!isStatus(record['status_id']) && /^fail/i.test(status))
  if (code === undefined && !isFailure) return 'success'
  return /denied|unauthori[sz]ed|forbidden|permission/i.test(said ?? '') ? 'denied' : 'failure'
}

function isStatus(id: unknown): boolean {
  return id === SUCCESS || id === FAILURE
}

function sharedDetails(record: Members, who: OcsfWho): Members {
  return {
    product: at(record, 'metadata', 'product', 'name'),
    version: at(record, 'metadata', 'version'),
    provider: who.cloudOf(record),
    region: at(record, 'cloud', 'region'),
    severity: record['severity_id'],
    status: record['status'],
  }
}
