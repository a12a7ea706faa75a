import { commandText } from '../model/command-text.ts'
import { Fault } from '../model/fault.ts'
import type { Plan } from '../model/plan.ts'
import { spareText } from '../model/spare.ts'

const MOST = 3

/**
 * The Fault `refused` for a plan that changes nothing: with the reason of each identity that was spared or that cannot be
 * contained, since that is what somebody has to know who asked for it. `unavailable` where a listing was refused that the
 * playbook selects from: whether there is something to contain is then not known.
 *
 * @param next what to do instead, where the caller knows a command
 */
export function nothingToContain(
  plan: Pick<Plan, 'spared' | 'refused' | 'missing' | 'unlisted' | 'target'>,
  next?: string,
): Fault {
  const reasons = [
    ...plan.spared.map(each => ({ id: each.identity.id, text: `spared: ${spareText(each)}` })),
    ...plan.refused.map(({ identity, because }) => ({
      id: identity.id,
      text: `cannot be contained: ${because}`,
    })),
  ]
  const [first] = reasons
  const lab = plan.target.kind === 'lab'
  if (first === undefined) {
    const [unlisted] = plan.unlisted ?? []
    if (unlisted !== undefined) {
      const { cloud, account, because } = unlisted
      return new Fault('unavailable', `whether there is anything to contain is not known: ${because}`, {
        where: `${cloud} ${account}`,
        next: `${commandText(['doctor'], { lab })} shows the permissions that are missing`,
      })
    }
    const missing = missingText(plan)
    const why = missing === undefined ? 'the playbook selects no identity here' : missing
    return new Fault('refused', `nothing to contain: ${why}`, {
      next:
        next ??
        `check the inputs and the account; ${commandText(['inventory'], { lab })} shows what there is`,
    })
  }
  const texts = reasons
    .slice(0, MOST)
    .map(({ id, text }) => `${id} is ${text}`.replace(' is cannot', ' cannot'))
  const more = reasons.length > MOST ? `; and ${reasons.length - MOST} more` : ''
  return new Fault('refused', `nothing to contain: ${texts.join('; ')}${more}`, {
    where: first.id,
    ...(next === undefined ? {} : { next }),
  })
}

/** Says what was named and not found, and where it is; undefined where nothing was named. */
function missingText({ missing = [] }: Pick<Plan, 'missing'>): string | undefined {
  if (missing.length === 0) return undefined
  const texts = missing.slice(0, MOST).map(({ name, text }) => text ?? `nothing here is called ${name}`)
  const more = missing.length > MOST ? `; and ${missing.length - MOST} more` : ''
  return `${texts.join('; ')}${more}`
}
