/** Whether an operation changes something, by AWS's own verbs. */
export function isWrite(operation: string): boolean {
  return !/^(Get|List|Describe|Simulate|Generate)/.test(operation)
}

/** Returns the operations that AWS counts together: those of a service, where it is regional of one region. */
export function familyOf(service: string, region: string): string {
  return service === 'iam' || service === 'organizations' ? service : `${service} ${region}`
}

/** Whether the same question has the same answer until something is written: what is polled has not. */
export function isShared(operation: string): boolean {
  return !isWrite(operation) && !operation.endsWith('CredentialReport')
}

/**
 * Returns the principal that a call is about, as a text; undefined where it may be about any. Its policies, credentials and
 * settings are all its own: a write to one principal changes no reading of another.
 */
export function subjectOf(input: unknown): string | undefined {
  const { UserName, RoleName }: { UserName?: unknown; RoleName?: unknown } = input ?? {}
  if (typeof UserName === 'string') return `user ${UserName}`
  return typeof RoleName === 'string' ? `role ${RoleName}` : undefined
}
