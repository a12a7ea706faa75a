import { commandText, placeOfRun, runCommand } from '../model/command-text.ts'
import { nearest } from '../model/document/problems.ts'
import { Fault } from '../model/fault.ts'
import { type Identity, parseIdentityId } from '../model/identity.ts'
import { isOwed } from '../model/run/held-settings.ts'
import type { ChangeState, RunState } from '../model/run/state.ts'
import { storeOf } from './folders.ts'
import type { Host } from './host.ts'
import { listRuns } from './status.ts'

/** Letters of a run id that a person has to give at least: a wrong run restores the wrong access. */
const LEAST = 3

/**
 * Returns the id of the run that a person names by its id or by the beginning of it. A text that fits no run is returned as it
 * is, for what reads the run to refuse.
 *
 * @throws Fault `usage` when several runs begin so, with their ids
 */
export async function findRun({ folders }: Pick<Host, 'folders'>, given: string): Promise<string> {
  const known = await (await storeOf(folders)).runs()
  if (known.includes(given) || given.length < LEAST) return given
  const begun = known.filter(run => run.startsWith(given))
  const [first, ...others] = begun
  if (first === undefined) return given
  if (others.length === 0) return first
  throw new Fault('usage', `${begun.length} runs begin with ${JSON.stringify(given)}`, {
    next: `give more of the id: ${begun.join(', ')}`,
  })
}

/** An open run that holds an identity. */
export interface Holder {
  state: RunState
  /** Id of the identity; its credentials belong to it. */
  identity: string
}

/**
 * Returns the open runs that hold an identity, oldest first: all of them with the same identity.
 *
 * @param given its id, `kind/name`, its name, an ARN or an e-mail address
 * @throws Fault `usage` when no open run holds it, or when the text fits several identities
 */
export async function findHolders(
  host: Pick<Host, 'folders' | 'warn' | 'clouds'>,
  given: string,
): Promise<[Holder, ...Holder[]]> {
  const meant = await namesIn(host, given)
  const states = (await listRuns(host)).flatMap(each => ('state' in each ? [each.state] : []))
  const all = states.flatMap(state => identitiesOf(state).map(known => ({ state, known })))
  const found = all.filter(({ known }) => meant.some(name => known.names.includes(name)))
  const ids = [...new Set(found.map(({ known }) => known.id))]
  if (ids.length > 1) {
    throw new Fault('usage', `${JSON.stringify(given)} fits ${ids.length} identities that are held`, {
      where: '--identity',
      next: `name one of them by its id: ${ids.join(', ')}`,
    })
  }
  const [first, ...others] = found.map(({ state, known }) => ({ state, identity: known.id }))
  if (first !== undefined) return [first, ...others]
  const near = nearest(
    given,
    all.flatMap(({ known }) => known.names),
  )
  throw new Fault('usage', `no open run holds ${JSON.stringify(given)}`, {
    where: '--identity',
    next:
      near === undefined
        ? `${commandText(['status'], { lab: false })} lists the runs, and with the id of a run what it holds`
        : `did you mean --identity ${near}?`,
  })
}

/**
 * Returns the one open run that holds an identity.
 *
 * @throws Fault `usage` as `findHolders`, and when several runs hold it, with the command for each of them
 */
export async function findHolder(
  host: Pick<Host, 'folders' | 'warn' | 'clouds'>,
  given: string,
  verb: 'restore',
): Promise<Holder> {
  const [first, ...others] = await findHolders(host, given)
  if (others.length === 0) return first
  const commands = [first, ...others].map(({ state, identity }) =>
    runCommand(verb, placeOfRun(state), '--only', identity),
  )
  throw new Fault('usage', `${commands.length} open runs hold ${JSON.stringify(given)}`, {
    where: '--identity',
    next: `the newest first: ${commands.reverse().join('; then: ')}`,
  })
}

interface Known {
  id: string
  names: string[]
}

/** The identities that a run still holds, and the owners of its credentials. */
function identitiesOf({ changes }: RunState): Known[] {
  const known = new Map<string, Known>()
  for (const { identity } of [...changes.values()].filter(isHeld)) {
    known.set(identity.id, { id: identity.id, names: namesOf(identity) })
  }
  for (const { identity } of [...changes.values()].filter(isHeld)) {
    const { owner } = identity
    if (owner === undefined || known.has(owner)) continue
    const { kind, name } = parseIdentityId(owner)
    known.set(owner, { id: owner, names: [owner, `${kind}/${name}`, name] })
  }
  return [...known.values()]
}

function isHeld({ held }: ChangeState): boolean {
  return held.some(isOwed)
}

/** The names by which a person may call an identity. */
function namesOf({ id, uid, kind, name, facts }: Identity): string[] {
  const { email, appId, objectId, displayName } = facts
  const others = [email, appId, objectId, displayName].filter(fact => typeof fact === 'string')
  return [id, `${kind}/${name}`, name, uid, ...others]
}

/** The text, and the id of the identity that it names by a form of one cloud: an ARN, an e-mail address. */
async function namesIn({ clouds }: Pick<Host, 'clouds'>, given: string): Promise<string[]> {
  const named = await Promise.all(
    clouds.map(async cloud => (await cloud.records?.())?.names.identify?.(given, {})?.identity.id),
  )
  return [given, ...named.filter(id => id !== undefined)]
}
