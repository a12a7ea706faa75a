import { z } from 'zod'
import { FAULT_CODES } from '../../model/fault.ts'
import { choice, named, optionalText, text } from './shapes.ts'
import type { Printed } from './values.ts'

/** A failure: of a command, or of one part of what it did. */
export const FaultResult = named('Fault', 'A failure: of a command, or of one part of what it did.', {
  code: choice(
    'The kind of failure. Of those from a cloud, `throttled`, `conflict` and `unavailable` may pass when tried again; `quota`, `gone` and `missing` do not.',
    FAULT_CODES,
  ),
  message: text('The failure, for people.'),
  where: optionalText(
    'Where: a file with line and column, an identity, a call such as `iam:PutUserPolicy`. Absent if there is no place to name.',
  ),
  next: optionalText('The next step: a command or a sentence. Absent if nothing is known to help.'),
})

/** Printed by every command in place of its result when it fails. */
export const ErrorResult = named(
  'Error',
  'Printed by every command in place of its result when the command fails.',
  {
    error: FaultResult,
    exit: z.int().describe('The exit code of the command.'),
  },
)

export type ErrorResult = Printed<typeof ErrorResult>
