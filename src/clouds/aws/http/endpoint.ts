/**
 * The base address of a request that does not go to AWS. The resolved endpoint is not on the configuration of an SDK
 * client; the request has it (tested).
 *
 * @param args what the SDK hands to a middleware
 * @param suffixes DNS suffixes of the partition, e.g. `amazonaws.com` and `api.aws`: public endpoints, dual-stack ones and
 *   those inside a VPC end with one of them
 */
export function customEndpoint(args: unknown, suffixes: readonly string[]): string | undefined {
  if (typeof args !== 'object' || args === null || !('request' in args)) return undefined
  const { request } = args
  if (typeof request !== 'object' || request === null || !('hostname' in request)) return undefined
  const hostname = String(request.hostname)
  if (suffixes.some(suffix => hostname.endsWith(`.${suffix}`))) return undefined
  const protocol = 'protocol' in request ? String(request.protocol) : 'https:'
  const port = 'port' in request && request.port ? `:${request.port}` : ''
  return `${protocol}//${hostname}${port}`
}
