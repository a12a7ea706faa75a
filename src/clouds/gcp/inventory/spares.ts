import type { Identity } from '../../../model/identity.ts'
import type { Json } from '../../../model/json.ts'
import { type Spare, spareOf } from '../../../model/spare.ts'
import type { Self } from '../sign-in/caller.ts'
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

/** Written into the description of a service account, which has no labels. */
const PROTECTED = /\binterdict:protected\b/

/**
 * Returns why an identity is spared, also when a playbook selects it. A service account of which nobody can tell whether it
 * administers the organization is spared: a person may overrule that.
 *
 * @param undecided why that is unknown, and what would decide it
 */
export function sparesFor(
  self: Self,
  undecided: () => string | undefined = () => undefined,
): (identity: Identity) => Spare | undefined {
  const isOurs = (email: string) => self.emails.includes(email.toLowerCase())
  return identity => {
    const { account, kind, name, uid, facts } = identity
    const { serviceAccount } = facts
    const of = typeof serviceAccount === 'string' ? serviceAccount : ''
    if (kind === 'service-account') {
      if (isOurs(name) || self.uids.includes(uid)) {
        return own(self.emails[0] === name.toLowerCase() ? 'that is you' : 'you came through it')
      }
      if (isGoogles(name, account)) return googles('service agent: only Google may change it')
      return spareOf([administrates(facts.administers, undecided()), described(facts.description)])
    }
    if (kind === 'service-account-key') {
      if (self.keys.includes(name)) return own('that is your own key')
      if (facts.disabledBy === 'google') {
        return googles('Google disabled this key as exposed: make a new one instead')
      }
    }
    if (of !== '' && isOurs(of)) return own('that is yours')
    if (of !== '' && isGoogles(of, account)) {
      return googles('it belongs to a service agent: only Google may change it')
    }
    if ((kind === 'workload-pool' || kind === 'workload-provider') && self.federation.includes(uid)) {
      return own('you signed in through it')
    }
    return undefined
  }
}

function own(because: string): Spare {
  return { because, class: 'self' }
}

function googles(because: string): Spare {
  return { because, class: 'provider' }
}

/** @param organization see the fact `administers`; undefined: not known */
function administrates(organization: Json | undefined, undecided: string | undefined): Spare | undefined {
  if (typeof organization === 'string') {
    return organization === ''
      ? undefined
      : { because: `it administers ${organization}`, class: 'administrator' }
  }
  const why = undecided ?? 'its roles were not looked up'
  return {
    because: `unknown whether it administers the organization: ${why}; --include-protected with --reason includes it`,
    class: 'administrator',
  }
}

function described(description: Json | undefined): Spare | undefined {
  if (!PROTECTED.test(String(description ?? ''))) return undefined
  return { because: 'its description says interdict:protected', class: 'mark', reads: ['description'] }
}
