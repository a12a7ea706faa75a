import { REAL, timestamp } from '../model/timing.ts'
import { actorOf } from '../store/actor.ts'
import { dismissProposal, listProposals, openProposals } from '../toolkit/proposals.ts'
import type { ProposalsResult } from '../toolkit/results/proposals.ts'
import { jsonText } from '../ui/json.ts'
import { pageOf } from '../ui/page.ts'
import { dismissedText, proposalsText } from '../ui/proposals.ts'
import { exitOfListed } from './exit-code.ts'
import { foldersOf } from './folders.ts'
import type { RunFlags } from './run-flags.ts'
import { exitWith, print } from './terminal.ts'

/** `proposals --dismiss`: decides against one. */
export async function dismiss(given: string, reason: string, flags: RunFlags): Promise<void> {
  const host = { folders: foldersOf(flags), actor: actorOf(), timing: REAL }
  const proposal = await dismissProposal(host, given, reason)
  await print(
    flags.json
      ? jsonText({ proposals: [proposal] } satisfies ProposalsResult)
      : dismissedText(proposal, await pageOf(process.stdout, { now: timestamp(REAL) })),
  )
}

/** `proposals`: the plans of a watch that wait for a person; with `--all` those that were carried out or dismissed, too. */
export async function showProposals(flags: RunFlags & { all?: boolean }): Promise<void> {
  const host = { folders: foldersOf(flags) }
  const proposals = flags.all ? await listProposals(host) : await openProposals(host)
  await print(
    flags.json
      ? jsonText({ proposals } satisfies ProposalsResult)
      : proposalsText(proposals, await pageOf(process.stdout, { now: timestamp(REAL) })),
  )
  exitWith(exitOfListed(proposals))
}
