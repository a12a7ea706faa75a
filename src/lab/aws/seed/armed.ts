import type { Estate } from '../store.ts'
import { allow, policy } from './documents.ts'

/** Thief → the user or role that it has taken over. */
export const TAKEN_OVER: { readonly [thief: string]: { kind: 'user' | 'role'; name: string } | undefined } = {
  'leaked-ci-key': { kind: 'user', name: 'ci-deploy' },
  'billing-key-abroad': { kind: 'user', name: 'billing-export' },
  'forged-workflow': { kind: 'role', name: 'github-deployer' },
  'breached-vendor': { kind: 'role', name: 'vendor-sync' },
}

/** The inline policy that lets a thief undo what is done to it. */
const ARMS = 'administration'

/** The estate in which what these thieves took over may do everything, as long as nothing denies it. */
export function armed(estate: Estate, thieves: readonly string[]): Estate {
  const taken = thieves.map(thief => TAKEN_OVER[thief])
  const document = JSON.stringify(policy(allow('*')))
  const arm =
    <T extends { name: string; inline: { [policy: string]: string } }>(kind: 'user' | 'role') =>
    (record: T): T =>
      taken.some(each => each?.kind === kind && each.name === record.name)
        ? { ...record, inline: { ...record.inline, [ARMS]: document } }
        : record
  const [first, ...others] = estate.accounts
  if (first === undefined) return estate
  return {
    ...estate,
    accounts: [
      { ...first, users: first.users.map(arm('user')), roles: first.roles.map(arm('role')) },
      ...others,
    ],
  }
}
