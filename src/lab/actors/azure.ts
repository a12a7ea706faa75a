import { BACKUP_MACHINE, ORDERS_SITE } from '../azure/seed/ids.ts'
import type { Troupe, Way } from './actor.ts'
import { AzureCloud, isPassing } from './azure-credentials.ts'

type Obtain = () => Promise<string>
type Use = (token: string) => Promise<unknown>

/** The actors of Azure. */
export async function azureTroupe(endpoint: string): Promise<Troupe> {
  const parts = Object.entries(azureCast).map(([name, part]) => [
    name,
    async () => (await part?.(endpoint)) ?? [],
  ])
  return { parts: Object.fromEntries(parts), close: () => undefined }
}

/** How each actor gets at its data. Thieves hold on to what they have, and get new tokens as well. */
export const azureCast: { readonly [actor: string]: ((endpoint: string) => Promise<Way[]>) | undefined } = {
  'consented-app': async endpoint => {
    const cloud = new AzureCloud(endpoint)
    const graph = () => cloud.bySecret('mail-insights', 'mail-insights/stolen', 'graph')
    const vault = () => cloud.bySecret('mail-insights', 'mail-insights/stolen', 'vault')
    const users: Use = token => cloud.readUsers(token)
    const stolen: Use = token => cloud.readSecret(token, 'payments-stripe')
    return [
      { name: 'earlier token at Graph', rate: 6, attempt: keeps(await graph(), users) },
      { name: 'fresh token at Graph', rate: 4, attempt: mints(graph, users) },
      { name: 'earlier token at Key Vault', rate: 6, attempt: keeps(await vault(), stolen) },
      { name: 'fresh token at Key Vault', rate: 4, attempt: mints(vault, stolen) },
    ]
  },
  'rogue-agent': async endpoint => {
    const cloud = new AzureCloud(endpoint)
    const obtain = () =>
      cloud.byBlueprint('agent-refunds', 'support-agents', 'support-agents/platform', 'vault')
    return steals(obtain, token => cloud.readSecret(token, 'payments-stripe'))
  },
  'breached-vendor-azure': async endpoint => {
    const cloud = new AzureCloud(endpoint)
    const obtain = () => cloud.bySecret('vendor-sync', 'vendor-sync', 'vault')
    return steals(obtain, token => cloud.readSecret(token, 'orders-database'))
  },
  'forged-workflow-azure': async endpoint => {
    const cloud = new AzureCloud(endpoint)
    const obtain = () => cloud.byWorkflow('shop-deploy', 'repo:acme/shop:pull_request', 'vault')
    return steals(obtain, token => cloud.readSecret(token, 'payments-stripe'))
  },

  'billing-azure': worker('billing-sap', cloud =>
    cloud.bySecret('billing-export', 'billing-export/ci', 'vault'),
  ),
  'reports-azure': worker('reports-warehouse', cloud =>
    cloud.bySecret('reports-api', 'reports-api/vault', 'vault'),
  ),
  'backup-azure': worker('backup-key', cloud => cloud.byHost(BACKUP_MACHINE, 'vault')),
  'orders-azure': worker('orders-database', cloud => cloud.byHost(ORDERS_SITE, 'vault')),
  'docs-workflow-azure': worker('docs-site', cloud =>
    cloud.byWorkflow('docs-deploy', 'repo:acme/docs:ref:refs/heads/main', 'vault'),
  ),
  'partner-sync-azure': worker('partner-exchange', cloud =>
    cloud.bySecret('partner-reports', 'partner-reports', 'vault'),
  ),
  'research-agent': worker('research-index', cloud =>
    cloud.byBlueprint('agent-research', 'research-agents', 'research-agents/platform', 'vault'),
  ),

  'mail-digest': worker('mail-archive', cloud =>
    cloud.bySecret('mail-insights', 'mail-insights/digest', 'vault'),
  ),
  'triage-agent': worker('support-inbox', cloud =>
    cloud.byBlueprint('agent-triage', 'support-agents', 'support-agents/platform', 'vault'),
  ),
  'deploy-workflow-azure': worker('ci-signing', cloud =>
    cloud.byWorkflow('shop-deploy', 'repo:acme/shop:ref:refs/heads/main', 'vault'),
  ),
  'vendor-nightly-azure': worker('vendor-exchange', cloud =>
    cloud.bySecret('vendor-sync', 'vendor-sync/nightly', 'vault'),
  ),
}

async function steals(obtain: Obtain, use: Use): Promise<Way[]> {
  return [
    { name: 'earlier token', rate: 10, attempt: keeps(await obtain(), use) },
    { name: 'fresh token', rate: 6, attempt: mints(obtain, use) },
  ]
}

/** Holds on to what it has. */
function keeps(token: string, use: Use): Way['attempt'] {
  return () => use(token)
}

/** A new token for each call. */
function mints(obtain: Obtain, use: Use): Way['attempt'] {
  return async () => use(await obtain())
}

/** A workload of the house: tries again where that may help, and gets itself a new token after a refusal. */
function worker(secret: string, obtain: (cloud: AzureCloud) => Promise<string>) {
  return async (endpoint: string): Promise<Way[]> => {
    const cloud = new AzureCloud(endpoint)
    let token: Promise<string> | undefined
    const attempt = async (tries: number): Promise<unknown> => {
      token ??= obtain(cloud)
      try {
        return await cloud.readSecret(await token, secret)
      } catch (error) {
        token = undefined
        if (tries <= 1 || !isPassing(error)) throw error
        return attempt(tries - 1)
      }
    }
    return [{ name: 'work', rate: 3, attempt: () => attempt(3) }]
  }
}
