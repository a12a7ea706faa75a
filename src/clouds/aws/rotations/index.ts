import type { Rotation, SinkKind } from '../../../model/rotation.ts'
import type { AwsClient } from '../client.ts'
import { accessKeyRotate } from './access-key.ts'
import { secretsManager } from './secret-sink.ts'

export const rotations: readonly Rotation<AwsClient>[] = [accessKeyRotate]

export const sinks: readonly SinkKind<AwsClient>[] = [secretsManager]
