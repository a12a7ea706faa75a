/** The one table of exit codes. Documentation and `--help` are made from it. */
export const EXIT = {
  done: { code: 0, means: 'done' },
  bug: { code: 1, means: 'a bug in interdict' },
  usage: { code: 2, means: 'wrong usage, invalid playbook, or not authenticated' },
  refused: { code: 3, means: 'declined, or refused by a guard' },
  incomplete: { code: 4, means: 'incomplete: something failed, was skipped or is unverified' },
  state: { code: 5, means: 'state: locked, damaged, tampered with, or the wrong target' },
  drift: { code: 6, means: 'drift found: somebody changed or undid a setting' },
  settling: {
    code: 7,
    means: 'settling: everything is set, and the documented delay of the cloud is not over',
  },
  due: { code: 8, means: 'due: a review, a second restore or tidying is due (`interdict due`)' },
  interrupted: { code: 130, means: 'interrupted' },
} as const

/** The name of an exit code. */
export type Exit = keyof typeof EXIT

/**
 * The kinds of faults, as machine-readable words. Cloud faults say what a retry would do: `throttled`, `conflict` and
 * `unavailable` may pass, `quota` will not, `gone` means the thing is not there, `missing` that a setting refers to
 * something which no longer exists (a policy, group, role, scope or principal).
 */
export const FAULT_CODES = [
  'usage',
  'invalid-playbook',
  'invalid-input',
  'not-authenticated',
  'denied',
  'declined',
  'refused',
  'limit',
  'stale-plan',
  'horizon',
  'throttled',
  'conflict',
  'unavailable',
  'quota',
  'gone',
  'missing',
  'rejected',
  'unsupported',
  'unmodifiable',
  'other-uid',
  'drift',
  'locked',
  'damaged',
  'tampered',
  'wrong-target',
  'journal',
  'interrupted',
  'bug',
] as const

/** The kind of a fault. */
export type FaultCode = (typeof FAULT_CODES)[number]

const EXIT_OF: Partial<Record<FaultCode, Exit>> = {
  usage: 'usage',
  'invalid-playbook': 'usage',
  'invalid-input': 'usage',
  'not-authenticated': 'usage',
  declined: 'refused',
  refused: 'refused',
  limit: 'refused',
  'stale-plan': 'refused',
  horizon: 'refused',
  drift: 'drift',
  'other-uid': 'drift',
  locked: 'state',
  damaged: 'state',
  tampered: 'state',
  'wrong-target': 'state',
  journal: 'state',
  interrupted: 'interrupted',
  bug: 'bug',
}

/** More about a fault. */
export interface FaultDetail {
  /** Where: a file with line and column, an identity, a call such as `iam:PutUserPolicy`. */
  where?: string
  /** The next step, as a sentence or a command. */
  next?: string
  cause?: unknown
  /** Milliseconds after which the same call may succeed: it was not carried out, and the caller has other things to do. */
  retryAfter?: number
  /** Settings that the cloud does not take: the same call may succeed without it. */
  without?: readonly string[]
  /** URL of an emulator on this machine that answered that it does not implement the call. Absent for a cloud's answer. */
  emulator?: string
}

/** The only error that a command shows as it is. Anything else that is thrown is our bug. */
export class Fault extends Error {
  /** Its kind, which the exit code follows from. */
  readonly code: FaultCode
  /** Where: a file with line and column, an identity, a call such as `iam:PutUserPolicy`. */
  readonly where: string | undefined
  /** The next step, as a sentence or a command. */
  readonly next: string | undefined
  /** Milliseconds after which the same call may succeed. */
  readonly retryAfter: number | undefined
  /** Settings without which the same call may succeed. */
  readonly without: readonly string[] | undefined
  /** URL of an emulator on this machine that answered that it does not implement the call. */
  readonly emulator: string | undefined

  constructor(code: FaultCode, message: string, detail: FaultDetail = {}) {
    super(message, detail.cause === undefined ? undefined : { cause: detail.cause })
    this.name = 'Fault'
    this.code = code
    this.where = detail.where
    this.next = detail.next
    this.retryAfter = detail.retryAfter
    this.without = detail.without
    this.emulator = detail.emulator
  }

  /** The exit code that a command ends with, by its name. */
  get exit(): Exit {
    return EXIT_OF[this.code] ?? 'incomplete'
  }

  /** Plain data for journals and `--json`. */
  record(): FaultRecord {
    return {
      code: this.code,
      message: this.message,
      ...(this.where === undefined ? {} : { where: this.where }),
      ...(this.next === undefined ? {} : { next: this.next }),
    }
  }
}

/** A fault as plain data, for journals and `--json`. */
export interface FaultRecord {
  code: FaultCode
  message: string
  where?: string
  next?: string
}

/** Any thrown thing as a Fault; what is not one already is reported as our bug. */
export function toFault(error: unknown): Fault {
  if (error instanceof Fault) return error
  const message = error instanceof Error ? error.message : String(error)
  return new Fault('bug', message, { cause: error })
}

/**
 * Returns a thrown thing as the Fault of a question that may fail, so that its message can stand in place of the answer.
 *
 * @throws Fault `bug` and `interrupted`, which no caller may take for an answer
 */
export function unlessBug(error: unknown): Fault {
  const fault = toFault(error)
  if (fault.code === 'bug' || fault.code === 'interrupted') throw fault
  return fault
}
