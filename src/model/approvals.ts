/** How many other people have to approve, by what is done. */
export interface ApprovalCounts {
  contain?: number | undefined
  restore?: number | undefined
  /** A credential that leaked is switched on again. */
  'give-back'?: number | undefined
  /** The credentials of the run could not put it back, or something is deleted. */
  'one-way'?: number | undefined
}

/** The names of {@link ApprovalCounts}. */
export const APPROVAL_NAMES = ['contain', 'restore', 'give-back', 'one-way'] as const

/** The larger of two counts, name by name. */
export function strictest(...all: readonly (ApprovalCounts | undefined)[]): ApprovalCounts {
  const counts: ApprovalCounts = {}
  for (const name of APPROVAL_NAMES) {
    const most = Math.max(...all.map(each => each?.[name] ?? 0))
    if (most > 0) counts[name] = most
  }
  return counts
}

/** Acts that can need the approval of other people. */
export type ApprovedAct = 'contain' | 'restore' | 'rotate'

/** A person who approved, and with which key. */
export interface Approver {
  /** Principal, such as an e-mail address. */
  approver: string
  /** As `ssh-keygen -l` prints it. */
  fingerprint: string
  nonce: string
}
