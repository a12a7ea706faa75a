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

/** How many sessions are kept before those that have expired are thrown away. */
const MANY = 10_000

/** New temporary credentials. Those of a session are known everywhere at once: they carry all that they say. */
export function issue(
  { sessions }: LiveEstate,
  now: number,
  seconds: number,
  about: Pick<Session, 'principal' | 'name' | 'policy' | 'policyArns' | 'context'>,
): Session {
  if (sessions.size >= MANY) {
    for (const [id, { expires }] of sessions) if (Date.parse(expires) <= now) sessions.delete(id)
  }
  const session: Session = {
    accessKeyId: randomId('ASIA'),
    secret: randomSecret(),
    token: randomBytes(96).toString('base64'),
    // STS counts in seconds: the moment of issue, which aws:TokenIssueTime tells, is cut off.
    issued: new Date(Math.floor(now / 1000) * 1000).toISOString(),
    expires: new Date(now + seconds * 1000).toISOString(),
    ...about,
  }
  sessions.set(session.accessKeyId, session)
  return session
}
