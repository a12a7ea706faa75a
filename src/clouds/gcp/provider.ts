import type { Provider } from '../../model/provider.ts'
import { advise } from './advice.ts'
import { type GcpClient, warmUp } from './client.ts'
import { connect } from './connect.ts'
import { interruptions } from './interruptions/index.ts'
import { kinds } from './kinds/kinds.ts'
import { listingPermissions } from './permissions.ts'
import { policyDocument } from './policy.ts'
import { rotations, sinks } from './rotations/index.ts'

/** Google Cloud: service accounts, what they sign in with, and who may act as them. */
export const gcp: Provider<GcpClient> = {
  cloud: 'gcp',
  title: 'Google Cloud',
  kinds,
  interruptions,
  rotations,
  sinks,
  permissions: listingPermissions(),
  listing: listingPermissions,
  connect,
  warmUp,
  advise,
  policy: policyDocument,
}
