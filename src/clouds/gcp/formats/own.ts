import type { Format } from '../../../signals/format.ts'
import { OCSF } from '../../../signals/provenance.ts'
import { cloudAudit } from './cloud-audit.ts'
import { scc } from './scc.ts'

/** The formats of Google Cloud's own logs and detectors, in the order in which they are tried. */
export const formats: readonly Format[] = [cloudAudit, scc]

/** Formats that Google Cloud's own envelopes may hold. */
export const OWN: readonly string[] = [...formats.map(({ name }) => name), OCSF]
