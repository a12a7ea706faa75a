import type { Trust } from './trust.ts'

/** A guess with reasons: from 0 (a machine) to 1 (a person). Without them, where part of the evidence could not be read. */
export interface Human {
  score?: number
  verdict: 'human' | 'non-human' | 'mixed' | 'unknown'
  reasons?: string[]
}

interface Guess extends Required<Human> {}

type Signal = { weight: number; reason: string }

const MACHINE_NAME = /^(svc|ci|bot|app|sa)[-_.]|[-_.](svc|bot|ci)$|^BedrockAPIKey-|^ses-smtp-user\./i
const PERSON_NAME = /^[^@\s]+@[^@\s]+$|^[a-z]+\.[a-z]+$/i

const MACHINE_TYPES = new Set(['nhi', 'machine', 'service', 'workload', 'non-human'])
const PERSON_TYPES = new Set(['human', 'person', 'people'])
const YES = new Set(['true', 'yes'])
const NO = new Set(['false', 'no'])

/** The tags by which a customer says it; they decide. */
function tagged(tags: { [key: string]: string }): Guess | undefined {
  const type = tags['identity-type']?.toLowerCase() ?? ''
  const nhi = tags.nhi?.toLowerCase() ?? ''
  const machine = MACHINE_TYPES.has(type) || YES.has(nhi)
  if (!machine && !PERSON_TYPES.has(type) && !NO.has(nhi)) return undefined
  return {
    score: machine ? 0 : 1,
    verdict: machine ? 'non-human' : 'human',
    reasons: ['tagged by the customer'],
  }
}

/**
 * Judges a user by its credentials, its name and its tags. `unknown` if no tag decides and part of the evidence could not be
 * read, since the rest may point the other way.
 */
export function humanUser(user: {
  name: string
  path: string
  tags: { [key: string]: string }
  /** Undefined: not known, as are the next three. */
  password: boolean | undefined
  passwordUsedDays: number | undefined
  mfa: boolean | undefined
  /** Active access keys. */
  keys: boolean | undefined
  /** Certificates, API keys and the like. */
  otherCredentials: boolean | undefined
  keyUsedDays: number | undefined
}): Human {
  const { password, mfa, keys, otherCredentials } = user
  const isKnown = [password, mfa, keys, otherCredentials].every(each => each !== undefined)
  if (!isKnown) return tagged(user.tags) ?? { verdict: 'unknown' }
  const signals: Signal[] = []
  const passwordUsed = user.password === true && (user.passwordUsedDays ?? Number.POSITIVE_INFINITY) < 90
  const keyUsed = user.keys && (user.keyUsedDays ?? Number.POSITIVE_INFINITY) < 90
  if (passwordUsed) signals.push({ weight: 2, reason: 'signs in with a password' })
  if (user.mfa) signals.push({ weight: 2, reason: 'has a second factor' })
  if (password === false && (keys || otherCredentials)) {
    signals.push({ weight: -3, reason: 'has keys and no password' })
  }
  if (MACHINE_NAME.test(user.name) || /^\/(svc|system|ci)\//.test(user.path)) {
    signals.push({ weight: -1, reason: 'named like a machine' })
  }
  if (PERSON_NAME.test(user.name)) signals.push({ weight: 1, reason: 'named like a person' })
  const human = tagged(user.tags) ?? judge(signals)
  if (passwordUsed && keyUsed && human.verdict !== 'non-human') {
    return { ...human, verdict: 'mixed', reasons: [...human.reasons, 'password and key are both in use'] }
  }
  return human
}

export function humanRole(role: {
  name: string
  path: string
  tags: { [key: string]: string }
  trust: Trust
}): Human {
  if (role.path.startsWith('/aws-reserved/sso.amazonaws.com/')) {
    return { score: 1, verdict: 'human', reasons: ['an Identity Center role'] }
  }
  const { trust } = role
  const signals: Signal[] = []
  if (trust.services.length > 0) signals.push({ weight: -3, reason: 'trusts an AWS service' })
  if (trust.oidc.length > 0) signals.push({ weight: -3, reason: 'trusts an OIDC issuer of workloads' })
  if (trust.externalIds.length > 0) signals.push({ weight: -3, reason: 'asks for an external id' })
  if (trust.saml.length > 0) signals.push({ weight: 2, reason: 'trusts a SAML provider' })
  if (trust.mfa) signals.push({ weight: 2, reason: 'asks for a second factor' })
  if (MACHINE_NAME.test(role.name)) signals.push({ weight: -1, reason: 'named like a machine' })
  return tagged(role.tags) ?? judge(signals)
}

function judge(signals: readonly Signal[]): Guess {
  const sum = signals.reduce((total, { weight }) => total + weight, 0)
  const reasons = signals.map(({ reason }) => reason)
  const score = Math.round(100 / (1 + Math.exp(-sum))) / 100
  if (signals.length === 0) return { score: 0.5, verdict: 'unknown', reasons }
  const both = signals.some(({ weight }) => weight >= 2) && signals.some(({ weight }) => weight <= -3)
  if (both) return { score, verdict: 'mixed', reasons }
  return { score, verdict: sum > 0 ? 'human' : sum < 0 ? 'non-human' : 'unknown', reasons }
}
