import { Fault, toFault } from '../model/fault.ts'
import type { GuardState, Session } from '../model/provider.ts'
import { agree } from './answers.ts'
import type { Host } from './host.ts'

/** The deny above an account, as it is beforehand. */
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
 * Attaches empty guard policies where there are none; asks `prepare-guard` first.
 *
 * @param command gives the same command again
 * @returns whether every account that has such a thing is prepared now
 * @throws Fault `usage` where no account has such a thing, `declined`, and those of the cloud
 */
export async function prepareGuards(
  host: Host,
  sessions: readonly Session[],
  command: string,
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
  const accounts = open.map(({ account, alias }) => ({ account, ...(alias === undefined ? {} : { alias }) }))
  await agree(host, { type: 'prepare-guard', accounts, as: open[0]?.guard?.as, command, safe: false })
  for (const { guard } of open) await guard?.prepare()
  return whole
}
