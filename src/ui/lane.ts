import type { Account } from '../model/run/accounts.ts'
import { isSettling } from '../model/run/enforcement.ts'
import type { ChangeState, RunState } from '../model/run/state.ts'
import type { Page } from './page.ts'
import { changeProblem } from './problem.ts'

/** How an account stands in a run: something there is not as it should be, the cloud is still propagating, or all is well. */
export type LaneWord = 'open' | 'waiting' | 'good'

/**
 * Returns how an account stands. `good` means that no screen of the run has a problem to report about this account: no change, nothing
 * that was refused, could not be listed, or appeared and was not stopped.
 *
 * @param now RFC 3339
 */
export function laneWord(account: Account, state: RunState, now: string): LaneWord {
  const { changes } = account
  if (changes.some(isOpenChange) || hasOpenFindings(account, state)) return 'open'
  return changes.some(each => each.set && isSettling(each, now)) ? 'waiting' : 'good'
}

function isOpenChange(change: ChangeState): boolean {
  return changeProblem(change) !== undefined || change.restored.some(each => LEFT.has(each.decision))
}

/** Decisions of a restore that leave a setting to a person. */
const LEFT: ReadonlySet<string> = new Set(['failed', 'missing', 'drift'])

function hasOpenFindings({ cloud, account }: Account, { plan, found, unswept }: RunState): boolean {
  const isHere = (id: string) => id.startsWith(`${cloud}:${account}:`)
  return (
    plan.refused.some(({ identity }) => isHere(identity.id)) ||
    (plan.unlisted ?? []).some(each => each.cloud === cloud && each.account === account) ||
    unswept.some(({ owner }) => isHere(owner)) ||
    found.some(({ owner, contained }) => !contained && isHere(owner))
  )
}

/** The mark before an account, in its colour. */
export function laneMark(word: LaneWord, { paint }: Pick<Page, 'paint'>): string {
  if (word === 'open') return paint.person('!')
  return word === 'waiting' ? '…' : paint.proven('✔')
}
