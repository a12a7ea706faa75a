import { Fault, toFault } from '../model/fault.ts'
import type { GuardState, Session } from '../model/provider.ts'
import { confirm } from './ask.ts'
import { canAsk } from './terminal.ts'

/** What `doctor` shows of the deny above an account. */
export type GuardDiagnosis = GuardState & { as?: string }

/** Reads only. A fault of the cloud is what the text says; undefined where the cloud has no such thing. */
export async function diagnoseGuard({ guard }: Session): Promise<GuardDiagnosis | undefined> {
  if (guard === undefined) return undefined
  const as = guard.as === undefined ? {} : { as: guard.as }
  try {
    return { ...(await guard.state()), ...as }
  } catch (error) {
    const fault = toFault(error)
    if (fault.code === 'bug') throw error
    return { ready: false, possible: false, text: fault.message, ...as }
  }
}

/**
 * Attaches empty guard policies where there are none, once somebody has said yes.
 * @param command what was called, to be called again
 * @returns whether every account that has such a thing is prepared now. Faults: `usage` where nobody can be asked,
 * `declined`, and those of the cloud.
 */
export async function prepareGuards(
  sessions: readonly Session[],
  { yes, command }: { yes: boolean; command: string },
): Promise<boolean> {
  const having = sessions.filter(({ guard }) => guard !== undefined)
  if (having.length === 0) {
    throw new Fault('usage', 'no account here has a guard policy: only AWS organizations have them', {
      where: '--prepare-guard',
    })
  }
  let whole = true
  const open: Session[] = []
  for (const session of having) {
    const found = await diagnoseGuard(session)
    if (found?.ready) continue
    if (found?.possible === false) whole = false
    else open.push(session)
  }
  if (open.length === 0) return whole
  const accounts = open.map(({ account, alias }) => (alias === undefined ? account : `${alias} (${account})`))
  const [first] = open
  if (!yes && !canAsk()) {
    throw new Fault('usage', 'attaching a guard policy needs a yes, and there is no terminal to ask on', {
      where: '--prepare-guard',
      next: `${command} --yes`,
    })
  }
  if (!yes) await confirm(`Attach an empty guard policy to ${accounts.join(', ')} as ${first?.guard?.as}?`)
  for (const { guard } of open) await guard?.prepare()
  return whole
}
