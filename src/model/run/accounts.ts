import type { ChangeState, RunState } from './state.ts'

/** An account of one cloud, with a run's changes in it. */
export interface Account {
  cloud: string
  account: string
  alias?: string
  changes: ChangeState[]
}

/** Returns a run's changes by account: first the accounts that were signed in to, in that order, then others that it names. */
export function accountsOf(state: Pick<RunState, 'plan' | 'changes'>): Account[] {
  const accounts = new Map<string, Account>()
  for (const { cloud, account, alias } of state.plan.callers) {
    accounts.set(`${cloud}:${account}`, {
      cloud,
      account,
      changes: [],
      ...(alias === undefined ? {} : { alias }),
    })
  }
  for (const change of state.changes.values()) {
    const { cloud, account } = change.identity
    const name = `${cloud}:${account}`
    const found = accounts.get(name) ?? { cloud, account, changes: [] }
    accounts.set(name, found)
    found.changes.push(change)
  }
  return [...accounts.values()]
}
