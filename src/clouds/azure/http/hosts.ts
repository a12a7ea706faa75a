import { Fault } from '../../../model/fault.ts'

/** The services that are called. Each has its own host and its own kind of token. */
export type AzureService = 'graph' | 'arm' | 'vault'

/** Where a cloud of Azure answers, as origins without a trailing slash. */
export interface Hosts {
  /** Where tokens come from. */
  authority: string
  graph: string
  arm: string
  /** Where a key vault answers, by its name. */
  vault(name: string): string
  /** The scope of a token, by service: `<audience>/.default`. */
  audiences: { readonly [Service in AzureService]: string }
}

export const CLOUDS = ['AzurePublic', 'AzureUSGovernment', 'AzureUSGovernmentDoD', 'AzureChina'] as const

export type AzureCloud = (typeof CLOUDS)[number]

function hosts(authority: string, graph: string, arm: string, vaults: string): Hosts {
  const vault = (name: string) => `https://${name}.${vaults}`
  return { authority, graph, arm, vault, audiences: { graph, arm, vault: `https://${vaults}` } }
}

/** Microsoft Graph, "National cloud deployments"; Azure, "Compare Azure Government and global Azure". */
const TABLE: { readonly [Cloud in AzureCloud]: Hosts } = {
  AzurePublic: hosts(
    'https://login.microsoftonline.com',
    'https://graph.microsoft.com',
    'https://management.azure.com',
    'vault.azure.net',
  ),
  AzureUSGovernment: hosts(
    'https://login.microsoftonline.us',
    'https://graph.microsoft.us',
    'https://management.usgovcloudapi.net',
    'vault.usgovcloudapi.net',
  ),
  AzureUSGovernmentDoD: hosts(
    'https://login.microsoftonline.us',
    'https://dod-graph.microsoft.us',
    'https://management.usgovcloudapi.net',
    'vault.usgovcloudapi.net',
  ),
  AzureChina: hosts(
    'https://login.partner.microsoftonline.cn',
    'https://microsoftgraph.chinacloudapi.cn',
    'https://management.chinacloudapi.cn',
    'vault.azure.cn',
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
    const vault = (name: string) => `${origin}/vault/${name}`
    return { authority: origin, graph: origin, arm: origin, vault, audiences: own.audiences }
  }
  return authority === undefined ? own : { ...own, authority: originOf(authority, 'the authority') }
}

/** Further addresses of the same authorities: Azure's own libraries name them (@azure/identity, `AzureAuthorityHosts`). */
const ALIASES: { readonly [authority: string]: AzureCloud } = {
  'https://login.chinacloudapi.cn': 'AzureChina',
  'https://login.windows.net': 'AzurePublic',
}

/** The authority of a cloud that was closed in 2021. */
const CLOSED = 'https://login.microsoftonline.de'

/**
 * The cloud whose authority this is, e.g. that of `AZURE_AUTHORITY_HOST`; undefined for a private one.
 *
 * @throws Fault `usage` for an authority of a cloud that no longer exists
 */
export function cloudOfAuthority(authority: string): AzureCloud | undefined {
  const origin = originOf(authority, 'the authority')
  if (origin === CLOSED) {
    throw new Fault('usage', `${origin} was the authority of Azure Germany, which no longer exists`, {
      where: 'AZURE_AUTHORITY_HOST',
      next: 'unset AZURE_AUTHORITY_HOST, or set it to the authority of your cloud',
    })
  }
  return CLOUDS.find(cloud => TABLE[cloud].authority === origin) ?? ALIASES[origin]
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
