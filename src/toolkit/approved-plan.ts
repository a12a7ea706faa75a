import { Fault } from '../model/fault.ts'
import type { Json } from '../model/json.ts'
import { cloudsOf, type Plan, planDigest } from '../model/plan.ts'
import type { Playbook } from '../model/playbook/playbook.ts'
import { scopeWith } from '../model/playbook/scope.ts'
import type { catalogOf } from './clouds.ts'
import type { Folders } from './host.ts'
import { MAKE_PLAN, readPlanFile } from './plan-file.ts'
import type { PlanRequest } from './plan-request.ts'
import { readPlaybook } from './playbooks.ts'
import { proposalFile } from './proposals.ts'
import { checkScopeFlags, mergeScope, refuseScopeFlags } from './scope.ts'

const DIGEST = /^sha256:[0-9a-f]{64}$/

/**
 * The plan that is to be carried out: one that the caller has, that of a file, or a proposal by the id of its run, if it is believed;
 * undefined where a playbook is. Faults: `usage`, `tampered`.
 */
export async function approvedPlan(
  { subject, digest }: PlanRequest,
  folders: Folders,
): Promise<Plan | undefined> {
  if (typeof subject !== 'string') return subject
  const proposal = await proposalFile(subject, folders)
  const file = proposal ?? subject
  const isPlan = proposal !== undefined || subject.endsWith('.json')
  const wrong = (message: string, next: string) => new Fault('usage', message, { where: '--digest', next })
  if (digest !== undefined && !isPlan) {
    throw wrong('a digest belongs to the file of a plan', `${MAKE_PLAN}, and contain that file`)
  }
  if (digest !== undefined && !DIGEST.test(digest)) {
    throw wrong(
      'this is not the digest of a plan',
      'use sha256: and 64 hex digits, as the command with --out printed it',
    )
  }
  return isPlan ? await readPlanFile(file, folders, digest) : undefined
}

/** The playbook that the subject is, or that the approved plan was made of. Faults: `usage`, `invalid-playbook`. */
export async function playbookFor(
  subject: PlanRequest['subject'],
  approved: Plan | undefined,
  catalog: ReturnType<typeof catalogOf>,
): Promise<Playbook> {
  if (typeof subject === 'string' && !approved) return await readPlaybook(subject, catalog)
  const plan = typeof subject === 'string' ? approved : subject
  if (plan === undefined) throw new Fault('bug', 'a plan or a playbook is needed')
  const { source, name } = plan.playbook
  const { parsePlaybook } = await import('../model/playbook/parse.ts')
  return parsePlaybook(source, typeof subject === 'string' ? subject : name, catalog)
}

/**
 * Where to sign in: the clouds of the playbook that were asked for, with the scope flags in place of what the playbook says;
 * for an approved plan, what it was made with. Throws `usage` when flags contradict the plan, the playbook or each other.
 */
export function scopeFor(
  playbook: Playbook,
  approved: Plan | undefined,
  request: PlanRequest,
  inputs: { [name: string]: Json },
): { [cloud: string]: Json } {
  if (approved) refuseScopeFlags(request)
  const asked = scopeWith(askedScope(playbook, approved, request), inputs)
  if (approved) return approved.scope ?? asked
  checkScopeFlags(request, {
    name: playbook.name,
    clouds: Object.keys(playbook.scope),
    asked: request.cloud,
  })
  return mergeScope(asked, request)
}

function askedScope(
  { name, scope }: Playbook,
  approved: Plan | undefined,
  { cloud: asked = [] }: PlanRequest,
): Playbook['scope'] {
  if (approved && asked.length > 0) {
    throw new Fault('usage', 'a plan has its clouds already', {
      where: '--cloud',
      next: 'leave it out, or plan again',
    })
  }
  const strange = asked.find(cloud => !Object.hasOwn(scope, cloud))
  if (strange !== undefined) {
    throw new Fault('usage', `${name} does nothing in ${JSON.stringify(strange)}`, {
      where: '--cloud',
      next: `its scope has ${Object.keys(scope).join(', ')}`,
    })
  }
  const wanted = approved ? cloudsOf(approved) : asked
  if (wanted.length === 0) return scope
  return Object.fromEntries(Object.entries(scope).filter(([cloud]) => wanted.includes(cloud)))
}

/** The inputs that were approved. @throws Fault `usage` when others are given */
export function approvedInputs(approved: Plan, request: PlanRequest): { [name: string]: Json } {
  if ((request.input ?? []).length > 0 || request.inputs !== undefined) {
    throw new Fault('usage', 'a plan has its inputs already', {
      where: '--input',
      next: 'leave it out, or plan again',
    })
  }
  return approved.inputs
}

/**
 * @throws Fault `refused` where the plan does more than the request accepts, `wrong-target` where it was made against another
 *   target
 */
export function checkApproved(approved: Plan, target: Plan['target'], request: PlanRequest): void {
  // A file may be somebody else's: what cannot be put back is accepted by who carries it out.
  if (approved.acceptOneWay && !request.acceptOneWay) {
    throw new Fault('refused', 'the plan has changes that these credentials could not restore', {
      where: 'acceptOneWay',
      next: 'give --accept-one-way --reason … here too, or plan again without it; nothing was changed',
    })
  }
  const [included] = approved.includeProtected ?? []
  if (included !== undefined && (request.includeProtected ?? []).length === 0) {
    throw new Fault('refused', 'the plan touches identities that are protected', {
      where: 'includeProtected',
      next: `give --include-protected ${included} --reason … here too, or plan again without it; nothing was changed`,
    })
  }
  const { kind, at } = approved.target
  if (kind === target.kind && at === target.at) return
  throw new Fault(
    'wrong-target',
    `the plan was made against ${kind} ${at}, and this is ${target.kind} ${target.at}`,
    {
      next: kind === 'lab' ? 'add --lab; nothing was changed' : 'leave out --lab; nothing was changed',
    },
  )
}

/** @throws Fault `stale-plan` when a plan of now has other changes than the approved one */
export function checkStale(approved: Plan, plan: Plan): void {
  if (planDigest(approved) === planDigest(plan)) return
  const keys = (of: Plan) => new Set(of.changes.map(({ key }) => key))
  const [before, now] = [keys(approved), keys(plan)]
  const gone = [...before].filter(key => !now.has(key)).length
  const added = [...now].filter(key => !before.has(key)).length
  throw new Fault(
    'stale-plan',
    `the plan no longer matches: ${added} new, ${gone} gone, the rest may read otherwise`,
    {
      where: `run ${plan.run}`,
      next: 'plan again and look at it; nothing was changed',
    },
  )
}
