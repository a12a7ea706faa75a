import type { Identity } from '../../model/identity.ts'

/** Interruptions that stop the tokens of a service account. */
const REACHES_TOKENS = /^gcp\.service-account\.(disable|quarantine)$/

/**
 * Returns the accesses that the changes leave alive on an identity, and the interruption that would reach it. Disabling a key or a provider
 * stops new tokens; those that were made with it work for their hour (IAM documentation, "Disable and enable service
 * account keys"; IAM v1, `workloadIdentityPools.providers`).
 */
export function advise(identity: Identity, interruptions: readonly string[]): string[] {
  if (interruptions.length === 0) return []
  const reached = interruptions.some(each => REACHES_TOKENS.test(each))
  const { kind, facts } = identity
  switch (kind) {
    case 'service-account-key':
      return reached
        ? []
        : [
            'tokens that were got with this key keep working for up to an hour: disable or quarantine the service account to stop them',
          ]
    case 'service-account':
      return accountAdvice(facts, interruptions, reached)
    case 'workload-provider':
      return interruptions.includes('gcp.workload-pool.disable')
        ? []
        : [
            'tokens that came through this provider keep working for up to an hour: disable the pool, and the service accounts that its workloads act as',
          ]
    case 'workload-pool':
      return [
        'tokens of service accounts that its workloads already act as keep working for up to an hour: disable or quarantine those accounts',
      ]
    case 'hmac-key':
      return ['Cloud Storage may take the key for up to 3 more minutes']
    case 'api-key':
      return ['Google may take the key for many more minutes; watch its use for half an hour']
    default:
      return []
  }
}

function accountAdvice(
  facts: Identity['facts'],
  interruptions: readonly string[],
  reached: boolean,
): string[] {
  const advice: string[] = []
  if (!reached && interruptions.includes('gcp.service-account.gate')) {
    advice.push(
      'tokens that others got for it keep working for up to an hour, and the same roles on the project or above reach it as before: disable or quarantine it',
    )
  }
  const disabled = interruptions.includes('gcp.service-account.disable')
  if (disabled && !interruptions.includes('gcp.hmac-key.disable')) {
    advice.push('whether its HMAC keys are refused as well Google does not say: make them inactive, too')
  }
  if (disabled && facts.class === 'default') {
    advice.push('every machine that was started without an account of its own runs as this one, and stops')
  }
  return advice
}

/** Returns the steps that no API can do about a contained identity. */
export function manual({ kind, facts }: Identity): string[] {
  const { oauth2ClientId: id } = facts
  if (kind !== 'service-account' || typeof id !== 'string' || id === '') return []
  return [
    `look for client ID ${id} in admin.google.com (Security, Access and data control, API controls, Manage domain-wide delegation), which no API shows or stops: a super administrator notes its scopes, removes it, and adds it again after the restore`,
  ]
}
