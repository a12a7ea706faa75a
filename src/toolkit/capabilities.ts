import { type Capabilities, capabilitiesOf, STAGES, stagePermissions } from '../model/capability.ts'
import type { Interruption } from '../model/interruption.ts'
import type { Session } from '../model/provider.ts'

/** The capabilities of one session's credentials. */
export interface CapabilityDiagnosis {
  /** One entry for each interruption that was asked about, in the same order. */
  capabilities: Capabilities[]
  /** The cloud's operation that gave the answer, and its limits, in words. */
  basis: string
}

/** Capabilities of a session's credentials for these interruptions; reads only. Undefined where the cloud has no way to say. */
export async function diagnoseCapabilities(
  session: Session,
  interruptions: readonly Interruption[],
): Promise<CapabilityDiagnosis | undefined> {
  if (session.rights === undefined || interruptions.length === 0) return undefined
  const permissions = new Set(
    interruptions.flatMap(each => STAGES.flatMap(stage => stagePermissions(each, stage))),
  )
  const rights = await session.rights([...permissions].sort())
  return { capabilities: interruptions.map(each => capabilitiesOf(each, rights)), basis: rights.basis }
}

/**
 * Whether something is missing, or is unknown. A stage that is not available, without a permission being the reason, counts only
 * where a playbook asks for it.
 */
export function isLacking(capabilities: readonly Capabilities[], ofPlaybook: boolean): boolean {
  return capabilities.some(each =>
    STAGES.some(stage => {
      const { answer } = each[stage]
      return answer === 'unavailable' ? ofPlaybook : answer !== 'can'
    }),
  )
}
