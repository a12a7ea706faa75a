import { placeOfRun, runCommand } from '../model/command-text.ts'
import { spentAt } from '../model/run/lapse.ts'
import { isOpen } from '../model/run/replay.ts'
import type { RunState } from '../model/run/state.ts'
import { momentText } from './moment.ts'
import { type Page, untilText } from './page.ts'
import { secondRestore } from './second-restore.ts'
import { type Column, table } from './table.ts'

/** Something that a person has to do about a run, from a moment on. */
export interface Due {
  run: string
  /** RFC 3339. */
  at: string
  what: 'review' | 'second restore' | 'tidying'
  command: string
}

/** Returns the actions that are due for runs, the earliest first. A run that was stepped down needs its second restore, and no review. */
export function dueOf(states: readonly RunState[]): Due[] {
  return states
    .flatMap((state): Due[] => {
      if (!isOpen(state)) return []
      const { run } = state
      const restore = runCommand('restore', placeOfRun(state))
      const second = secondRestore(state)
      if (second) return [{ run, at: second.from, what: 'second restore', command: restore }]
      const spent = [...state.changes.values()].flatMap(change =>
        change.held.length > 0 ? (spentAt(change) ?? []) : [],
      )
      // A run that ends by itself needs nobody until its policies are of no use any more.
      if (spent.length > 0 && spent.length === held(state)) {
        const at = spent.sort().at(-1) ?? ''
        return [{ run, at, what: 'tidying', command: runCommand('tidy', placeOfRun(state)) }]
      }
      return [{ run, at: state.due, what: 'review', command: runCommand('status', placeOfRun(state)) }]
    })
    .sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0))
}

const held = ({ changes }: RunState) => [...changes.values()].filter(each => each.held.length > 0).length

/** Says below the runs of `status` how many actions are due now; no lines where there are none. */
export function dueLines(states: readonly RunState[], { now, paint }: Page): string[] {
  const due = dueOf(states).filter(({ at }) => at <= now)
  if (due.length === 0) return []
  const are = due.length === 1 ? 'is due' : 'are due'
  const whats = [...new Set(due.map(({ what }) => what))].join(' or ')
  return ['', paint.person(`${due.length} ${whats} ${are}: interdict due`)]
}

/** One line for each, with the command. */
export function dueText(due: readonly Due[], page: Page): string {
  if (due.length === 0) return 'nothing is due\n'
  const { now, paint } = page
  const columns: Column<Due>[] = [
    {
      title: 'DATE',
      value: ({ at }) => momentText(at),
      paint: ({ at }) => (at <= now ? paint.person : undefined),
    },
    {
      title: 'WHEN',
      value: ({ at }) => untilText(at, now),
    },
    { title: 'WHAT', value: ({ what }) => what },
    { title: 'COMMAND', value: ({ command }) => command },
  ]
  return `${table(columns, due, page).join('\n')}\n`
}
