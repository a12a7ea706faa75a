import { Fault } from '../model/fault.ts'

/** Identities that a fault names: enough to see what the select means by mistake. */
const NAMED = 5

/**
 * Checks a limit; a fault `limit` then names identities that it is about.
 *
 * @param touched ids of the identities that would be touched
 */
export function withNames(touched: Iterable<string>, check: () => void): void {
  try {
    check()
  } catch (error) {
    if (!(error instanceof Fault) || error.code !== 'limit') throw error
    const ids = [...touched].sort()
    const more = ids.length > NAMED ? `, and ${ids.length - NAMED} more` : ''
    const { where, next } = error
    throw new Fault(error.code, `${error.message}: ${ids.slice(0, NAMED).join(', ')}${more}`, {
      ...(where === undefined ? {} : { where }),
      ...(next === undefined ? {} : { next }),
      cause: error,
    })
  }
}
