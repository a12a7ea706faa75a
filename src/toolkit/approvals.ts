import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type Approval, readApproval } from '../approval/approval-file.ts'
import { type Asked, judge, type Verdict } from '../approval/judge.ts'
import type { ApprovalCounts } from '../model/approvals.ts'
import { strictest } from '../model/approvals.ts'
import { commandText } from '../model/command-text.ts'
import type { Body, Entry } from '../model/entry.ts'
import { Fault } from '../model/fault.ts'
import type { RunState } from '../model/run/state.ts'
import { errno, fileFault, readPlain } from '../store/files.ts'
import type { Folders, Host } from './host.ts'
import type { RunRequest } from './run-request.ts'
import { ownerOfMachine, readSigners, signersFile, whoBegan } from './signers.ts'

/** An act that may need approvals. */
export interface Act {
  asked: Asked
  /** How many other people the policy asks for. */
  needed: number
  /** The words after `interdict approve` that make one. */
  words: readonly string[]
  /** RFC 3339; the clock of the target. */
  now: string
  /** Of a run that exists: its state, and its first entry. */
  run?: { state: RunState; first: Entry | undefined }
}

/** The folder of approvals of a run, in the state folder. */
export function approvalsFolder({ state }: Folders, run: string): string {
  return join(state, 'approvals', run)
}

/** How many other people have to approve: the larger of what the run was made with and of what the house says now. */
export function countsOf({ house }: Pick<Host, 'house'>, ofRun: ApprovalCounts | undefined): ApprovalCounts {
  return strictest(ofRun, house?.approvals?.counts)
}

/**
 * Returns the entries that record who approved an act, to be written before it begins; none where nobody has to. Fault `refused`
 * says how many are missing, and why those that there are do not count.
 */
export async function approvedBy(
  host: Pick<Host, 'folders' | 'house' | 'actor' | 'lab'>,
  act: Act,
  request: Pick<RunRequest, 'approval' | 'breakGlass' | 'reason'>,
): Promise<Body[]> {
  const { asked, needed } = act
  if (needed === 0) return []
  const verdict = await verdictOn(host, act, request.approval ?? [])
  if (verdict !== undefined && verdict.missing === 0) {
    const approvals = verdict.counted.map(({ approver, fingerprint, approval }) => ({
      ...{ approver, fingerprint, nonce: approval.statement.nonce, text: approval.text },
    }))
    return [{ type: 'approval.used', act: asked.act, digest: asked.digest, needed, approvals }]
  }
  if (request.breakGlass !== true) throw unapproved(host, act, verdict)
  if (!host.house?.approvals?.breakGlass.includes(asked.act)) {
    throw new Fault('refused', `the policy does not let a ${asked.act} go on without approvals`, {
      where: '--break-glass',
      next: `approvals.break-glass in interdict.yaml would have to name ${asked.act}; nothing was changed`,
    })
  }
  const { actor } = host
  const { reason = '' } = request
  if (reason.trim() === '') {
    throw new Fault('usage', 'going on without approvals needs a reason', {
      where: '--break-glass',
      next: 'give --reason',
    })
  }
  const had = verdict?.counted.length ?? 0
  return [{ type: 'approval.bypassed', act: asked.act, actor, reason, digest: asked.digest, needed, had }]
}

/** Judges what is at hand; undefined where there is no list of signers. */
async function verdictOn(
  { folders }: Pick<Host, 'folders'>,
  { asked, needed, now, run }: Act,
  files: readonly string[],
): Promise<Verdict | undefined> {
  const signers = await readSigners(folders)
  if (signers === undefined) return undefined
  const actors = await ownerOfMachine(folders, signers, now)
  const used = (run?.state.approvals ?? []).flatMap(({ by }) => by.map(({ nonce }) => nonce))
  const { read, refused } = await readAll(folders, asked.run, files)
  const notAlone = asked.act === 'contain' ? [] : whoBegan(signers, run?.first)
  const verdict = judge(asked, read, { signers, actors, notAlone, needed, used: new Set(used), now })
  return { ...verdict, refused: [...refused, ...verdict.refused] }
}

type Read = { at: string; approval: Approval }[]

async function readAll(
  folders: Folders,
  run: string,
  files: readonly string[],
): Promise<{ read: Read; refused: Verdict['refused'] }> {
  const folder = approvalsFolder(folders, run)
  const names = await readdir(folder).catch((error: unknown) => {
    if (errno(error) === 'ENOENT') return []
    throw fileFault('read', folder, error)
  })
  const found = names.filter(name => name.endsWith('.approval')).sort()
  const read: Read = []
  const refused: Verdict['refused'] = []
  for (const at of [...files, ...found.map(name => join(folder, name))]) {
    const bytes = await readPlain(at).catch((error: unknown) => {
      throw fileFault('read', at, error)
    })
    if (bytes === undefined && files.includes(at)) {
      throw new Fault('usage', `there is no file ${at}`, { where: '--approval' })
    }
    const approval = bytes === undefined ? 'it is not there any more' : readApproval(bytes.toString('utf8'))
    if (typeof approval === 'string') refused.push({ at, because: approval })
    else read.push({ at, approval })
  }
  return { read, refused }
}

function unapproved(
  { folders, lab }: Pick<Host, 'folders' | 'lab'>,
  { asked, needed, words }: Act,
  verdict: Verdict | undefined,
): Fault {
  const people = needed === 1 ? 'another person' : `${needed} other people`
  const had = verdict?.counted.map(({ approver }) => approver) ?? []
  const why = (verdict?.refused ?? []).map(({ at, because }) => `${at} does not count: ${because}`)
  const so = had.length === 0 ? 'nobody has' : `${had.join(' and ')} did`
  return new Fault(
    'refused',
    [
      `to ${asked.act} this, ${people} ${needed === 1 ? 'has' : 'have'} to approve it, and ${so}`,
      ...why,
    ].join('; '),
    {
      where: `run ${asked.run}`,
      next:
        verdict === undefined
          ? `list who may approve in ${signersFile(folders)} (docs/approvals.md); nothing was changed`
          : `one of them gives: ${commandText(['approve', ...words, '--key', 'KEYFILE'], { lab })}; nothing was changed`,
    },
  )
}
