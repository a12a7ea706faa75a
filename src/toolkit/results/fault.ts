import { z } from 'zod'
import type { FaultCode } from '../../model/fault.ts'
import type { Printed } from './values.ts'

/** Why something failed, as a word for programs. */
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
] as const satisfies readonly FaultCode[]

/** A failure: of a command, or of one part of what it did. */
export const FaultResult = z
  .strictObject({
    code: z
      .enum(FAULT_CODES)
      .describe(
        'The kind of failure. Of those from a cloud, `throttled`, `conflict` and `unavailable` may pass when tried again; `quota`, `gone` and `missing` do not.',
      ),
    message: z.string().describe('The failure, for people.'),
    where: z
      .string()
      .optional()
      .describe(
        'Where: a file with line and column, an identity, a call such as `iam:PutUserPolicy`. Absent if there is no place to name.',
      ),
    next: z
      .string()
      .optional()
      .describe('The next step: a command or a sentence. Absent if nothing is known to help.'),
  })
  .meta({ id: 'Fault', description: 'A failure: of a command, or of one part of what it did.' })

/** Printed by every command in place of its result when it fails. */
export const ErrorResult = z
  .strictObject({
    error: FaultResult,
    exit: z.int().describe('The exit code of the command.'),
  })
  .meta({
    id: 'Error',
    description: 'Printed by every command in place of its result when the command fails.',
  })

export type ErrorResult = Printed<typeof ErrorResult>
