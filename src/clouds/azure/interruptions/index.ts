import type { Interruption } from '../../../model/interruption.ts'
import { withOccasions } from '../../kit/lens/with-occasions.ts'
import type { AzureClient } from '../client.ts'
import { OCCASIONS } from '../settings/occasions.ts'
import { UNDONE_BY } from '../settings/undone-by.ts'
import { applicationDisable } from './application-disable.ts'
import { certificateDisable } from './certificate-disable.ts'
import { managedIdentityDetach, servicePrincipalDetach } from './detach.ts'
import { federatedCredentialDisable } from './federated-credential-disable.ts'
import { servicePrincipalGate } from './gate.ts'
import { managedIdentityQuarantine, servicePrincipalQuarantine } from './quarantine.ts'
import { managedIdentityDisable, servicePrincipalDisable } from './service-principal-disable.ts'
import { storageAccountConstrain } from './storage-account-constrain.ts'

const all: readonly Interruption<AzureClient>[] = [
  servicePrincipalQuarantine,
  managedIdentityQuarantine,
  servicePrincipalDisable,
  managedIdentityDisable,
  applicationDisable,
  federatedCredentialDisable,
  certificateDisable,
  storageAccountConstrain,
  servicePrincipalGate,
  servicePrincipalDetach,
  managedIdentityDetach,
]

/**
 * Everything that can be interrupted in Azure and Entra: each file beside this one exports interruptions and nothing else. Code that several
 * of them read and write is in `../settings`, what those of all clouds share in `../../kit/lens`.
 */
export const interruptions = withOccasions(all, OCCASIONS, UNDONE_BY)
