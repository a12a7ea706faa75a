import { Fault } from '../../model/fault.ts'

/** The two services that are called. Each has its own host and its own kind of token. */
export type AzureService = 'graph' | 'arm'

/** Where a cloud of Azure answers, as origins without a trailing slash. */
export interface Hosts {
  /** Where tokens come from. */
  authority: string
  graph: string
  arm: string
  /** What a token is asked for, by service: `<audience>/.default`. */
  audiences: { readonly [Service in AzureService]: string }
}

export const CLOUDS = ['AzurePublic', 'AzureUSGovernment', 'AzureUSGovernmentDoD', 'AzureChina'] as const

export type AzureCloud = (typeof CLOUDS)[number]

function hosts(authority: string, graph: string, arm: string): Hosts {
  return { authority, graph, arm, audiences: { graph, arm } }
}

/** Microsoft Graph, "National cloud deployments"; Azure, "Compare Azure Government and global Azure". */
const TABLE: { readonly [Cloud in AzureCloud]: Hosts } = {
  AzurePublic: hosts(
    'https://login.microsoftonline.com',
    'https://graph.microsoft.com',
    'https://management.azure.com',
  ),
  AzureUSGovernment: hosts(
    'https://login.microsoftonline.us',
    'https://graph.microsoft.us',
    'https://management.usgovcloudapi.net',
  ),
  AzureUSGovernmentDoD: hosts(
    'https://login.microsoftonline.us',
    'https://dod-graph.microsoft.us',
    'https://management.usgovcloudapi.net',
  ),
  AzureChina: hosts(
    'https://login.partner.microsoftonline.cn',
    'https://microsoftgraph.chinacloudapi.cn',
    'https://management.chinacloudapi.cn',
  ),
}

/**
 * The hosts of a cloud; with an endpoint, everything is there, and tokens are still asked for under the cloud's own
 * audiences.
 *
 * @param endpoint of a lab or an emulator
 * @throws Fault `usage` for an address that a token must not be sent to
 */
export function hostsOf(cloud: AzureCloud, endpoint?: string, authority?: string): Hosts {
  const own = TABLE[cloud]
  if (endpoint !== undefined) {
    const origin = originOf(endpoint, 'the endpoint')
    return { authority: origin, graph: origin, arm: origin, audiences: own.audiences }
  }
  return authority === undefined ? own : { ...own, authority: originOf(authority, 'the authority') }
}

/** The cloud whose authority this is, e.g. that of `AZURE_AUTHORITY_HOST`. */
export function cloudOfAuthority(authority: string): AzureCloud | undefined {
  const origin = originOf(authority, 'the authority')
  return CLOUDS.find(cloud => TABLE[cloud].authority === origin)
}

/** Whether anybody on the way could read what is sent there. Plain http is for this machine alone. */
export function isLoopback(address: string): boolean {
  const { hostname } = new URL(address)
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname)
}

function originOf(address: string, what: string): string {
  const url = URL.parse(address.includes('://') ? address : `https://${address}`)
  if (!url || (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback(address)))) {
    throw new Fault('usage', `${what} must be an https address, not ${address}`, {
      next: 'plain http is for a lab on this machine only',
    })
  }
  return url.origin
}
