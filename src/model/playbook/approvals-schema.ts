import { z } from 'zod'

const count = (what: string) => z.int().min(0).max(10).optional().describe(what)

/** The members of `ApprovalCounts`, in a playbook and in `interdict.yaml`. */
export const approvalCounts = {
  contain: count('people who have to approve a containment, besides the person who carries it out'),
  restore: count('for a restore, and for a rotation'),
  'give-back': count('to switch a credential on again that leaked'),
  'one-way': count(
    'for changes that the credentials of the run could not put back, and to delete a credential',
  ),
}
