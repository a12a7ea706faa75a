import { askText } from '../cli/ask.ts'
import { canAsk } from '../cli/terminal.ts'
import type { Choice } from '../engine/index.ts'
import type { LoggedGrant, RestoreOptions } from '../model/entry.ts'
import { Fault } from '../model/fault.ts'
import { identityText } from '../model/identity-text.ts'
import { RECENT } from '../model/recent-grants.ts'
import type { ChangeState, RunState } from '../model/run/replay.ts'

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
  /** Files with records of the clouds' logs, which say who gave what. */
  log?: string[]
}

/** What the flags of a restore stand for. */
export async function optionsOf(
  state: RunState,
  {
    drift,
    stepDown,
    acceptLiveTokens,
    giveBack = [],
    leave = [],
    includeRecent,
    recentWindow,
    log = [],
  }: RestoreChoices,
): Promise<RestoreOptions> {
  const logged = includeRecent || log.length === 0 ? [] : await loggedIn(state, log)
  return {
    drift: drift ?? 'skip',
    stepDown,
    acceptLiveTokens,
    ...(giveBack.length === 0 ? {} : { giveBack: giveBack.flatMap(name => idsOf(state, name)) }),
    ...(leave.length === 0 ? {} : { leave }),
    ...(includeRecent ? {} : { recent: recentWindow ?? RECENT }),
    ...(logged.length === 0 ? {} : { logged }),
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

/** What the files say about settings that the run took away; Fault `invalid-input` for one that cannot be read. */
async function loggedIn({ changes }: RunState, files: readonly string[]): Promise<LoggedGrant[]> {
  const [{ readFile }, { gunzipSync }, { grantsIn }] = await Promise.all([
    import('node:fs/promises'),
    import('node:zlib'),
    import('../signals/grants.ts'),
  ])
  const held = new Set(
    [...changes.values()].flatMap(change => change.held.map(({ entry }) => `${change.identity.id} ${entry}`)),
  )
  const found: LoggedGrant[] = []
  for (const file of files) {
    try {
      const bytes = await readFile(file)
      const text = bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes
      found.push(...grantsIn(text))
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      throw new Fault('invalid-input', `the log cannot be read: ${why}`, { where: file })
    }
  }
  return found.filter(({ identity, entry }) => held.has(`${identity} ${entry}`))
}
