import type { Reacted } from '../../guard/ports.ts'
import type { Plan } from '../../model/plan.ts'
import { spareText } from '../../model/spare.ts'
import type { Folders } from '../host.ts'
import { writeProposal } from '../plan-file.ts'

/** Writes the plan for a person to decide on, sealed. @param lab whether its command has to say `--lab` */
export async function proposed(plan: Plan, folders: Folders, lab: boolean): Promise<Reacted> {
  const identities = [...new Set(plan.changes.map(({ identity }) => identity.id))]
  const spared = namedSpared(plan)
  return {
    run: plan.run,
    status: 'proposed',
    changes: plan.changes.length,
    identities,
    ...(spared.length > 0 ? { spared } : {}),
    ...(await writeProposal(plan, folders, lab)),
  }
}

/** Returns the identities that the playbook means and that are spared, with the reason: somebody has to be notified. */
export function namedSpared({ spared }: Plan): NonNullable<Reacted['spared']> {
  return spared
    .filter(({ named }) => named)
    .map(each => ({ identity: each.identity.id, because: spareText(each) }))
}
