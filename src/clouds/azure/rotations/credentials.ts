import { toFault } from '../../../model/fault.ts'
import type { Issued, RotationContext } from '../../../model/rotation.ts'

/** A secret or a certificate, as Graph lists it. */
interface Credential {
  keyId?: string | null
  displayName?: string | null
  startDateTime?: string | null
  endDateTime?: string | null
}

/** Entra has no switch for them: what has not expired lets in. */
export function issuedOf(credentials: readonly Credential[], context: RotationContext): Issued[] {
  return credentials.flatMap(({ keyId, displayName, startDateTime, endDateTime }) =>
    keyId
      ? [
          {
            name: keyId,
            enabled: !endDateTime || endDateTime > context.now,
            ...(startDateTime ? { created: startDateTime } : {}),
            ours: displayName === markOf(context),
          },
        ]
      : [],
  )
}

/**
 * The outcome of a sign-in. Entra checks the proof first: only a right one gets the answer that its application is disabled or kept
 * out by Conditional Access (Entra error codes).
 */
export function trialOf(error: unknown): 'owner-off' | 'not-yet' {
  const { code, message } = toFault(error)
  if (/is disabled|AADSTS7000112|AADSTS53003|Conditional Access/.test(message)) return 'owner-off'
  if (code === 'unavailable' || code === 'throttled') throw error
  return 'not-yet'
}

/** A credential has a name that anybody may choose; nobody else chooses this one while the run lasts. */
export function markOf({ run }: RotationContext): string {
  return `interdict-${run}`
}
