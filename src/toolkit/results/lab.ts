import { z } from 'zod'
import { named, text } from './shapes.ts'
import type { Printed } from './values.ts'

/** Printed by `lab start`. */
export const LabStartResult = named('LabStart', 'Printed by `lab start` once the lab answers.', {
  id: text('Id of the lab.'),
  endpoint: text('URL at which it answers.'),
  pid: z.int().describe('Its process.'),
})

export type LabStartResult = Printed<typeof LabStartResult>

/** Printed by `lab reset`. */
export const LabResetResult = named('LabReset', 'Printed by `lab reset`.', {
  id: text('Id of the new estate.'),
})

export type LabResetResult = Printed<typeof LabResetResult>
