import type { Choice } from '../engine/index.ts'
import type { LoggedGrant, RestoreOptions } from '../model/entry.ts'
import { Fault } from '../model/fault.ts'
import { RECENT } from '../model/recent-grants.ts'
import type { ChangeState, RunState } from '../model/run/state.ts'
import { isYes, textOf } from './answers.ts'
import type { Host } from './host.ts'

/** The choices about a restore. */
export interface RestoreChoices {
  /** For settings that drifted: leave them (`skip`), keep the current value (`use-live`) or restore the value from before (`force`). */
  drift?: Choice | undefined
  /** Deny what was issued before now until it has expired, where the cloud can. */
  stepDown: boolean
  /** Restore although sessions and tokens issued before the containment work again. */
  acceptLiveTokens: boolean
  /** Names or ids of credentials that leaked, and are given back all the same. */
  giveBack?: string[] | undefined
  /** Settings that stay as they are, and whose hold ends. */
  leave?: string[] | undefined
  includeRecent?: boolean | undefined
  /** Seconds; see `RECENT`. */
  recentWindow?: number | undefined
  /** Files with records of the clouds' logs, which say who gave what. */
  log?: string[] | undefined
}

/** The options of the engine for these choices. Fault `invalid-input` for a log that cannot be read. */
export async function optionsOf(
  { clouds }: Pick<Host, 'clouds'>,
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
  const logged = includeRecent || log.length === 0 ? [] : await loggedIn(clouds, state, log)
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
 * If nothing was asked for but credentials that leaked, asks for each whether it is given back (`give-back`), and why
 * (`reason`). Without a yes they stay off.
 *
 * @param options `giveBack` is filled in
 * @returns the reason
 */
export async function askToGiveBack(
  host: Pick<Host, 'answer'>,
  held: readonly ChangeState[],
  { only, reason }: { only: readonly string[]; reason?: string | undefined },
  options: RestoreOptions,
): Promise<string | undefined> {
  if (only.length === 0 || options.giveBack) return reason
  if (!held.every(({ planned }) => planned.after === 'keep-off')) return reason
  const given: string[] = []
  for (const { identity } of held) {
    if (await isYes(host, { type: 'give-back', identity, safe: false })) given.push(identity.id)
  }
  if (given.length === 0) return reason
  options.giveBack = given
  return reason || (await textOf(host, { type: 'reason', safe: '' }))
}

/** The settings that the run took away and that the files say who gave; Fault `invalid-input` for one that cannot be read. */
async function loggedIn(
  clouds: Host['clouds'],
  { changes }: RunState,
  files: readonly string[],
): Promise<LoggedGrant[]> {
  const [{ readFile }, { gunzipSync }, { recordReader }] = await Promise.all([
    import('node:fs/promises'),
    import('node:zlib'),
    import('../clouds/index.ts'),
  ])
  const reader = await recordReader(clouds)
  const held = new Set(
    [...changes.values()].flatMap(change => change.held.map(({ entry }) => `${change.identity.id} ${entry}`)),
  )
  const found: LoggedGrant[] = []
  for (const file of files) {
    try {
      const bytes = await readFile(file)
      const text = bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes
      found.push(...reader.grantsIn(text))
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      throw new Fault('invalid-input', `the log cannot be read: ${why}`, { where: file })
    }
  }
  return found.filter(({ identity, entry }) => held.has(`${identity} ${entry}`))
}
