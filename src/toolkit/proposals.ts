import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { isRunId } from '../journal/run-id.ts'
import { Fault, type FaultRecord, toFault } from '../model/fault.ts'
import type { Plan } from '../model/plan.ts'
import { timestamp } from '../model/timing.ts'
import { fileFault } from '../store/file-fault.ts'
import { errno } from '../store/files.ts'
import { type Dismissal, dismissalFile, readDismissal, writeDismissal } from './dismissal.ts'
import { storeOf } from './folders.ts'
import type { Folders, Host } from './host.ts'
import { proposalsFolder, readPlanFile } from './plan-file.ts'

/** A plan that a watch made and that waits for a person. */
export interface Proposal {
  /** The id that its run will have; `interdict contain RUN` carries it out. */
  run: string
  /** RFC 3339. */
  at: string
  playbook: string
  target: Plan['target']
  /** The trigger that fired, and why. */
  trigger?: string
  why?: string
  changes: number
  /** Ids of the identities that would be stopped. */
  identities: string[]
  /** Digest of the plan, which an approval pins. */
  digest: string
  file: string
  command: string
  /** Whether its run exists. */
  carriedOut: boolean
  /** Who dismissed it, when and why; absent if nobody did. */
  dismissed?: Dismissal
}

/** A proposal, or a file of one that is not believed. */
export type ListedProposal = Proposal | { run: string; file: string; fault: FaultRecord }

/** Returns the proposals of a state folder that wait for a person: neither carried out nor dismissed, the oldest first. Writes nothing. */
export async function openProposals(host: Pick<Host, 'folders'>): Promise<ListedProposal[]> {
  return (await listProposals(host)).filter(
    each => 'fault' in each || (!each.carriedOut && each.dismissed === undefined),
  )
}

/** Returns all proposals of a state folder, the oldest first; those that are not believed have a fault. Writes nothing. */
export async function listProposals({ folders }: Pick<Host, 'folders'>): Promise<ListedProposal[]> {
  const names = await proposalNames(folders)
  if (names.length === 0) return []
  const runs = new Set((await (await storeOf(folders)).list()).map(({ run }) => run))
  const listed = (await Promise.all(names.map(run => readProposal(run, folders, runs.has(run))))).flat()
  const time = (each: ListedProposal) => ('at' in each ? each.at : '')
  return listed.sort((a, b) => (time(a) < time(b) ? -1 : time(a) > time(b) ? 1 : 0))
}

/**
 * Dismisses a proposal: it is no longer listed as one that waits. Its file stays, and `contain` still carries it out for somebody who
 * decides otherwise. One that was dismissed already stays as it is. Faults: `usage` for an unknown proposal, or for a beginning that several have, `refused` for
 * one that was carried out, `tampered` for one that is not believed.
 *
 * @param given the id, or the beginning of it
 */
export async function dismissProposal(
  host: Pick<Host, 'folders' | 'actor' | 'timing'>,
  given: string,
  reason: string,
): Promise<Proposal> {
  const { folders, actor, timing } = host
  if (reason.trim() === '') {
    throw new Fault('usage', 'a proposal is dismissed with a reason', {
      where: '--reason',
      next: 'give --reason TEXT',
    })
  }
  const listed = await listProposals(host)
  const runs = listed.map(({ run }) => run)
  const run = idBeginning(given, runs)
  for (const each of listed) if (each.run === run && 'fault' in each) throw faultOf(each.fault)
  const proposal = listed.find((each): each is Proposal => each.run === run && !('fault' in each))
  if (proposal === undefined) throw new Fault('bug', `no proposal ${run}`)
  if (proposal.carriedOut) {
    throw new Fault('refused', `this proposal was carried out already, as run ${run}`, {
      where: run,
      next: `interdict status ${run}`,
    })
  }
  if (proposal.dismissed) return proposal
  const dismissed = { at: timestamp(timing), user: actor.user, reason }
  await writeDismissal(proposal, dismissed, folders)
  return { ...proposal, dismissed }
}

function idBeginning(given: string, runs: readonly string[]): string {
  const begun = runs.includes(given) ? [given] : [...new Set(runs.filter(run => run.startsWith(given)))]
  const [first, ...others] = given === '' ? [] : begun
  if (first !== undefined && others.length === 0) return first
  const list = first === undefined ? undefined : begun.join(', ')
  throw new Fault(
    'usage',
    list
      ? `${begun.length} proposals begin with ${JSON.stringify(given)}`
      : `no proposal ${JSON.stringify(given)}`,
    {
      where: '--dismiss',
      next: list ? `give more of the id: ${list}` : 'interdict proposals lists those that wait',
    },
  )
}

function faultOf({ code, message, where, next }: FaultRecord): Fault {
  return new Fault(code, message, {
    ...(where === undefined ? {} : { where }),
    ...(next === undefined ? {} : { next }),
  })
}

/** Returns the file of a proposal by the id of its run; undefined where there is none. */
export async function proposalFile(run: string, folders: Folders): Promise<string | undefined> {
  if (!isRunId(run)) return undefined
  return (await proposalNames(folders)).includes(run) ? fileOf(run, folders) : undefined
}

/** One that is not believed to be dismissed waits, and what is wrong with its dismissal stands beside it. */
async function readProposal(run: string, folders: Folders, carriedOut: boolean): Promise<ListedProposal[]> {
  const proposal = await readPlan(run, folders, carriedOut)
  if ('fault' in proposal) return [proposal]
  try {
    const dismissed = await readDismissal(proposal, folders)
    return [{ ...proposal, ...(dismissed === undefined ? {} : { dismissed }) }]
  } catch (error) {
    return [proposal, { run, file: dismissalFile(run, folders), fault: toFault(error).record() }]
  }
}

async function readPlan(run: string, folders: Folders, carriedOut: boolean): Promise<ListedProposal> {
  const file = fileOf(run, folders)
  try {
    const plan = await readPlanFile(file, folders, undefined)
    const { at, playbook, target, changes, cause, approval } = plan
    return {
      ...{ run, at, playbook: playbook.name, target, changes: changes.length },
      ...(cause === undefined ? {} : { trigger: cause.trigger, why: cause.why }),
      identities: [...new Set(changes.map(({ identity }) => identity.id))],
      digest: approval ?? '',
      file,
      command: `interdict contain ${run}${target.kind === 'lab' ? ' --lab' : ''}`,
      carriedOut,
    }
  } catch (error) {
    return { run, file, fault: toFault(error).record() }
  }
}

function fileOf(run: string, folders: Folders): string {
  return join(proposalsFolder(folders), `${run}.json`)
}

async function proposalNames(folders: Folders): Promise<string[]> {
  const folder = proposalsFolder(folders)
  const names = await readdir(folder).catch((error: unknown) => {
    if (errno(error) === 'ENOENT' || errno(error) === 'ENOTDIR') return []
    throw fileFault('read', folder, error)
  })
  return names
    .filter(name => name.endsWith('.json'))
    .map(name => name.slice(0, -'.json'.length))
    .filter(isRunId)
    .sort()
}
