import { z } from 'zod'
import { FaultResult } from './fault.ts'
import { TargetResult } from './plan.ts'
import { list, named, optional, optionalText, text } from './shapes.ts'
import { Count, IdentityId, type Printed, RunId, Time } from './values.ts'

/** A plan that a watch made and that waits for a person. */
export const ProposalResult = named('Proposal', 'A plan that a watch made and that waits for a person.', {
  run: RunId.describe('The id that its run will have.'),
  at: Time.describe('When the plan was made.'),
  playbook: text('Name of the playbook.'),
  target: TargetResult,
  trigger: optionalText('The trigger that fired. Absent in a proposal that names none.'),
  why: optionalText('Why it fired. Absent in a proposal that does not say.'),
  changes: Count.describe('Changes of the plan.'),
  identities: list('Identities that would be stopped.', IdentityId),
  digest: text('Digest of the plan, which an approval pins.'),
  file: text('Path of the plan.'),
  command: text('The command that carries it out.'),
  dismissed: optional('Who dismissed it. Absent if nobody did.', {
    at: Time.describe('When.'),
    user: text('The user of the operating system.'),
    reason: text('Why, as it was given.'),
  }),
  carriedOut: z.boolean().describe('Whether it was carried out: its run exists.'),
})

/** A proposal whose file is not believed. */
export const FaultyProposal = named(
  'FaultyProposal',
  'A proposal whose file, or whose dismissal, cannot be read or believed.',
  {
    run: RunId,
    file: text('Path of the file.'),
    fault: FaultResult,
  },
)

/** A proposal, or one that is not believed. */
export const ListedProposalResult = z.union([ProposalResult, FaultyProposal])

/** Printed by `proposals`. */
export const ProposalsResult = named('Proposals', 'The proposals of the state folder: `proposals`.', {
  proposals: list(
    'The oldest first; those that were carried out or dismissed with `--all` only. With `--dismiss` the one that was dismissed.',
    ListedProposalResult,
  ),
})

export type ProposalsResult = Printed<typeof ProposalsResult>
