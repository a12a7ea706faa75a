import type { Context } from '../../../model/interruption.ts'
import { seenList } from './principal.ts'

/**
 * Deny assignments of ours at one scope under guard: removing them takes as many calls. Each has a name of its
 * own, which has to be unique at its scope (Azure RBAC, "List Azure deny assignments", DenyAssignmentName).
 */
const COPIES = 8
/** Deny assignments of one run for one principal: Azure Resource Manager takes 200 writes in a burst and then 10 a second. */
const MOST = 64

/**
 * How many deny assignments a principal gets at a scope. One; for a principal that undoes them several wherever it has a role
 * that it could do so with. Where no scope is known for that, it may be a group of it that has the role, so every scope counts.
 */
export function copiesAt(scope: string, { strength, seen }: Pick<Context, 'strength' | 'seen'>): number {
  if (strength !== 'all') return 1
  const reached = seenList(seen, 'reached')
  const fought = reached.length > 0 ? reached : seenList(seen, 'scopes')
  if (!fought.includes(scope)) return 1
  return Math.max(1, Math.min(COPIES, Math.floor(MOST / fought.length)))
}

/** The numbers of the deny assignments that may be at a scope. */
export const COPY_NUMBERS: readonly number[] = Array.from({ length: COPIES }, (_, at) => at + 1)
