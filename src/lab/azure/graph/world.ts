import type { LabClock } from '../../clock.ts'
import type { View } from '../../propagation.ts'
import type { LiveAzure } from '../estate.ts'
import { Problem } from '../wire.ts'

export interface GraphWorld {
  estate: LiveAzure
  clock: LabClock
  view: View
  enforced: View
}

export interface GraphInput {
  headers: { readonly [name: string]: string | undefined }
  body: string
  /** E.g. `http://127.0.0.1:4566`. */
  base: string
}

/** Members of a JSON body; none of an empty one. @throws Problem */
export function bodyOf(text: string): { readonly [member: string]: unknown } {
  if (text === '') return {}
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null) return { ...value }
  } catch {
    // Reported below.
  }
  throw new Problem(400, 'BadRequest', 'Unable to read JSON request payload.')
}
