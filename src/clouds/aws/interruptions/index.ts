import type { Interruption } from '../../../model/interruption.ts'
import { withOccasions } from '../../kit/lens/with-occasions.ts'
import type { AwsClient } from '../client.ts'
import { OCCASIONS } from '../settings/occasions.ts'
import { accessKeyDisable } from './access-key-disable.ts'
import { roleConstrain, userConstrain } from './constrain.ts'
import { roleDetach, userDetach } from './detach.ts'
import { roleGate, userGate } from './gate.ts'
import { roleGuard, userGuard } from './guard.ts'
import { instanceProfileDetach } from './instance-profile-detach.ts'
import { oidcProviderDisable } from './oidc-provider-disable.ts'
import { roleQuarantine, userQuarantine } from './quarantine.ts'
import { roleRevokeSessions, userRevokeSessions } from './revoke-sessions.ts'
import { roleDisable } from './role-disable.ts'
import { serviceCredentialDisable } from './service-credential-disable.ts'
import { signingCertificateDisable } from './signing-certificate-disable.ts'
import { sshKeyDisable } from './ssh-key-disable.ts'

const all: readonly Interruption<AwsClient>[] = [
  userGuard,
  roleGuard,
  userQuarantine,
  roleQuarantine,
  accessKeyDisable,
  serviceCredentialDisable,
  signingCertificateDisable,
  sshKeyDisable,
  roleDisable,
  oidcProviderDisable,
  userRevokeSessions,
  roleRevokeSessions,
  userConstrain,
  roleConstrain,
  userGate,
  roleGate,
  userDetach,
  roleDetach,
  instanceProfileDetach,
]

/**
 * Everything that can be interrupted in AWS: each file beside this one exports interruptions and nothing else. Code that several
 * of them read and write is in `../settings`, what those of all clouds share in `../../kit/lens`.
 */
export const interruptions = withOccasions(all, OCCASIONS)
