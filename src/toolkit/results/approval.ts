import { choice, list, named, optional, optionalText, text } from './shapes.ts'
import { Count, type Printed, RunId, Time } from './values.ts'

const acts = ['contain', 'restore', 'rotate']

/** How many other people have to approve, by act. */
export const ApprovalCountsResult = named('ApprovalCounts', 'How many other people have to approve.', {
  contain: optional('A containment. Absent for none.', Count),
  restore: optional('A restore or a rotation. Absent for none.', Count),
  'give-back': optional('Switching a credential on again that leaked. Absent for none.', Count),
  'one-way': optional('Changes that could not be put back, and deletions. Absent for none.', Count),
})

/** Printed by `approve`. */
export const ApproveResult = named('Approval', 'An approval that was signed: `approve`.', {
  act: choice('The act that is approved.', acts),
  run: RunId.describe('The run that it is for.'),
  target: text('`live`, or the endpoint or the lab that it is for.'),
  digest: text('`sha256:` and the hash of what would be done.'),
  options: list('Options that widen the act, such as `accept-live-tokens`.', text('An option.')),
  approver: text('Principal of the approver.'),
  expires: Time.describe('Until when it counts.'),
  nonce: text('It counts once.'),
  fingerprint: text('Fingerprint of the key, as `ssh-keygen -l` prints it.'),
  file: text('Where it is kept in the state folder.'),
  needed: Count.describe('How many other people the policy asks for.'),
})

export type ApproveResult = Printed<typeof ApproveResult>

/** An act of a run that others approved, or that was begun without them. */
export const UsedApproval = named('UsedApproval', 'An act that needed approvals.', {
  act: choice('The act.', acts),
  at: Time.describe('When it began.'),
  by: list(
    'Who approved it; empty if it was begun without approvals.',
    named('Approver', 'A person who approved.', {
      approver: text('Principal of the approver.'),
      fingerprint: text('Fingerprint of the key.'),
      nonce: text('Of the approval.'),
    }),
  ),
  bypassed: optionalText('Why it was begun without approvals. Absent if they were there.'),
})
