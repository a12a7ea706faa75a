/** The audiences of tokens, and the app id of its service principal in every tenant. */
export const AUDIENCES = {
  graph: '00000003-0000-0000-c000-000000000000',
  arm: '797f4846-ba00-4fd7-ba43-dac1f8f63013',
  vault: 'cfa8b339-82a2-471a-a3c9-0fc0be7a4093',
  storage: 'e406a681-f3d4-42a8-90b6-c2b029497af1',
  exchange: 'fb60f99c-7a34-4190-8149-302f77469936',
} as const

export type Audience = keyof typeof AUDIENCES

const HOSTS: { readonly [host: string]: Audience } = {
  'graph.microsoft.com': 'graph',
  'graph.microsoft.us': 'graph',
  'dod-graph.microsoft.us': 'graph',
  'microsoftgraph.chinacloudapi.cn': 'graph',
  'management.azure.com': 'arm',
  'management.core.windows.net': 'arm',
  'management.usgovcloudapi.net': 'arm',
  'management.core.usgovcloudapi.net': 'arm',
  'management.chinacloudapi.cn': 'arm',
  'vault.azure.net': 'vault',
  'vault.usgovcloudapi.net': 'vault',
  'vault.azure.cn': 'vault',
  'storage.azure.com': 'storage',
}

/** Which of them a resource (`https://graph.microsoft.com`, an app id, `api://AzureADTokenExchange`) names. */
export function audienceOf(resource: string): Audience | undefined {
  const name = resource.replace(/\/+$/, '')
  if (/^api:\/\/AzureADTokenExchange$/i.test(name)) return 'exchange'
  for (const [audience, appId] of Object.entries(AUDIENCES)) {
    if (name.toLowerCase() === appId) return audience as Audience
  }
  const host = /^https:\/\/([^/]+)$/.exec(name)?.[1]?.toLowerCase() ?? ''
  return Object.hasOwn(HOSTS, host) ? HOSTS[host] : undefined
}
