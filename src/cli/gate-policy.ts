import type { Harness } from '../gate/call.ts'
import { starterPolicy } from '../gate/install/starter.ts'
import type { GatePolicyResult } from '../toolkit/results/gate.ts'
import { jsonText } from '../ui/json.ts'
import { print } from './terminal.ts'

/** `gate policy`: prints a policy to begin with. */
export async function showStarterPolicy(harness: Harness, agent: string, json: boolean): Promise<void> {
  const policy = starterPolicy(harness, agent)
  await print(json ? jsonText({ policy } satisfies GatePolicyResult) : policy)
}
