import { type FaultCode, toFault } from '../model/fault.ts'
import type { Plan } from '../model/plan.ts'
import { laneOf } from './lanes.ts'

/** Faults of a cloud, as opposed to those of a playbook, a guard or ours. */
const OF_A_CLOUD: ReadonlySet<FaultCode> = new Set([
  'not-authenticated',
  'denied',
  'throttled',
  'conflict',
  'unavailable',
  'gone',
  'rejected',
  'unsupported',
])

/** Whether an error is a cloud's or a network's, so that other accounts are still worth trying. */
export function isOfACloud(error: unknown): boolean {
  return OF_A_CLOUD.has(toFault(error).code)
}

/**
 * Accounts that fell over while a plan was made. They are left out, and said to be unreached, so that a cloud that is
 * down does not keep the others from being contained; the last account that is left throws instead.
 */
export class Lost {
  /** Accounts that were left out so far, each with its fault. */
  readonly accounts: Plan['unreached'] = []
  #left: number

  constructor(sessions: number) {
    this.#left = sessions
  }

  /** Whether an account is among those left out. */
  has(at: { cloud: string; account: string }): boolean {
    return this.accounts.some(({ cloud, account }) => cloud === at.cloud && account === at.account)
  }

  /** Takes the error, or throws it. */
  add(at: { cloud: string; account: string }, error: unknown): void {
    if (!isOfACloud(error)) throw error
    if (this.has(at)) return
    if (this.#left <= 1) throw error
    this.#left--
    this.accounts.push({ cloud: at.cloud, account: at.account, fault: toFault(error).record() })
  }

  /** The task's result; undefined when the account fell over or had already. */
  async unless<Result>(
    at: { cloud: string; account: string },
    task: () => Promise<Result>,
  ): Promise<Result | undefined> {
    if (this.has(at)) return undefined
    try {
      return await task()
    } catch (error) {
      this.add(at, error)
      return undefined
    }
  }
}

/** Things of accounts that are still there. */
export function kept<Item extends { identity: { cloud: string; account: string } }>(
  items: readonly Item[],
  { accounts }: Lost,
): Item[] {
  const gone = new Set(accounts.map(at => laneOf({ identity: at })))
  return items.filter(item => !gone.has(laneOf(item)))
}
