import type { Rotation, SinkKind } from '../../../model/rotation.ts'
import type { GcpClient } from '../client.ts'
import { secretManager } from './secret-sink.ts'
import { serviceAccountKeyRotate } from './service-account-key.ts'

export const rotations: readonly Rotation<GcpClient>[] = [serviceAccountKeyRotate]

export const sinks: readonly SinkKind<GcpClient>[] = [secretManager]
