import type { Estate, Role, User } from '../store.ts'
import { reads, trustsService } from './documents.ts'
import { seedEstate } from './estate.ts'
import { ACCOUNT } from './ids.ts'

const KEYS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/**
 * The seeded estate with so many identities more, for measurements: half of them roles, a quarter users, a quarter the
 * users' access keys. Texts are shared between them, so that 100,000 stay small.
 */
export function largeEstate(count: number, now: string): Estate {
  const estate = seedEstate(now)
  const [account] = estate.accounts
  if (account === undefined) return estate
  const created = account.users[0]?.created ?? now
  const trust = JSON.stringify(trustsService('lambda.amazonaws.com'))
  const inline = JSON.stringify(reads('bench/'))
  const users = Math.floor(count / 4)
  for (let index = 0; index < count - 2 * users; index += 1)
    account.roles.push(role(index, created, trust, inline))
  for (let index = 0; index < users; index += 1) account.users.push(user(index, created, inline))
  return estate
}

function role(index: number, created: string, trust: string, inline: string): Role {
  return {
    name: `bench-role-${index}`,
    path: '/bench/',
    id: numbered('AROA', index),
    created,
    tags: { account: ACCOUNT },
    inline: { read: inline },
    attached: [],
    trust,
    maxSessionSeconds: 3600,
  }
}

function user(index: number, created: string, inline: string): User {
  return {
    name: `bench-user-${index}`,
    path: '/bench/',
    id: numbered('AIDA', index),
    created,
    tags: {},
    inline: { read: inline },
    attached: [],
    groups: [],
    accessKeys: [
      { id: numbered('AKIA', index), secret: numbered('lab-secret-', index), status: 'Active', created },
    ],
    serviceCredentials: [],
    certificates: [],
    sshKeys: [],
    mfa: [],
  }
}

/** As `idOf`, without a hash for each of a hundred thousand. */
function numbered(prefix: string, index: number): string {
  let rest = index
  let id = ''
  for (let at = 0; at < 16; at += 1) {
    id = KEYS.charAt(rest % 32) + id
    rest = Math.floor(rest / 32)
  }
  return prefix + id
}
