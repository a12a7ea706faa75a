import { Answers, perClient } from '../../kit/session/per-client.ts'
import type { AzureClient } from '../client.ts'
import { graphCall } from './graph.ts'

const licensedOf = perClient((_: AzureClient) => new Answers<boolean>())

interface Sku {
  capabilityStatus?: string | null
  skuPartNumber?: string | null
  servicePlans?: { servicePlanName?: string | null; provisioningStatus?: string | null }[] | null
}

/**
 * Whether the tenant has Workload Identities Premium, asked once for a client (Microsoft Entra, "Product names and service
 * plan identifiers for licensing": `AAD_WRKLDID_P1` and `AAD_WRKLDID_P2`).
 */
export async function isLicensed(client: AzureClient): Promise<boolean> {
  return await licensedOf(client).once('', async () => {
    const skus = await Array.fromAsync(client.pages<Sku>(graphCall('GET', '/v1.0/subscribedSkus')))
    return skus.some(
      ({ capabilityStatus, servicePlans }) =>
        (capabilityStatus === 'Enabled' || capabilityStatus === 'Warning') &&
        (servicePlans ?? []).some(
          ({ servicePlanName }) => servicePlanName?.startsWith('AAD_WRKLDID') === true,
        ),
    )
  })
}
