import { randomBytes } from 'node:crypto'
import type { LiveEstate } from './estate.ts'
import type { Session } from './store.ts'

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** An id as IAM makes them, e.g. `AKIA` and sixteen characters. */
export function randomId(prefix: string): string {
  return [...randomBytes(16)].reduce((id, byte) => id + BASE32.charAt(byte % 32), prefix)
}

export function randomSecret(): string {
  return randomBytes(30).toString('base64')
}

/**
 * New temporary credentials. They are known everywhere at once, and kept nowhere: the session token carries all that
 * the session is.
 */
export function issue(
  { sealer }: LiveEstate,
  now: number,
  seconds: number,
  about: Pick<Session, 'principal' | 'name' | 'policy' | 'policyArns' | 'context'>,
): Session {
  const session: Omit<Session, 'token'> = {
    accessKeyId: randomId('ASIA'),
    secret: randomSecret(),
    // STS counts in seconds: the moment of issue, which aws:TokenIssueTime tells, is cut off.
    issued: new Date(Math.floor(now / 1000) * 1000).toISOString(),
    expires: new Date(now + seconds * 1000).toISOString(),
    ...about,
  }
  return { ...session, token: sealer.seal(session) }
}

/** The session behind temporary credentials: one that was issued, or that the estate came with. */
export function sessionOf(
  { sessions, sealer }: LiveEstate,
  accessKeyId: string,
  token: string | undefined,
): Session | undefined {
  const given = sessions.get(accessKeyId)
  if (given !== undefined || token === undefined) return given
  // A token that the lab has sealed is a session that it made.
  const opened = sealer.open(token) as Omit<Session, 'token'> | undefined
  return opened?.accessKeyId === accessKeyId ? { ...opened, token } : undefined
}
