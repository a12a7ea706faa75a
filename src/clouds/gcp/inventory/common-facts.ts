import type { Facts, Identity } from '../../../model/identity.ts'
import type { GcpClient } from '../client.ts'
import { gcpId, projectOf } from '../names.ts'

const DAY_MS = 86_400_000

/**
 * The account in an identity's id. A project of a domain (`example.com:old`) goes by its number, as `:` ends the
 * account there.
 */
export function accountOf({ project, projectNumber }: { project: string; projectNumber: string }): string {
  return project.includes(':') ? projectNumber : project
}

/** Use as Policy Analyzer reports it; undefined: nothing is known. */
export interface Use {
  /** RFC 3339; undefined: not in the window that it looks at. */
  last: string | undefined
}

/** The facts that every kind has. A `lastUsed` of null is "not in the last 90 days"; a missing one is not known. */
export function commonFacts(
  of: { enabled: boolean; disabledBy?: string; created?: string | undefined; use?: Use | undefined },
  now: number,
): Facts {
  const { enabled, disabledBy = 'unknown', created, use } = of
  const used = timeOf(use?.last)
  return {
    enabled,
    disabledBy: enabled ? '' : disabledBy,
    ...(timeOf(created) === undefined ? {} : { created: timeOf(created) ?? null }),
    ...(use === undefined ? {} : { neverUsed: used === undefined, lastUsed: used ?? null }),
    ...(used === undefined ? {} : { unusedDays: Math.max(0, Math.floor((now - Date.parse(used)) / DAY_MS)) }),
  }
}

/** In one spelling, or undefined for what is no time. */
export function timeOf(text: string | undefined): string | undefined {
  if (text === undefined) return undefined
  const time = new Date(text)
  return Number.isNaN(time.getTime()) ? undefined : time.toISOString()
}

/** A credential of a service account; `email` undefined for an API key that is bound to nobody. */
export function credentialIdentity(
  client: GcpClient,
  of: { kind: string; name: string; uid?: string; email: string | undefined; facts: Facts },
): Identity {
  const { kind, name, uid = name, email, facts } = of
  const account = accountOf(client)
  return {
    id: gcpId(account, kind, name),
    uid,
    cloud: 'gcp',
    account,
    kind,
    name,
    ...(email ? { owner: gcpId(projectOf(email) ?? account, 'service-account', email) } : {}),
    facts: { ...facts, serviceAccount: email ?? '' },
  }
}

/** The project of a service account, which its address tells for all but the default ones. */
export function homeOf(email: string, otherwise: string): string {
  const domain = /@([a-z0-9.-]+)\.iam\.gserviceaccount\.com$/.exec(email)?.[1]
  // A project of a domain is turned round: `old.example.com`.
  return domain === undefined || domain.includes('.') ? otherwise : domain
}
