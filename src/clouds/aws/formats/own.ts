import { none } from '../../../signals/envelope.ts'
import type { Format } from '../../../signals/format.ts'
import { OCSF } from '../../../signals/provenance.ts'
import { cloudtrail } from './cloudtrail.ts'
import { asff, guardduty } from './guardduty.ts'

/** The formats of AWS's own logs and detectors, in the order in which they are tried. */
export const formats: readonly Format[] = [cloudtrail, guardduty, asff]

/** Formats that AWS's own envelopes may hold. */
export const OWN: readonly string[] = [...formats.map(({ name }) => name), OCSF]

/** A place for nothing. */
export const TRAIL = none('')
