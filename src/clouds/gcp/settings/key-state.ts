/** A key of a service account (IAM API reference, "projects.serviceAccounts.keys"). */
export interface ServiceAccountKey {
  /** `projects/<project>/serviceAccounts/<email>/keys/<id>` */
  name?: string
  keyType?: string
  keyOrigin?: string
  validAfterTime?: string
  validBeforeTime?: string
  disabled?: boolean
  disableReason?: string
  extendedStatus?: { key?: string; value?: string }[]
}

/** Reasons for which Google disables a key itself (IAM API reference, "projects.serviceAccounts.keys"). */
const BY_GOOGLE = new Set(['EXPOSED', 'COMPROMISE_DETECTED'])

/**
 * Returns true or false for a key that is on or off, and a text where Google did or found something: `disabled by Google`,
 * `disabled, exposed`. So anything that Google does after our read shows as drift.
 */
export function stateOf({
  disabled = false,
  disableReason = '',
  extendedStatus = [],
}: ServiceAccountKey): boolean | string {
  const reason = disableReason.replace('SERVICE_ACCOUNT_KEY_DISABLE_REASON_', '')
  const found = extendedStatus.map(({ key = '' }) =>
    key.replace('SERVICE_ACCOUNT_KEY_EXTENDED_STATUS_KEY_', ''),
  )
  const byGoogle = disabled && BY_GOOGLE.has(reason)
  // A reason that Google adds later is not known to be a user's doing.
  const known = !disabled || ['', 'UNSPECIFIED', 'USER_INITIATED'].includes(reason)
  const said = [...new Set(known ? found : [reason, ...found])].map(each =>
    each.toLowerCase().replaceAll('_', ' '),
  )
  if (said.length === 0 && !byGoogle) return !disabled
  return [`${disabled ? 'disabled' : 'enabled'}${byGoogle ? ' by Google' : ''}`, ...said.sort()].join(', ')
}
