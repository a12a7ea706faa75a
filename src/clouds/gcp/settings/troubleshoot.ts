import { Fault } from '../../../model/fault.ts'
import type { Probe } from '../../../model/interruption.ts'
import type { GcpClient } from '../client.ts'
import { gcpCall } from '../http/call.ts'

const OPERATION = 'policytroubleshooter.iam.troubleshoot'

interface Answer {
  overallAccessState?: string
  denyPolicyExplanation?: { denyAccessState?: string }
}

/**
 * Asks Policy Troubleshooter about a permission of a service account on its project. It knows users and service
 * accounts only, and does not see that an account is disabled (Policy Intelligence documentation, "Troubleshoot IAM
 * permissions"). Having no grant proves nothing about our deny, so only a deny policy that denies counts. Throws the Fault
 * where it does not answer (API not enabled, not permitted, throttled) or cannot tell.
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
  // The grants may be unknown, because of groups or conditions; a missing deny of ours is known.
  if (denyAccessState === 'DENY_ACCESS_STATE_NOT_DENIED') return 'pending'
  const state = denyAccessState || overallAccessState || 'nothing'
  throw new Fault('unsupported', `${OPERATION}: it cannot tell about ${permission}: ${state}`, {
    where: `${OPERATION} in ${client.project}`,
    next: 'grant roles/iam.securityReviewer, so that it may read the policies and groups that count',
  })
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
  const fullResourceName = `//cloudresourcemanager.googleapis.com/projects/${client.project}`
  return await client.call<Answer>(
    gcpCall('POST', OPERATION, '/v3/iam:troubleshoot', {
      body: { accessTuple: { principal, fullResourceName, permission } },
    }),
  )
}
