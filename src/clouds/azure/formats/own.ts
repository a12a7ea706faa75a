import type { Format } from '../../../signals/format.ts'
import { OCSF } from '../../../signals/provenance.ts'
import { azureActivity } from './azure-activity.ts'
import { entraAudit } from './entra-audit.ts'
import { entraRisk } from './entra-risk.ts'
import { entraSignIn } from './entra-sign-in.ts'
import { graphActivity } from './graph-activity.ts'
import { keyVaultAudit } from './key-vault-audit.ts'

/** The formats of Azure's and Entra's own logs and detectors, in the order in which they are tried. */
export const formats: readonly Format[] = [
  entraSignIn,
  entraAudit,
  entraRisk,
  graphActivity,
  keyVaultAudit,
  azureActivity,
].map(inTenant)

/** The same format, whose records are of the log of the tenant that they name. */
function inTenant(format: Format): Format {
  return {
    ...format,
    read: (record, context) =>
      format.read(record, context).map(draft => ({ ...draft, recordedIn: draft.account })),
  }
}

/** Formats that Azure's own envelopes may hold. */
export const OWN: readonly string[] = [...formats.map(({ name }) => name), OCSF]
