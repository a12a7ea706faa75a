import { join } from 'node:path'
import type { Reacted } from '../guard/ports.ts'
import type { Plan } from '../model/plan.ts'
import { spareText } from '../model/spare.ts'
import { makeFolder, replaceFile } from '../store/files.ts'
import { jsonText, planJson } from '../ui/json.ts'

/** Writes the plan for a person to decide on. @param state folder of the runs */
export async function writeProposal(state: string, plan: Plan): Promise<Reacted> {
  const folder = join(state, 'watch', 'proposals')
  const file = join(folder, `${plan.run}.json`)
  await makeFolder(folder)
  await replaceFile(file, jsonText(planJson(plan)))
  const identities = [...new Set(plan.changes.map(({ identity }) => identity.id))]
  const spared = namedSpared(plan)
  return {
    run: plan.run,
    status: 'proposed',
    changes: plan.changes.length,
    identities,
    ...(spared.length > 0 ? { spared } : {}),
    plan: file,
  }
}

/** What the playbook means and what is spared: somebody has to hear of it, with the reason. */
export function namedSpared({ spared }: Plan): NonNullable<Reacted['spared']> {
  return spared
    .filter(({ named }) => named)
    .map(each => ({ identity: each.identity.id, because: spareText(each) }))
}
