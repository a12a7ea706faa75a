import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { isRunId } from '../journal/run-id.ts'
import { type FaultRecord, toFault } from '../model/fault.ts'
import type { Plan } from '../model/plan.ts'
import { fileFault } from '../store/file-fault.ts'
import { errno } from '../store/files.ts'
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
}

/** A proposal, or one whose file is not believed. */
export type ListedProposal = Proposal | { run: string; file: string; fault: FaultRecord }

/** Returns the proposals of a state folder that nobody has carried out, the oldest first. Writes nothing. */
export async function openProposals(host: Pick<Host, 'folders'>): Promise<ListedProposal[]> {
  return (await listProposals(host)).filter(each => 'fault' in each || !each.carriedOut)
}

/** Returns all proposals of a state folder, the oldest first; those that are not believed have a fault. Writes nothing. */
export async function listProposals({ folders }: Pick<Host, 'folders'>): Promise<ListedProposal[]> {
  const names = await proposalNames(folders)
  if (names.length === 0) return []
  const runs = new Set((await (await storeOf(folders)).list()).map(({ run }) => run))
  const listed = await Promise.all(names.map(run => readProposal(run, folders, runs.has(run))))
  const time = (each: ListedProposal) => ('at' in each ? each.at : '')
  return listed.sort((a, b) => (time(a) < time(b) ? -1 : time(a) > time(b) ? 1 : 0))
}

/** Returns the file of a proposal by the id of its run; undefined where there is none. */
export async function proposalFile(run: string, folders: Folders): Promise<string | undefined> {
  if (!isRunId(run)) return undefined
  return (await proposalNames(folders)).includes(run) ? fileOf(run, folders) : undefined
}

async function readProposal(run: string, folders: Folders, carriedOut: boolean): Promise<ListedProposal> {
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
