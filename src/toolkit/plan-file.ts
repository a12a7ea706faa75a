import { readFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { openSeals } from '../journal/seals.ts'
import { isRunId } from '../journal/store.ts'
import { commandText } from '../model/command-text.ts'
import { Fault } from '../model/fault.ts'
import { isObject } from '../model/json-object.ts'
import { jsonText } from '../model/json-text.ts'
import { approvalDigest, type Plan, planDigest } from '../model/plan.ts'
import { planInFormat2 } from '../model/run/former-settings.ts'
import { createOnce, errno, makeFolder, replaceFile, truePath } from '../store/files.ts'
import type { Folders } from './host.ts'
import { nearestFile } from './nearest-file.ts'
import type { PlanFile } from './results/plan.ts'

/** A plan by `plan --out`, or by a watch. */
type Kind = 'plan' | 'proposal'

/** Says who made a plan's file, as what, and for which state folder. */
interface PlanSeal {
  kind: Kind
  /** Identity of the state folder. */
  state: string
  signature: string
}

/** The command that carries a plan out, and no other than this one. */
export function containCommand(file: string, digest: string, lab: boolean): string {
  return commandText(['contain', file, '--digest', digest], { lab })
}

/** Where a watch writes its proposals. */
export function proposalsFolder({ state }: Folders): string {
  return join(state, 'watch', 'proposals')
}

/**
 * Returns the text of a plan's file, sealed with the key of this machine. In a state folder that was never seen here it
 * is not sealed, and then only its digest vouches for it.
 */
export async function sealedPlan(plan: Plan, kind: Kind, folders: Folders): Promise<string> {
  const seals = openSeals(folders)
  const state = await seals.settle()
  const shown = { ...plan, digest: approvalDigest(plan) }
  if (state === undefined) return jsonText(shown satisfies PlanFile)
  const signature = await seals.sign(signedText({ kind, state }, shown.digest))
  const seal: PlanSeal = { kind, state, signature }
  return jsonText({ ...shown, seal } satisfies PlanFile)
}

/** Writes the proposal of a watch, and returns what an approval needs. Fault `journal`. */
export async function writeProposal(
  plan: Plan,
  folders: Folders,
  lab: boolean,
): Promise<{ plan: string; digest: string; command: string }> {
  const folder = proposalsFolder(folders)
  const file = join(folder, `${plan.run}.json`)
  const text = await sealedPlan(plan, 'proposal', folders)
  await makeFolder(folder)
  await replaceFile(file, text)
  const digest = approvalDigest(plan)
  return { plan: file, digest, command: containCommand(file, digest, lab) }
}

function signedText({ kind, state }: Omit<PlanSeal, 'signature'>, digest: string): string {
  return `interdict ${kind} file ${state}\n${digest}`
}

/**
 * Reads a plan that somebody approved. It is believed if it has the digest that was given, else if a key of ours sealed it
 * for this state folder. Throws `usage` for what is not a plan, `tampered` for one that is not believed.
 *
 * @returns the plan in today's format, with the digest of the file in `approval`
 */
export async function readPlanFile(
  file: string,
  folders: Folders,
  pinned: string | undefined,
): Promise<Plan> {
  const { plan, seal, digest, found } = await planIn(file)
  const doubted = (why: string, next = REPLAN) => new Fault('tampered', why, { where: file, next })
  if (pinned !== undefined) {
    if (pinned === found) return plan
    throw doubted(
      'the plan does not have the digest that was given',
      'get the file that was approved; nothing was changed',
    )
  }
  if (seal === undefined) throw doubted('the plan is not sealed: an older version made it, or somebody else')
  if (digest !== found) throw doubted('the plan was altered after it was made')
  const seals = openSeals(folders)
  if (!(await seals.verify(signedText(seal, found), seal.signature))) {
    throw doubted('the plan is not sealed by a key that is trusted here')
  }
  if (seal.state !== (await seals.state())) throw doubted('the plan was made for another state folder')
  const proposed = dirname(await truePath(file)) === (await truePath(proposalsFolder(folders)))
  if (proposed && (seal.kind !== 'proposal' || basename(file) !== `${plan.run}.json`)) {
    throw doubted(`another plan, of run ${plan.run}, was put in the place of this proposal`)
  }
  return plan
}

const REPLAN =
  'plan again; or, if somebody approved this one, give the digest that was printed when it was made: --digest sha256:…'

/** The next step of somebody who has no file of a plan. */
export const MAKE_PLAN = 'make one: interdict plan PLAYBOOK --out FILE'

/** A file that is given back is checked as if a stranger had written it. */
async function planIn(
  file: string,
): Promise<{ plan: Plan; seal: PlanSeal | undefined; digest: unknown; found: string }> {
  const wrong = (why: string, cause?: unknown, near?: string) =>
    new Fault('usage', `${JSON.stringify(file)} is not a plan: ${why}`, {
      where: file,
      next: near === undefined ? MAKE_PLAN : `did you mean ${near}?`,
      cause,
    })
  let data: unknown
  try {
    data = JSON.parse(await readFile(file, 'utf8'))
  } catch (error) {
    const code = errno(error)
    const near = code === 'ENOENT' ? await nearestFile(file, /\.json$/) : undefined
    throw wrong(code === undefined ? 'it is not JSON' : `it cannot be read (${code})`, error, near)
  }
  if (isObject(data) && typeof data['version'] === 'number' && data['version'] > 2) {
    throw wrong('a newer version made it; update interdict')
  }
  if (!isPlan(data)) throw wrong('it has another shape')
  const { digest, seal, ...written }: Plan & { digest?: unknown; seal?: unknown } = data
  try {
    // An approval stands for the file as it is, in its own format.
    const found = approvalDigest(written)
    const plan = { ...planInFormat2(written), approval: found }
    planDigest(plan)
    return { plan, seal: isSeal(seal) ? seal : undefined, digest, found }
  } catch (error) {
    throw wrong('its changes have another shape', error)
  }
}

function isSeal(seal: unknown): seal is PlanSeal {
  if (!isObject(seal)) return false
  const { kind, state, signature } = seal
  return (
    (kind === 'plan' || kind === 'proposal') && typeof state === 'string' && typeof signature === 'string'
  )
}

function isPlan(data: unknown): data is Plan {
  if (!isObject(data) || (data['version'] !== 1 && data['version'] !== 2)) return false
  const { run, at, playbook, inputs, scope, changes, target } = data
  return (
    typeof run === 'string' &&
    isRunId(run) &&
    typeof at === 'string' &&
    Number.isFinite(Date.parse(at)) &&
    isObject(playbook) &&
    typeof playbook['source'] === 'string' &&
    typeof playbook['name'] === 'string' &&
    isObject(inputs) &&
    (scope === undefined || isObject(scope)) &&
    isObject(target) &&
    (data['cause'] === undefined || isCause(data['cause'])) &&
    Array.isArray(changes) &&
    changes.every(isObject)
  )
}

function isCause(cause: unknown): boolean {
  if (!isObject(cause)) return false
  const { key, trigger, events, count, why, signals } = cause
  return (
    [key, trigger, why].every(each => typeof each === 'string') &&
    typeof count === 'number' &&
    Array.isArray(events) &&
    events.every(each => typeof each === 'string') &&
    Array.isArray(signals) &&
    signals.every(
      each =>
        isObject(each) &&
        ['id', 'time', 'action', 'outcome', 'identity'].every(name => typeof each[name] === 'string') &&
        ['resource', 'sourceIp', 'country'].every(name =>
          ['undefined', 'string'].includes(typeof each[name]),
        ),
    )
  )
}

/** Writes a result to a file that is not there yet, readable by its owner only. Fault `usage`. */
export async function writeNew(file: string, text: string): Promise<void> {
  const wrong = (message: string) =>
    new Fault('usage', message, { where: '--out', next: 'name another file' })
  const created = await createOnce(file, text).catch((error: unknown) => {
    const code = errno(error)
    throw code === undefined ? error : wrong(`cannot write ${JSON.stringify(file)}: ${code}`)
  })
  if (!created) throw wrong(`${JSON.stringify(file)} is there already`)
}
