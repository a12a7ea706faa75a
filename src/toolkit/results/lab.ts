import { z } from 'zod'
import type { Printed } from './values.ts'

/** Printed by `lab start`. */
export const LabStartResult = z
  .strictObject({
    id: z.string().describe('Id of the lab.'),
    endpoint: z.string().describe('URL at which it answers.'),
    pid: z.int().describe('Its process.'),
  })
  .meta({ id: 'LabStart', description: 'Printed by `lab start` once the lab answers.' })

export type LabStartResult = Printed<typeof LabStartResult>

/** Printed by `lab reset`. */
export const LabResetResult = z
  .strictObject({ id: z.string().describe('Id of the new estate.') })
  .meta({ id: 'LabReset', description: 'Printed by `lab reset`.' })

export type LabResetResult = Printed<typeof LabResetResult>
