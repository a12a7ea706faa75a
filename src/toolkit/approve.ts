import { join } from 'node:path'
import { signersFor, solePrincipal } from '../approval/allowed-signers.ts'
import { approvalText, readApproval } from '../approval/approval-file.ts'
import { type Asked, judge } from '../approval/judge.ts'
import { APPROVE } from '../approval/namespaces.ts'
import { fingerprintOf, type SshKey } from '../approval/ssh-key.ts'
import { type Statement, statementText } from '../approval/statement.ts'
import { Fault } from '../model/fault.ts'
import type { RunState } from '../model/run/state.ts'
import { prepareRotations, selectRotations } from '../rotate/prepare.ts'
import { createOnce, fileFault, makeFolder } from '../store/files.ts'
import { agree } from './answers.ts'
import { containAct, restoreAct, rotateAct } from './approval-acts.ts'
import { type Act, approvalsFolder } from './approvals.ts'
import { approvedPlan } from './approved-plan.ts'
import type { Host } from './host.ts'
import { withRun } from './open-run.ts'
import type { PreviewedRestore } from './preview.ts'
import { restOf } from './rest-of-rotation.ts'
import type { RestoreRequest } from './restore.ts'
import { previewRequested } from './restore-preview.ts'
import type { RotationRequest } from './rotate.ts'
import { benchOf } from './rotation-bench.ts'
import { readSigners, signersFile } from './signers.ts'

/** The act to approve, and who approves it. */
export interface ApproveRequest {
  /** The file of a plan, or the id of a proposal; absent: a run. */
  plan?: { subject: string; digest?: string | undefined }
  /** A run, with the choices of its restore; with `rotation`, of its rotation. */
  run?: {
    run: string
    restore: RestoreRequest
    rotation?: Pick<RotationRequest, 'into' | 'removal'> & { restores: boolean }
  }
  /** The public key of the approver. */
  key: SshKey
  /** Who approves; by default the one whom the list names for the key. */
  principal?: string | undefined
  /** Seconds until it ends. */
  lasts: number
  /** Signs a text with the key: the armour of an SSH signature in the namespace `approve@interdict`. */
  sign(text: string): Promise<string>
  /** 32 hex digits. */
  nonce: string
}

/** An approval that was made. */
export interface Approved {
  statement: Statement
  fingerprint: string
  /** The file in the state folder. */
  file: string
  /** The file's text, for another machine. */
  text: string
  /** People that the policy asks for. */
  needed: number
}

/**
 * Shows an act as it would be carried out now, asks (`approve`), has it signed and keeps the approval in the state folder. Reads the
 * clouds, changes nothing. Faults: those of opening a run or a plan, `refused` where the key may not approve, `declined`.
 */
export async function approve(host: Host, request: ApproveRequest): Promise<Approved> {
  if (request.plan !== undefined) return await approvePlan(host, request.plan, request)
  if (request.run === undefined) throw new Fault('bug', 'a plan or a run is needed')
  return await approveRun(host, request.run, request)
}

async function approvePlan(
  host: Host,
  { subject, digest }: NonNullable<ApproveRequest['plan']>,
  request: ApproveRequest,
): Promise<Approved> {
  const plan = await approvedPlan({ subject, digest }, host.folders)
  if (plan === undefined) {
    throw new Fault('usage', 'a playbook cannot be approved, only what it would do', {
      next: 'make a plan of it: interdict plan PLAYBOOK --out FILE, and approve that file',
    })
  }
  const here = new Date(host.timing.date()).toISOString()
  await host.notice({ type: 'planned', plan })
  return await signed(host, containAct(host, plan, subject, plan.at > here ? plan.at : here), request)
}

