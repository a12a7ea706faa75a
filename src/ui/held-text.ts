import { runCommand } from '../model/command-text.ts'
import type { Plan } from '../model/plan.ts'
import type { HeldResult } from '../toolkit/results/plan.ts'
import type { Page } from './page.ts'
import { plain, wrap } from './text.ts'

/** `run 7f3k2m holds`, `runs 7f3k2m and 9x2mqd hold`. */
export function holdersText(runs: readonly string[]): string {
  const names = runs.map(plain)
  const last = names.at(-1) ?? ''
  return names.length < 2 ? `run ${last} holds` : `runs ${names.slice(0, -1).join(', ')} and ${last} hold`
}

/**
 * Said in place of a containment: other runs hold all that the plan would do, and no run is made.
 * @param unproven those of the runs that did not end complete
 */
export function heldText(
  runs: readonly string[],
  { refused, target }: Plan,
  unproven: readonly string[],
  page: Page,
): string {
  const { paint, columns } = page
  const them = runs.length === 1 ? `run ${plain(runs[0] ?? '')} is` : 'those runs are'
  const open = (text: string) => wrap(text, columns).map(paint.open)
  const next = [
    ...unproven.map(run => runCommand('resume', { run: plain(run), target })),
    ...runs.map(run => runCommand('status', { run: plain(run), target })),
  ]
  const lines = [
    (unproven.length > 0 ? paint.strong : paint.proven)(`nothing to do: ${holdersText(runs)} all of this`),
    ...(unproven.length > 0 ? open(`not complete yet: ${unproven.map(plain).join(', ')}`) : []),
    ...(refused.length > 0
      ? open(`${refused.length} of what was asked for cannot be done (the plan says why)`)
      : []),
    ...wrap(
      `no run was made; with --stack a run of its own keeps it contained when ${them} restored`,
      columns,
    ),
    ...next.map((command, at) => `${(at === 0 ? 'next' : '').padEnd(10)}  ${command}`),
  ]
  return `${lines.join('\n')}\n`
}

/** The same for programs. */
export function heldJson(
  runs: readonly string[],
  { changes, spared, refused }: Plan,
  unproven: readonly string[],
): HeldResult {
  return {
    run: null,
    status: 'held',
    heldBy: runs,
    ...(unproven.length > 0 ? { unproven } : {}),
    changes: changes.map(({ key, identity, interruption, heldBy = [], vouchedBy = [] }) => ({
      key,
      identity: identity.id,
      interruption,
      heldBy: [...new Set([...heldBy.flatMap(each => each.runs), ...vouchedBy])],
    })),
    spared: spared.map(({ identity, because }) => ({ identity: identity.id, because })),
    refused: refused.map(({ identity, interruption, because }) => ({
      identity: identity.id,
      interruption,
      because,
    })),
  }
}
