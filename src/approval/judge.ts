import { type AllowedSigners, isPrincipal, signersFor } from './allowed-signers.ts'
import type { Approval } from './approval-file.ts'
import { APPROVE } from './namespaces.ts'
import { fingerprintOf } from './ssh-key.ts'
import { signatureFlaw } from './ssh-signature.ts'
import { type Statement, statementText } from './statement.ts'

/** An act that waits for approvals. */
export type Asked = Pick<Statement, 'act' | 'run' | 'target' | 'digest' | 'options'>

/** The circumstances under which approvals are judged. */
export interface Circumstances {
  signers: AllowedSigners
  /** Principals who carry the act out: they do not approve it themselves. */
  actors: readonly string[]
  /** Principals of whom at least one other is needed: who contained is not alone in giving back. */
  notAlone?: readonly string[]
  /** How many different people are needed. */
  needed: number
  /** Nonces of approvals that were used before. */
  used: ReadonlySet<string>
  /** RFC 3339. */
  now: string
}

/** An approval that counts. */
export interface Counted {
  approver: string
  fingerprint: string
  approval: Approval
}

/** The verdict over all approvals that are at hand. */
export interface Verdict {
  counted: Counted[]
  /** Why the others do not count; `at` names them. */
  refused: { at: string; because: string }[]
  /** People that are still missing. */
  missing: number
}

/** Longest time from now to the end of an approval, in milliseconds: a day. One without an end in sight is none. */
export const LONGEST_MS = 24 * 60 * 60 * 1000

/** Judges the approvals of an act. Of one person one counts, with however many keys. */
export function judge(
  asked: Asked,
  approvals: readonly { at: string; approval: Approval }[],
  circumstances: Circumstances,
): Verdict {
  const { needed, notAlone = [] } = circumstances
  const counted: Counted[] = []
  const refused: Verdict['refused'] = []
  for (const { at, approval } of approvals) {
    const because =
      flawOf(asked, approval, circumstances) ??
      (counted.some(({ approver }) => approver === approval.statement.approver)
        ? `${approval.statement.approver} approved it already`
        : undefined)
    if (because !== undefined) refused.push({ at, because })
    else {
      counted.push({
        approver: approval.statement.approver,
        fingerprint: fingerprintOf(approval.signature.key.blob),
        approval,
      })
    }
  }
  const isAnother = counted.some(({ approver }) => !notAlone.includes(approver))
  const missing = Math.max(needed - counted.length, needed > 0 && !isAnother ? 1 : 0)
  return { counted, refused, missing }
}

/** Why an approval does not count; undefined where it does. The signature first: what nobody signed says nothing. */
function flawOf(
  asked: Asked,
  { statement, signature }: Approval,
  { signers, actors, used, now }: Circumstances,
): string | undefined {
  const time = Date.parse(now)
  const { blob } = signature.key
  const flaw = signatureFlaw(signature, statementText(statement), APPROVE)
  if (flaw !== undefined) return flaw
  const by = signersFor(signers, blob, APPROVE, time)
  if (!by.some(signer => isPrincipal(signer, statement.approver)))
    return `the key ${fingerprintOf(blob)} is not one that ${statement.approver} may approve with now`
  if (statement.act !== asked.act) return `it approves to ${statement.act}, and this is to ${asked.act}`
  if (statement.run !== asked.run) return `it is for run ${statement.run}`
  if (statement.target !== asked.target) return `it is for ${statement.target}, and this is ${asked.target}`
  const ends = Date.parse(statement.expires)
  if (ends <= time) return `it ended at ${statement.expires}`
  if (ends - time > LONGEST_MS) return `it would count for more than a day, until ${statement.expires}`
  if (actors.includes(statement.approver)) return `${statement.approver} carries it out`
  if (used.has(statement.nonce)) return 'it was used already'
  const words = (options: readonly string[]) => (options.length === 0 ? 'no options' : options.join(' '))
  if (words(statement.options) !== words(asked.options))
    return `it approves ${words(statement.options)}, and this is with ${words(asked.options)}`
  if (statement.digest !== asked.digest) return 'what would be done has changed since it was approved'
  return undefined
}
