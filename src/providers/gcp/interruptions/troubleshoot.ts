import { Fault } from '../../../model/fault.ts'
import type { Probe } from '../../../model/interruption.ts'
import type { GcpClient } from '../client.ts'

interface Answer {
  overallAccessState?: string
  denyPolicyExplanation?: { denyAccessState?: string }
}

/** We may not ask, the API is not enabled, or the cloud cannot answer. */
const UNANSWERED = new Set([
  'denied',
  'rejected',
  'unsupported',
  'gone',
  'throttled',
  'unavailable',
  'conflict',
])

/**
 * What Policy Troubleshooter says about a permission of a service account on its project. It knows users and service
 * accounts only, and does not see that an account is disabled (Policy Intelligence documentation, "Troubleshoot IAM
 * permissions"). Having no grant proves nothing about our deny, so only a deny policy that denies counts.
 */
export async function troubleshoot(
  client: GcpClient,
  email: string,
  permission: string,
): Promise<Probe | 'pending'> {
  const { overallAccessState = '', denyPolicyExplanation } = await asked(client, email, permission)
  const { denyAccessState = '' } = denyPolicyExplanation ?? {}
  if (denyAccessState === 'DENY_ACCESS_STATE_DENIED') return 'denied'
  if (overallAccessState === 'CAN_ACCESS') return 'allowed'
  // What is granted may be unknown, because of groups or conditions; that our deny is not there yet is known.
  return denyAccessState === 'DENY_ACCESS_STATE_NOT_DENIED' ? 'pending' : 'unknown'
}

/** Whether a service account has a permission on its project; undefined where Google does not tell. */
export async function mayUse(
  client: GcpClient,
  email: string,
  permission: string,
): Promise<boolean | undefined> {
  const { overallAccessState } = await asked(client, email, permission)
  if (overallAccessState === 'CAN_ACCESS') return true
  return overallAccessState === 'CANNOT_ACCESS' ? false : undefined
}

async function asked(client: GcpClient, principal: string, permission: string): Promise<Answer> {
  try {
    const fullResourceName = `//cloudresourcemanager.googleapis.com/projects/${client.project}`
    return await client.call<Answer>({
      service: 'policytroubleshooter',
      operation: 'policytroubleshooter.iam.troubleshoot',
      method: 'POST',
      path: '/v3/iam:troubleshoot',
      body: { accessTuple: { principal, fullResourceName, permission } },
    })
  } catch (error) {
    if (error instanceof Fault && UNANSWERED.has(error.code)) return {}
    throw error
  }
}
