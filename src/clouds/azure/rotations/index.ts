import type { Rotation, SinkKind } from '../../../model/rotation.ts'
import type { AzureClient } from '../client.ts'
import { certificateRotate } from './certificate.ts'
import { clientSecretRotate } from './client-secret.ts'
import { keyVault } from './key-vault.ts'

export const rotations: readonly Rotation<AzureClient>[] = [clientSecretRotate, certificateRotate]

export const sinks: readonly SinkKind<AzureClient>[] = [keyVault]
