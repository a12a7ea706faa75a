import { Fault } from '../model/fault.ts'
import type { Playbook } from '../model/playbook/playbook.ts'

/**
 * Refuses the whole run before the first write. The share guards small estates against a select that matches
 * everything; one identity is always allowed, else a small account could not be contained at all.
 */
export function checkLimit(limit: Playbook['limit'], touched: number, principals: number): void {
  if (touched > limit.identities) {
    throw new Fault('limit', `would touch ${touched} identities; the limit is ${limit.identities}`, {
      where: 'limit.identities',
      next: 'narrow the select, or raise limit.identities in the playbook on purpose; nothing was changed',
    })
  }
  if (principals > 0 && !withinShare(limit, touched, principals)) {
    const percent = (share: number) => `${Math.round(share * 100)} %`
    throw new Fault(
      'limit',
      `would touch ${touched} of ${principals} principals (${percent(touched / principals)}); the limit is ${percent(limit.share)}`,
      {
        where: 'limit.share',
        next: 'narrow the select, or raise limit.share in the playbook on purpose; nothing was changed',
      },
    )
  }
}

/** Whether the share would be kept to among these principals; more of them can only make it less. */
export function withinShare({ share }: Playbook['limit'], touched: number, principals: number): boolean {
  return touched <= 1 || (principals > 0 && touched / principals <= share)
}
