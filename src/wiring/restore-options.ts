import type { Choice } from '../engine/index.ts'
import type { RestoreOptions } from '../model/entry.ts'
import { RECENT } from '../model/recent.ts'
import type { ChangeState, RunState } from '../model/replay.ts'
import { identityText } from '../ui/identity.ts'
import { askText } from './ask.ts'
import { canAsk } from './terminal.ts'

/** What a person chooses about a restore, as its flags say it. */
export interface RestoreChoices {
  drift?: Choice | undefined
  /** Deny what was issued before now until it has expired, where the cloud can. */
  stepDown: boolean
  acceptLiveTokens: boolean
  /** Names or ids of credentials that leaked, and are given back all the same. */
  giveBack?: string[]
  /** Settings that stay as they are, and whose hold ends. */
  leave?: string[]
  includeRecent?: boolean
  /** Seconds; see `RECENT`. */
  recentWindow?: number | undefined
}

/** What the flags of a restore stand for. */
export function optionsOf(
  state: RunState,
  {
    drift,
    stepDown,
    acceptLiveTokens,
    giveBack = [],
    leave = [],
    includeRecent,
    recentWindow,
  }: RestoreChoices,
): RestoreOptions {
  return {
    drift: drift ?? 'skip',
    stepDown,
    acceptLiveTokens,
    ...(giveBack.length === 0 ? {} : { giveBack: giveBack.flatMap(name => idsOf(state, name)) }),
    ...(leave.length === 0 ? {} : { leave }),
    ...(includeRecent ? {} : { recent: recentWindow ?? RECENT }),
  }
}

/** The ids of the credentials with this name or id; the name itself, to be refused, if there are none. */
function idsOf({ changes }: RunState, name: string): string[] {
  const ids = [...changes.values()]
    .map(({ identity }) => identity)
    .filter(({ id, name: short }) => id === name || short === name)
    .map(({ id }) => id)
  return ids.length === 0 ? [name] : [...new Set(ids)]
}

/**
 * If nothing was asked for but credentials that leaked, giving them back may be what is meant: on a terminal their ids
 * are asked for. Nothing typed leaves them off.
 */
export async function askToGiveBack(
  held: readonly ChangeState[],
  request: { only: string[]; reason?: string | undefined },
  options: RestoreOptions,
): Promise<void> {
  if (request.only.length === 0 || options.giveBack || !canAsk()) return
  if (!held.every(({ planned }) => planned.after === 'keep-off')) return
  const given: string[] = []
  for (const { identity } of held) {
    const typed = await askText(
      `${identityText(identity)} leaked. Type its id to switch it on again, or nothing to leave it off:`,
      text =>
        ['', identity.id, identity.name].includes(text.trim()) ? undefined : `that is not ${identity.name}`,
    )
    if (typed.trim() !== '') given.push(identity.id)
  }
  if (given.length === 0) return
  if (!request.reason)
    request.reason = await askText('Why?', text => (text.trim() === '' ? 'a reason is needed' : undefined))
  options.giveBack = given
}
