import type { Identity } from '../../model/identity.ts'
import type { Json } from '../../model/json.ts'
import type { Self } from './caller.ts'
import { homeOf } from './common-facts.ts'

/**
 * Google's own accounts, by their addresses. They are in no listing of service accounts; the formats may change, so that
 * this is only the second belt (IAM documentation, "Service account types").
 */
const GOOGLE =
  /@(cloudservices|system|cloudbuild|containerregistry|gcp-sa-[a-z0-9-]+|[a-z0-9-]*robot[a-z0-9-]*|[a-z0-9-]+-system)\.(iam\.)?gserviceaccount\.com$/

/** A project may be called like one of Google's; what it made itself has its id in the address. */
function isGoogles(email: string, account: string): boolean {
  return GOOGLE.test(email) && homeOf(email, '') !== account
}

/** Roles that run an organization; cutting their holder cuts the way back. */
const ADMINISTRATION =
  /^roles\/(owner|resourcemanager\.organizationAdmin|iam\.(securityAdmin|denyAdmin|principalAccessBoundaryAdmin))$/

/** Written into the description of a service account, which has no labels. */
const PROTECTED = /\binterdict:protected\b/

/** Why an identity is never touched, whatever a playbook says. */
export function sparesFor(self: Self): (identity: Identity) => string | undefined {
  const isOurs = (email: string) => self.emails.includes(email.toLowerCase())
  return ({ account, kind, name, uid, facts }) => {
    if (kind === 'service-account') {
      if (isOurs(name) || self.uids.includes(uid)) {
        return self.emails[0] === name.toLowerCase() ? 'that is you' : 'you came through it'
      }
      if (isGoogles(name, account)) return 'service agent: only Google may change it'
      const resource = administered(facts.roles)
      if (resource !== undefined) return `it administers ${resource}`
      if (PROTECTED.test(String(facts.description ?? ''))) return 'its description says interdict:protected'
    }
    if (kind === 'service-account-key') {
      if (self.keys.includes(name)) return 'that is your own key'
      if (facts.disabledBy === 'google') return 'Google disabled this key as exposed: make a new one instead'
    }
    const { serviceAccount } = facts
    if (typeof serviceAccount === 'string' && serviceAccount !== '') {
      if (isOurs(serviceAccount)) return 'that is yours'
      if (isGoogles(serviceAccount, account))
        return 'it belongs to a service agent: only Google may change it'
    }
    if ((kind === 'workload-pool' || kind === 'workload-provider') && self.federation.includes(uid)) {
      return 'you signed in through it'
    }
    return undefined
  }
}

/** The organization whose administration is among these roles. */
function administered(roles: Json | undefined): string | undefined {
  if (!Array.isArray(roles)) return undefined
  for (const each of roles) {
    if (typeof each !== 'object' || each === null || Array.isArray(each)) continue
    const { role, resource } = each
    if (typeof role !== 'string' || typeof resource !== 'string') continue
    if (resource.startsWith('organizations/') && ADMINISTRATION.test(role)) return resource
  }
  return undefined
}
