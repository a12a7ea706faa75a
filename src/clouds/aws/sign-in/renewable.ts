import type { Credentials } from '../http/client-options.ts'

/** Credentials that can be asked for again before they expire by the clock of this machine. */
export type Renewable = Extract<Credentials, () => unknown> & { renew(): void }

export function canRenew(credentials: Credentials | undefined): credentials is Renewable {
  return typeof credentials === 'function' && 'renew' in credentials
}

/** Whether AWS refused a call because of the age of the credentials that signed it. */
export function hasExpired(error: unknown): boolean {
  return error instanceof Error && /^(ExpiredToken|RequestExpired)/.test(error.name)
}
