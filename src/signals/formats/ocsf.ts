import type { Signal } from '../../model/signal.ts'
import { anyIdentity, type Found } from '../any-cloud.ts'
import type { Draft } from '../draft.ts'
import type { Format } from '../format.ts'
import { at, listAt, type Members, textAt } from '../members.ts'

const API_ACTIVITY = 6003
const DETECTION_FINDING = 2004
/** `severity_id` 0 Unknown, 1 Informational, 2 Low, 3 Medium, 4 High, 5 Critical, 6 Fatal. */
const SEVERITY = [0, 10, 30, 50, 75, 95, 100]
/** A finding that is suppressed, resolved or archived: `status_id` 3 to 5. Its deletion is activity 3, Close. */
const OVER: ReadonlySet<unknown> = new Set([3, 4, 5])

/** Open Cybersecurity Schema Framework, classes API Activity (6003) and Detection Finding (2004). */
export const ocsf: Format = {
  name: 'ocsf',
  fits: record => record['class_uid'] === API_ACTIVITY || record['class_uid'] === DETECTION_FINDING,
  read(record) {
    if (record['class_uid'] === API_ACTIVITY) return [activity(record)]
    return OVER.has(record['status_id']) || record['activity_id'] === 3 ? [] : [finding(record)]
  },
}

function activity(record: Members): Draft {
  const [service, operation] = [textAt(record, 'api', 'service', 'name'), textAt(record, 'api', 'operation')]
  const code = textAt(record, 'api', 'response', 'error')
  const prefix = service?.replace(/\.amazonaws\.com$/, '')
  return {
    ...shared(record, record['actor']),
    action: prefix !== undefined && operation !== undefined ? `${prefix}:${operation}` : operation,
    resource: textAt(record, 'resources', '0', 'uid') ?? textAt(record, 'resources', '0', 'name'),
    outcome: outcomeOf(record, code),
    // How often it happened between the record's start and end (OCSF, base event).
    count: record['count'],
    details: {
      ...sharedDetails(record),
      service,
      operation,
      activity: record['activity_id'],
      errorCode: code,
      errorMessage: at(record, 'api', 'response', 'message'),
    },
  }
}

function finding(record: Members): Draft {
  const info = record['finding_info']
  const actor = record['actor'] ?? at(record, 'evidences', '0', 'actor')
  const severity = Number(record['severity_id'])
  return {
    ...shared(record, actor),
    identity: actor === undefined ? ofResource(record).identity : who(record, actor).identity,
    action: textAt(record, 'evidences', '0', 'api', 'operation') ?? 'finding',
    resource: textAt(record, 'resources', '0', 'uid'),
    outcome: 'success',
    finding: {
      category: textAt(info, 'types', '0') ?? textAt(info, 'title') ?? 'finding',
      severity: SEVERITY[severity] ?? 0,
    },
    details: { ...sharedDetails(record), title: at(info, 'title'), findingId: at(info, 'uid') },
  }
}

function shared(
  record: Members,
  actor: unknown,
): Pick<Draft, 'id' | 'time' | 'cloud' | 'account' | 'identity'> & {
  sourceIp: string | undefined
  country: string | undefined
  userAgent: string | undefined
} {
  const endpoint = record['src_endpoint'] ?? at(record, 'evidences', '0', 'src_endpoint')
  const found = who(record, actor)
  return {
    id: textAt(record, 'metadata', 'uid'),
    time: record['time'],
    cloud: found.cloud,
    account: found.account,
    identity: found.identity,
    sourceIp: textAt(endpoint, 'ip'),
    country: textAt(endpoint, 'location', 'country'),
    userAgent: textAt(record, 'http_request', 'user_agent'),
  }
}

/** A session's issuer is who it is a session of; without one, the user. */
function who(record: Members, actor: unknown): Found {
  const user = at(actor, 'user')
  const names = [at(actor, 'session', 'issuer'), at(user, 'uid'), at(user, 'uid_alt'), at(user, 'email_addr')]
  const named = names.find(each => typeof each === 'string' && /^arn:|@|^(?:aws|gcp|azure):/.test(each))
  return anyIdentity({
    cloud: cloudOf(record),
    account: textAt(user, 'account', 'uid') ?? textAt(record, 'cloud', 'account', 'uid'),
    uid: typeof named === 'string' ? named : textAt(user, 'uid'),
    name: textAt(user, 'name'),
    type: textAt(user, 'type'),
    session: textAt(actor, 'session', 'uid'),
    credential: textAt(user, 'credential_uid') ?? textAt(actor, 'session', 'credential_uid'),
  })
}

function ofResource(record: Members): Found {
  const [resource] = listAt(record, 'resources')
  const owner = at(resource, 'user') ?? at(resource, 'owner')
  const uid = textAt(resource, 'uid')
  return anyIdentity({
    cloud: cloudOf(record),
    account: textAt(record, 'cloud', 'account', 'uid'),
    uid: textAt(owner, 'uid') ?? uid,
    name: textAt(owner, 'name') ?? textAt(resource, 'name') ?? uid,
    type: textAt(owner, 'type') ?? (owner === undefined ? textAt(resource, 'type') : 'user'),
    credential: uid,
  })
}

const CLOUDS: { readonly [provider: string]: string } = {
  aws: 'aws',
  amazon: 'aws',
  gcp: 'gcp',
  google: 'gcp',
  'google cloud': 'gcp',
  azure: 'azure',
  microsoft: 'azure',
}

function cloudOf(record: Members): string | undefined {
  return CLOUDS[(textAt(record, 'cloud', 'provider') ?? '').toLowerCase()]
}

function outcomeOf(record: Members, code: string | undefined): Signal['outcome'] {
  if (record['action_id'] === 2) return 'denied'
  if (record['status_id'] === 1 || (record['status_id'] === undefined && code === undefined)) return 'success'
  return /denied|unauthori[sz]ed|forbidden|permission/i.test(code ?? textAt(record, 'status_code') ?? '')
    ? 'denied'
    : 'failure'
}

function sharedDetails(record: Members): Members {
  return {
    product: at(record, 'metadata', 'product', 'name'),
    region: at(record, 'cloud', 'region'),
    severity: record['severity_id'],
    status: record['status'],
  }
}
