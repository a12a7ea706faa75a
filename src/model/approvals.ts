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

/** Entries of a journal about approvals. */
export type ApprovalBody =
  /** Other people approved the act that follows. `text`: the statement and its signature, as they were given. */
  | {
      type: 'approval.used'
      act: ApprovedAct
      digest: string
      needed: number
      approvals: (Approver & { text: string })[]
    }
  /** A person went on without the approvals that the policy asks for; `had`: how many there were. */
  | {
      type: 'approval.bypassed'
      act: ApprovedAct
      actor: { user: string; host: string; pid: number }
      reason: string
      digest: string
      needed: number
      had: number
    }
