import type { Line } from './aws-report.ts'
import type { Trust } from './aws-trust.ts'
import { type Members, text } from './recordings.ts'

/** Whether an identity looks like a person: what speaks for it, with the weights that the documentation gives. */

type Sign = readonly [holds: boolean, weight: number, reason: string]

const MACHINE = [/^(svc|ci|bot|app|sa)[-_.]/i, /[-_.](svc|bot|ci)$/i, /^BedrockAPIKey-/i, /^ses-smtp-user\./i]
const PERSON = [/^\S+@\S+$/, /^[a-z]+\.[a-z]+$/i]
const named = (patterns: RegExp[], name: string) => patterns.some(each => each.test(name))

function verdict(signs: readonly Sign[]) {
  const hold = signs.filter(([holds]) => holds)
  const reasons = hold.map(([, , reason]) => reason)
  if (hold.length === 0) return { score: 0.5, verdict: 'unknown', reasons }
  const sum = hold.reduce((total, [, weight]) => total + weight, 0)
  const score = Number((1 / (1 + Math.E ** -sum)).toFixed(2))
  const strong = (isFor: boolean) => hold.some(([, weight]) => (isFor ? weight >= 2 : weight <= -3))
  if (strong(true) && strong(false)) return { score, verdict: 'mixed', reasons }
  return { score, verdict: sum === 0 ? 'unknown' : sum > 0 ? 'human' : 'non-human', reasons }
}

/** Tags of a customer that say what it is decide. None of the recorded ones does. */
function assertUntagged(tags: Members): void {
  if (text(tags, 'identity-type') ?? text(tags, 'nhi'))
    throw new Error('a recorded tag says what this is: teach the reader')
}

export function guessOfUser(of: {
  name: string
  path: string
  tags: Members
  line: Line | undefined
  /** Of the listed keys, whether one is on. */
  hasKeys: boolean
  /** Has a signing certificate. */
  certificate: boolean
  /** When a key was last used, RFC 3339. */
  lastKey: string | undefined
  /** Has a live service-specific credential. */
  bearer: boolean
  now: number
}) {
  assertUntagged(of.tags)
  const { line, now } = of
  const isRecent = (time: string | undefined) =>
    time !== undefined && now - Date.parse(time) < 90 * 86_400_000
  // Whether it has a password and a second factor is in the report alone.
  if (!line) return { verdict: 'unknown' }
  const { hasKeys } = of
  const signsIn = line.password && isRecent(line.passwordUsed)
  const others = of.bearer || of.certificate || line.certificates > 0
  const guess = verdict([
    [signsIn, 2, 'signs in with a password'],
    [line.mfa, 2, 'has a second factor'],
    [!line.password && (hasKeys || others), -3, 'has keys and no password'],
    [named(MACHINE, of.name) || /^\/(svc|system|ci)\//.test(of.path), -1, 'named like a machine'],
    [named(PERSON, of.name), 1, 'named like a person'],
  ])
  if (!(signsIn && hasKeys && isRecent(of.lastKey)) || guess.verdict === 'non-human') return guess
  return { ...guess, verdict: 'mixed', reasons: [...guess.reasons, 'password and key are both in use'] }
}

export function guessOfRole({
  name,
  path,
  tags,
  trust,
}: {
  name: string
  path: string
  tags: Members
  trust: Trust
}) {
  if (path.startsWith('/aws-reserved/sso.amazonaws.com/')) {
    return { score: 1, verdict: 'human', reasons: ['an Identity Center role'] }
  }
  assertUntagged(tags)
  return verdict([
    [trust.services.length > 0, -3, 'trusts an AWS service'],
    [trust.oidc.length > 0, -3, 'trusts an OIDC issuer of workloads'],
    [trust.externalIds.length > 0, -3, 'asks for an external id'],
    [trust.saml.length > 0, 2, 'trusts a SAML provider'],
    [trust.mfa, 2, 'asks for a second factor'],
    [named(MACHINE, name), -1, 'named like a machine'],
  ])
}
