/** Options of every change of a run. */
export interface RunRequest {
  /** Seconds to wait for another interdict process to release the state folder; 0 when missing. */
  wait?: number | undefined
  /** Take the state folder, and the runs in it, for the newest there are. */
  trustState?: boolean
  /** Continue although another run cannot be believed that may hold the same. */
  acceptUnknownHolds?: boolean
  /** Continue although the clock of this machine is far from the cloud's; the cloud's is used. */
  acceptClock?: boolean
  /** Files of approvals, in addition to those in the state folder. */
  approval?: readonly string[] | undefined
  /** Go on without the approvals that are needed, where the policy lets it; needs a reason. */
  breakGlass?: boolean
  /** Why; kept in the journal. */
  reason?: string | undefined
}