async function approveRun(
  host: Host,
  { run, restore, rotation }: NonNullable<ApproveRequest['run']>,
  request: ApproveRequest,
): Promise<Approved> {
  const looking = { ...restore, dryRun: true }
  return await withRun(host, 'approve', run, looking, { write: false, strict: false }, async open => {
    if (rotation === undefined) {
      const { preview, options } = await previewRequested(host, open, looking)
      await host.notice({
        type: 'restore-planned',
        ...shownOf(open.state, preview.changes, open.world.clock()),
      })
      const act = restoreAct(host, open, preview.changes, { options, only: restore.only, choices: restore })
      return await signed(host, act, request)
    }
    const { into, removal, restores } = rotation
    const { bench, close } = await benchOf(host, open, into)
    try {
      const credentials = selectRotations(bench, open.state, restore.only)
      const planned = await prepareRotations(bench, open.state, credentials, removal)
      const only = restores ? restOf(bench, open.state, restore.only, credentials).map(({ key }) => key) : []
      const { preview, options } = await previewRequested(host, open, { ...looking, only }, only.length > 0)
      await host.notice({
        ...{ type: 'rotation-planned', blocked: planned.some(({ blocked }) => blocked), state: open.state },
        ...{ planned, removal, restored: preview.changes, now: open.world.clock() },
      })
      const act = rotateAct(host, open, planned, {
        ...{ into, removal, restored: preview.changes, only: restore.only, options },
        choices: restores ? restore : undefined,
      })
      return await signed(host, act, request)
    } finally {
      await close()
    }
  })
}

const shownOf = (state: RunState, changes: PreviewedRestore['changes'], now: string) => ({
  state,
  changes,
  now,
})

async function signed(host: Host, act: Act, request: ApproveRequest): Promise<Approved> {
  const { key, lasts, nonce } = request
  const { asked, needed, now } = act
  const expires = `${new Date(Date.parse(now) + lasts * 1000).toISOString().slice(0, 19)}Z`
  const statement: Statement = { ...asked, approver: await approverOf(host, request, now), expires, nonce }
  await agree(host, { type: 'approve', act: asked.act, run: asked.run, as: statement.approver, safe: false })
  const text = approvalText(statement, await request.sign(statementText(statement)))
  await check(host, text, asked, now)
  const file = join(approvalsFolder(host.folders, asked.run), `${nonce}.approval`)
  try {
    await makeFolder(approvalsFolder(host.folders, asked.run))
    await createOnce(file, text)
  } catch (error) {
    throw fileFault('write', file, error)
  }
  return { statement, fingerprint: fingerprintOf(key.blob), file, text, needed }
}

/** Who approves. Fault `refused` for a key that may not. */
async function approverOf(
  { folders }: Pick<Host, 'folders'>,
  { key, principal }: Pick<ApproveRequest, 'key' | 'principal'>,
  now: string,
): Promise<string> {
  const list = signersFile(folders)
  const signers = await readSigners(folders)
  const by = signersFor(signers ?? { signers: [] }, key.blob, APPROVE, Date.parse(now))
  if (principal !== undefined) return principal
  const names = [...new Set(by.map(solePrincipal).filter(each => each !== undefined))]
  const [only, ...more] = names
  if (only !== undefined && more.length === 0) return only
  throw new Fault(
    by.length === 0 ? 'refused' : 'usage',
    by.length === 0
      ? `the key ${fingerprintOf(key.blob)} may not approve here`
      : `the key ${fingerprintOf(key.blob)} is of several people, or of a pattern of them`,
    {
      where: list,
      next: by.length === 0 ? 'docs/approvals.md says how to list it' : 'say who you are: --as PRINCIPAL',
    },
  )
}

/** An approval that nobody would accept is not kept. */
async function check(
  { folders }: Pick<Host, 'folders'>,
  text: string,
  asked: Asked,
  now: string,
): Promise<void> {
  const read = readApproval(text)
  const signers = (await readSigners(folders)) ?? { signers: [], flaws: [] }
  const because =
    typeof read === 'string'
      ? read
      : judge(asked, [{ at: '', approval: read }], {
          ...{ signers, actors: [], needed: 1, used: new Set<string>(), now },
        }).refused[0]?.because
  if (because !== undefined) throw new Fault('refused', `the approval would not count: ${because}`)
}
