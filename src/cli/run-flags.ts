import type { RunRequest } from '../toolkit/run-request.ts'

/** Flags of every command that works on runs. */
export interface RunFlags {
  state?: string | undefined
  config?: string | undefined
  json?: boolean
  lab?: boolean
  wait?: number | undefined
  'trust-state'?: boolean
  'accept-unknown-holds'?: boolean
  'accept-clock'?: boolean
  reason?: string | undefined
  approval?: string[] | undefined
  'break-glass'?: boolean
  yes?: boolean
}

/** The flags as the toolkit takes them. */
export function runRequest(flags: RunFlags): RunRequest {
  return {
    wait: flags.wait,
    trustState: flags['trust-state'] === true,
    acceptUnknownHolds: flags['accept-unknown-holds'] === true,
    acceptClock: flags['accept-clock'] === true,
    reason: flags.reason,
    approval: flags.approval,
    breakGlass: flags['break-glass'] === true,
  }
}
