import type { Interruption } from '../../../model/interruption.ts'
import { withOccasions } from '../../kit/lens/with-occasions.ts'
import type { GcpClient } from '../client.ts'
import { OCCASIONS } from '../settings/occasions.ts'
import { UNDONE_BY } from '../settings/undone-by.ts'
import { apiKeyDisable } from './api-key-disable.ts'
import { hmacKeyDisable } from './hmac-key-disable.ts'
import { serviceAccountDetach } from './service-account-detach.ts'
import { serviceAccountDisable } from './service-account-disable.ts'
import { serviceAccountGate } from './service-account-gate.ts'
import { serviceAccountKeyDisable } from './service-account-key-disable.ts'
import { serviceAccountQuarantine } from './service-account-quarantine.ts'
import { workloadPoolDisable } from './workload-pool-disable.ts'
import { workloadProviderConstrain } from './workload-provider-constrain.ts'
import { workloadProviderDisable } from './workload-provider-disable.ts'

const all: readonly Interruption<GcpClient>[] = [
  serviceAccountQuarantine,
  serviceAccountKeyDisable,
  hmacKeyDisable,
  apiKeyDisable,
  serviceAccountDisable,
  workloadProviderDisable,
  workloadPoolDisable,
  workloadProviderConstrain,
  serviceAccountGate,
  serviceAccountDetach,
]

/**
 * Everything that can be interrupted in Google Cloud: each file beside this one exports interruptions and nothing else. Code that several
 * of them read and write is in `../settings`, what those of all clouds share in `../../kit/lens`.
 */
export const interruptions = withOccasions(all, OCCASIONS, UNDONE_BY)
