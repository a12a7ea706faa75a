import type { Identity } from '../../model/identity.ts'
import type { Note } from '../../model/note.ts'

/** Interruptions that reach tokens which are already out: Azure asks what the principal may do at every call. */
const REACHES_LIVE_TOKENS = /^azure\.[a-z-]+\.(quarantine|detach)$/

const PRINCIPALS = ['service-principal', 'managed-identity']

/**
 * Returns the accesses that the changes leave alive on an identity, and the rung that would reach it. A disabled principal gets no new
 * token, but Azure, Key Vault and Storage do not look at the switch: what was issued is good until it expires
 * (Microsoft Entra, "Continuous access evaluation for workload identities").
 */
export function advise(identity: Identity, interruptions: readonly string[]): string[] {
  const { kind, facts } = identity
  const reaches = interruptions.some(each => REACHES_LIVE_TOKENS.test(each))
  const disables = interruptions.some(each => each.endsWith('.disable'))
  const advice: string[] = []
  if (PRINCIPALS.includes(kind)) {
    const managed = kind === 'managed-identity'
    if (interruptions.length > 0 && !reaches && hasRoles(identity)) {
      advice.push(
        `tokens that it has keep working at Azure, Key Vault and Storage for ${managed ? 'up to 24 hours' : '60 to 90 minutes'}: quarantine it, or detach its role assignments, to stop them`,
      )
    }
    if (reaches && Array.isArray(facts.groups) && facts.groups.length > 0) {
      advice.push(
        `groups are in the tokens that it has, for ${managed ? 'up to 24 hours' : '60 to 90 minutes'}: what it may do through ${facts.groups.length === 1 ? 'its group' : `its ${facts.groups.length} groups`} it can do until then, unless a deny assignment is on it`,
      )
    }
    if (facts.type === 'agent-identity' && disables) {
      advice.push(
        'its blueprint can switch it on again and make another: stop the blueprint’s principal first',
      )
    }
  }
  if (kind === 'application' && disables) {
    advice.push(
      'tokens that were issued to it keep working until they expire: quarantine its service principal as well',
    )
  }
  if (kind === 'client-secret') {
    advice.push(
      'a client secret cannot be put back, so it is never removed: disable the service principal, which refuses every secret',
    )
  }
  if ((kind === 'certificate' || kind === 'federated-credential') && disables) {
    advice.push(
      'a holder of a token that was issued with it keeps that token: disable and quarantine the service principal as well',
    )
  }
  return advice
}

/** Returns the steps that no API can do about an identity, as instructions for a person. */
export function manual({ kind, facts }: Identity): (string | Omit<Note, 'identity'>)[] {
  if (kind === 'client-secret') {
    return [
      'make a new secret, give it to the workload, then remove this one: its text cannot be read, so nothing puts it back',
    ]
  }
  if (kind === 'storage-account') {
    return [
      'SAS tokens cannot be listed: rotate both account keys before shared keys are allowed again, or every SAS signed with them works again',
    ]
  }
  if (kind === 'certificate' && facts.usage === 'Sign') {
    return [
      'roll the SAML signing certificate over in the Entra admin centre: its private key is Microsoft’s',
    ]
  }
  const secrets = Array.isArray(facts.secrets) ? facts.secrets.map(String) : []
  if (secrets.length === 0 || !['service-principal', 'application', 'managed-identity'].includes(kind)) {
    return []
  }
  const text = 'replace its client secrets before it is restored: a stolen one works again from then on'
  return [
    { text, replaced: secrets },
    ...(kind === 'managed-identity'
      ? ['a managed identity needs no secret: find out who added one to it']
      : []),
  ]
}

/** Not known counts as yes: silence would be the worse mistake. */
function hasRoles({ facts: { roles } }: Identity): boolean {
  return !Array.isArray(roles) || roles.length > 0
}
