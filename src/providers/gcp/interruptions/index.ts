import type { Interruption } from '../../../model/interruption.ts'
import type { GcpClient } from '../client.ts'

export const interruptions: Interruption<GcpClient>[] = []
