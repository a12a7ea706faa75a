import type { ProposalsResult } from '../toolkit/results/proposals.ts'
import { clockTime, type Page, relative } from './page.ts'
import { type Column, table } from './table.ts'
import { count, hanging, plain } from './text.ts'

type Listed = ProposalsResult['proposals'][number]
type Believed = Exclude<Listed, { fault: unknown }>

/** Proposals, one a line, with the command; those that are not believed below. */
export function proposalsText(proposals: readonly Listed[], page: Page): string {
  if (proposals.length === 0) return 'no proposals\n'
  return `${proposalLines(proposals, page).join('\n')}\n`
}

/** The decision against a proposal, and the way back from it. */
export function dismissedText(proposal: Believed, { now, columns }: Page): string {
  const { run, playbook, dismissed, command } = proposal
  const about = dismissed === undefined ? 'not dismissed' : whoDismissed(dismissed, now)
  const lines = [
    ...hanging('', `proposal ${run} of ${plain(playbook)}: ${about}`, columns),
    `nothing was changed in a cloud; to carry it out all the same: ${command}`,
  ]
  return `${lines.join('\n')}\n`
}

function whoDismissed({ at, user, reason }: NonNullable<Believed['dismissed']>, now: string): string {
  return `dismissed ${relative(at, now)} by ${plain(user)}: ${plain(reason)}`
}

/** The proposals that wait, below the runs of `status`; no lines where there are none. */
export function waitingLines(proposals: readonly Listed[], page: Page): string[] {
  if (proposals.length === 0) return []
  const waits = proposals.length === 1 ? 'waits' : 'wait'
  return [
    '',
    page.paint.person(`${count(proposals.length, 'proposal')} of a watch ${waits} for a decision:`),
    ...proposalLines(proposals, page),
  ]
}

function proposalLines(proposals: readonly Listed[], page: Page): string[] {
  const { now } = page
  const columns: Column<Believed>[] = [
    { title: 'PROPOSAL', value: ({ run }) => run },
    { title: 'PLAYBOOK', value: ({ playbook }) => playbook, least: 12 },
    { title: 'MADE', value: ({ at }) => relative(at, now) },
    { title: 'AT', value: ({ at }) => clockTime(at, now), optional: 2 },
    { title: 'CHANGES', value: ({ changes }) => String(changes), side: 'right' },
    { title: 'WHY', value: ({ why = '‒' }) => why, least: 10, optional: 1 },
    {
      title: 'COMMAND',
      value: ({ carriedOut, command, run, dismissed }) => {
        if (carriedOut) return `carried out: interdict status ${run}`
        return dismissed === undefined ? command : whoDismissed(dismissed, now)
      },
    },
  ]
  const believed = proposals.filter((each): each is Believed => !('fault' in each))
  const faulty = proposals.flatMap(each => ('fault' in each ? [each] : []))
  return [
    ...(believed.length === 0 ? [] : table(columns, believed, page)),
    ...faulty.flatMap(({ run, fault }) =>
      hanging('✖ ', plain(`${run} is not believed: ${fault.message}`), page.columns, page.paint.open),
    ),
  ]
}
