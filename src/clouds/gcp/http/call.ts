import type { GcpService } from './hosts.ts'
import type { GcpCall } from './transport.ts'

/**
 * Makes a call of Google's id of its method in the discovery document, which begins with the service:
 * `iam.projects.serviceAccounts.disable`.
 *
 * @param path from the root, already percent-encoded
 */
export function gcpCall(
  method: GcpCall['method'],
  operation: `${GcpService}.${string}`,
  path: string,
  more: Pick<GcpCall, 'query' | 'body'> = {},
): GcpCall {
  const service = operation.slice(0, operation.indexOf('.')) as GcpService
  return { operation, service, method, path, ...more }
}
