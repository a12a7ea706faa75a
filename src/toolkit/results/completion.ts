import { z } from 'zod'
import { named, text } from './shapes.ts'
import type { Printed } from './values.ts'

/** Printed by `completion`. */
export const CompletionResult = named('Completion', 'Printed by `completion`.', {
  shell: z.enum(['bash', 'zsh', 'fish']).describe('The shell.'),
  script: text('The script, as the shell reads it.'),
})

export type CompletionResult = Printed<typeof CompletionResult>
