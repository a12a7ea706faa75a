import { Fault } from '../model/fault.ts'
import { type Ceiling, configPlaceText } from '../model/house.ts'
import type { Playbook } from '../model/playbook/playbook.ts'

/**
 * Refuses the whole run before the first write. The share guards small estates against a select that matches
 * everything; one identity is always allowed, else a small account could not be contained at all.
 */
export function checkLimit(
  { limit, house }: Pick<Playbook, 'limit' | 'house'>,
  touched: number,
  principals: number,
): void {
  if (touched > limit.identities) {
    throw exceeded(`would touch ${touched} identities`, 'identities', limit, house?.ceilings.identities)
  }
  if (principals > 0 && !withinShare(limit, touched, principals)) {
    const of = `would touch ${touched} of ${principals} principals (${percent(touched / principals)})`
    throw exceeded(of, 'share', limit, house?.ceilings.share)
  }
}

function exceeded(
  what: string,
  member: keyof Playbook['limit'],
  limit: Playbook['limit'],
  ceiling: Ceiling | undefined,
): Fault {
  const most = limit[member]
  const text = member === 'share' ? percent(most) : `${most}`
  // The ceiling binds where it is not above the playbook's own limit.
  if (ceiling?.most === most) {
    return new Fault('limit', `${what}; the ceiling of the configuration is ${text}`, {
      where: configPlaceText(ceiling.at),
      next: `narrow the select, or raise ceilings.${member} in that file on purpose; nothing was changed`,
    })
  }
  return new Fault('limit', `${what}; the limit is ${text}`, {
    where: `limit.${member}`,
    next: `narrow the select, or raise limit.${member} in the playbook on purpose; nothing was changed`,
  })
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`
}

/** Whether the share would be kept to among these principals; more of them can only make it less. */
export function withinShare({ share }: Playbook['limit'], touched: number, principals: number): boolean {
  return touched <= 1 || (principals > 0 && touched / principals <= share)
}
