/** Where AWS answers: its public endpoints, dual-stack ones and those inside a VPC, in every partition that we know. */
const OWN = /(^|\.)(amazonaws\.com(\.cn)?|amazonaws\.eu|api\.aws)$/

/**
 * The base address of a request that does not go to AWS. The resolved endpoint is not on the configuration of an SDK
 * client; the request has it (tested).
 *
 * @param args what the SDK hands to a middleware
 */
export function customEndpoint(args: unknown): string | undefined {
  if (typeof args !== 'object' || args === null || !('request' in args)) return undefined
  const { request } = args
  if (typeof request !== 'object' || request === null || !('hostname' in request)) return undefined
  const hostname = String(request.hostname)
  if (OWN.test(hostname)) return undefined
  const protocol = 'protocol' in request ? String(request.protocol) : 'https:'
  const port = 'port' in request && request.port ? `:${request.port}` : ''
  return `${protocol}//${hostname}${port}`
}
