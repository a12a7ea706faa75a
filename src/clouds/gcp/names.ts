import { identityId } from '../../model/identity.ts'
import type { CloudNames } from '../../signals/any-cloud.ts'
import type { Draft } from '../../signals/draft.ts'

const ACCOUNT = /^[a-z0-9-]{1,63}@[a-z0-9.:-]{1,120}\.gserviceaccount\.com$/
const KEY = /serviceAccounts\/([^/]+)\/keys\/([0-9a-f]{40})$/

/**
 * Returns the id of an identity of Google Cloud. The inventory and the readers of records both make their ids here, so that an event
 * means the identity that a plan selects.
 *
 * @param account id of the project
 */
export function gcpId(account: string, kind: string, name: string): string {
  return identityId('gcp', account, kind, name)
}

export function isServiceAccount(email: string | undefined): email is string {
  return email !== undefined && ACCOUNT.test(email)
}

/**
 * A service account as the inventory has it. Its address names the project that it is in; the default accounts of
 * Compute Engine have the project's number there, from which the project's id does not follow.
 */
export function serviceAccount(email: string): { account: string | undefined; identity: Draft['identity'] } {
  const account = projectOf(email)
  const id = account === undefined ? undefined : gcpId(account, 'service-account', email)
  return { account, identity: { id, kind: 'service-account', name: email } }
}

/** Returns the id of the project that a service account's address names; undefined for Google's own and the default ones. */
export function projectOf(email: string): string | undefined {
  const [name, domain = ''] = email.split('@')
  if (domain === 'appspot.gserviceaccount.com') return name
  const project = /^([a-z0-9.-]+)\.iam\.gserviceaccount\.com$/.exec(domain)?.[1]
  if (project === undefined || isServiceAgent(name ?? '', project)) return undefined
  // A project of a domain is turned round: `old.example.com` is `example.com:old`.
  const [first = '', ...rest] = project.split('.')
  return rest.length === 0 ? project : `${rest.join('.')}:${first}`
}

/** Domains of Google's own that do not begin with `gcp-sa-` ("Service agents" in the IAM documentation). */
const AGENT_DOMAINS: ReadonlySet<string> = new Set([
  'bigquery-data-connectors',
  'bigquery-encryption',
  'cloud-filer',
  'cloud-memcache-sa',
  'cloud-ml',
  'cloud-redis',
  'cloud-tpu',
  'cloudcomposer-accounts',
  'cloudservices',
  'compute-system',
  'container-analysis',
  'container-engine-robot',
  'containerregistry',
  'dataflow-service-producer-prod',
  'dataproc-accounts',
  'dlp-api',
  'endpoints-portal',
  'firebase-rules',
  'firebase-sa-management',
  'gae-api-prod',
  'gcf-admin-robot',
  'gs-project-accounts',
  'remotebuildexecution',
  'security-center-api',
  'serverless-robot-prod',
  'service-consumer-management',
  'service-networking',
  'sourcerepo-service-accounts',
  'storage-transfer-service',
  'trifacta-gcloud-prod',
])

/**
 * Whether an account is Google's own in a project: its domain is not a project of anybody's. Google names them
 * `service-<number of the project>` (`service-org-…`, `service-folder-…`); an account of a customer that is named like
 * that has no id here either, so that it is spared rather than taken for another.
 */
function isServiceAgent(name: string, domain: string): boolean {
  if (/^service-(?:(?:org|folder|project)-)?\d{6,20}$/.test(name)) return true
  return AGENT_DOMAINS.has(domain) || /^gcp-sa-|^[a-z-]*-system$/.test(domain)
}

/** The id of the key that was used, of `//iam.googleapis.com/projects/P/serviceAccounts/E/keys/ID`. */
export function keyOf(name: string | undefined): string | undefined {
  return KEY.exec(name ?? '')?.[2]
}

/** The pool and the subject of a federated principal. */
export function federatedOf(subject: string | undefined): { pool: string; subject: string } | undefined {
  const match = /^principal:\/\/.+\/workloadIdentityPools\/([^/]+)\/subject\/(.+)$/s.exec(subject ?? '')
  return match === null ? undefined : { pool: match[1] ?? '', subject: match[2] ?? '' }
}

/** Who a principal's email and subject name: a service account, a federated principal, an agent, a person. */
export function callerOf(
  email: string | undefined,
  subject: string | undefined,
): { account?: string | undefined; identity: Draft['identity'] } {
  const own = isServiceAccount(email) ? email : /^serviceAccount:(.+)$/.exec(subject ?? '')?.[1]
  if (isServiceAccount(own)) return serviceAccount(own)
  for (const text of [email, subject]) {
    if (text !== undefined && isKubernetes(text)) return { identity: kubernetes(text) }
  }
  if (subject?.startsWith('principal://agents.')) return { identity: { kind: 'agent', name: subject } }
  if (subject?.startsWith('principal')) return { identity: { kind: 'federated-principal', name: subject } }
  if (email !== undefined) return { identity: { kind: 'user', name: email } }
  return { identity: { name: subject } }
}

/** `system:serviceaccount:<namespace>:<name>` in a cluster's log, `serviceAccount:<pool>.svc.id.goog[<namespace>/<name>]` outside. */
function isKubernetes(text: string): boolean {
  return text.startsWith('system:') || /^(?:serviceAccount:)?[^/\s]+\.svc\.id\.goog\[[^\]]+\]$/.test(text)
}

function kubernetes(text: string): Draft['identity'] {
  const isAccount = text.startsWith('system:serviceaccount:') || text.endsWith(']')
  return { kind: isAccount ? KUBERNETES_ACCOUNT : 'kubernetes-user', name: text }
}

/** Kind of a workload of a cluster; it is not in the inventory. */
export const KUBERNETES_ACCOUNT = 'kubernetes-service-account'

/** How records of no cloud's own format name identities of Google Cloud. */
export const names: CloudNames = {
  isName: text => text.includes('@'),
  identify(text, { account }) {
    if (!isServiceAccount(text)) return undefined
    const found = serviceAccount(text)
    return { account: found.account ?? account, identity: found.identity }
  },
  credentialIn: keyOf,
}
