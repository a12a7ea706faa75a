import { nearest } from '../document/problems.ts'
import { sentence } from '../document/shape-flaws.ts'
import { type Interruption, VERBS } from '../interruption.ts'
import { canonical, type Json } from '../json.ts'
import type { Catalog } from './playbook.ts'

/** Something wrong with an `interrupt`, at a path inside it. */
export interface InterruptFlaw {
  severity: 'error' | 'warning'
  message: string
  /** Keys below the parameters. */
  path: (string | number)[]
  suggestion?: string
}

/** An `interrupt` that was checked. */
export interface CheckedInterrupt {
  use: string
  params: Json
  flaws: InterruptFlaw[]
}

/**
 * A verb or an id against the catalog. `kinds` are those that the step's `select` is restricted to; a verb reaches the
 * credentials that they own as well.
 */
export function checkInterrupt(
  use: string,
  params: Json,
  kinds: readonly string[] | undefined,
  catalog: Catalog,
): CheckedInterrupt {
  const named = catalog.interruptions.filter(
    ({ id, verbs }) => id === use || verbs.some(verb => verb === use),
  )
  if (named.length === 0) return { use, params, flaws: [unknownUse(use, catalog)] }
  const reach = kinds && reachOf(kinds, catalog)
  const applying = named.filter(({ on }) => reach === undefined || on.some(kind => reach.has(kind)))
  if (applying.length === 0) {
    const on = [...new Set(named.flatMap(interruption => interruption.on))].join(', ')
    const message = `'${use}' works on ${on}, but the step selects ${(kinds ?? []).join(', ')}`
    return { use, params, flaws: [{ severity: 'error', message, path: [] }] }
  }
  return { use, ...checkParams(params, applying, kinds !== undefined) }
}

/** The kinds themselves and the kinds of credential that they may own. */
function reachOf(kinds: readonly string[], catalog: Catalog): ReadonlySet<string> {
  const owned = catalog.kinds.filter(
    ({ credential, owners }) =>
      credential && (owners === undefined || owners.some(kind => kinds.includes(kind))),
  )
  return new Set([...kinds, ...owned.map(({ name }) => name)])
}

function unknownUse(use: string, catalog: Catalog): InterruptFlaw {
  const candidates = [...VERBS, ...catalog.interruptions.map(({ id }) => id)]
  const near = nearest(use, candidates)
  const message = VERBS.some(verb => verb === use)
    ? `no cloud has an interruption for '${use}' yet`
    : `no verb and no interruption is called '${use}'`
  return {
    severity: 'error',
    message,
    path: [],
    suggestion:
      near === undefined || near === use ? `verbs are ${VERBS.join(', ')}` : `did you mean '${near}'?`,
  }
}

/**
 * Parameters that one interruption refuses are wrong; where the kinds are not known, only when all refuse them. What
 * the schemas fill in is kept when they agree, so that what the plan shows is what is done.
 */
function checkParams(
  params: Json,
  applying: readonly Interruption[],
  certain: boolean,
): { params: Json; flaws: InterruptFlaw[] } {
  const results = applying.map(({ id, params: schema }) => ({ id, ...schema.safeParse(params) }))
  const refused = results.filter(({ success }) => !success)
  const severity = certain || refused.length === results.length ? 'error' : 'warning'
  const flaws = refused.flatMap(({ id, error }) =>
    (error?.issues ?? []).map(({ message, path }) => ({
      severity: severity as 'error' | 'warning',
      message: `${[id, ...path.map(String)].join(' ')} ${sentence(message)}`,
      path: path.filter(part => typeof part !== 'symbol'),
    })),
  )
  const filled = results.map(({ data }) => data ?? params)
  const agreed = new Set(filled.map(canonical)).size === 1 ? filled[0] : undefined
  return { params: agreed ?? params, flaws }
}
