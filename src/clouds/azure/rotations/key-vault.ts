import { Fault } from '../../../model/fault.ts'
import type { Sink, SinkKind } from '../../../model/rotation.ts'
import { Secret } from '../../../model/secret.ts'
import { unlessGone } from '../../kit/http/faults.ts'
import type { AzureCall, AzureClient } from '../client.ts'

const SCHEME = 'azure-keyvault'
/** The host's domain says which cloud; ours is the one that we are signed in to. */
const ADDRESS =
  /^https:\/\/([a-z][a-z0-9-]{1,22}[a-z0-9])\.vault\.(?:azure\.net|usgovcloudapi\.net|azure\.cn)\/secrets\/([a-z0-9-]{1,127})\/?$/i

/** A secret of Azure Key Vault: a new version, or a new secret. */
export const keyVault: SinkKind<AzureClient> = {
  scheme: SCHEME,
  form: 'https://VAULT.vault.azure.net/secrets/NAME',
  permissions: [
    'Microsoft.KeyVault/vaults/secrets/getSecret/action',
    'Microsoft.KeyVault/vaults/secrets/setSecret/action',
  ],
  open(client, address) {
    const [, vault, name] = ADDRESS.exec(address) ?? []
    if (vault === undefined || name === undefined) {
      throw new Fault('usage', `not the address of a secret: ${address}`, {
        where: '--into',
        next: `${SCHEME}:https://VAULT.vault.azure.net/secrets/NAME`,
      })
    }
    return sink(client, address, vault, name)
  },
}

/** Key Vault REST API reference, "Get Secret", "Set Secret". */
function sink(client: AzureClient, address: string, vault: string, name: string): Sink {
  const call = (method: 'GET' | 'PUT', verb: string): AzureCall => ({
    service: 'vault',
    vault,
    method,
    path: `/secrets/${name}`,
    query: { 'api-version': '7.4' },
    operation: `Microsoft.KeyVault/vaults/secrets/${verb}/action`,
  })
  const read = async (): Promise<Secret | undefined> => {
    const found = await unlessGone(client.call<{ value?: string }>(call('GET', 'getSecret')))
    return found?.value === undefined ? undefined : new Secret(found.value)
  }
  return {
    place: `${SCHEME}:${address}`,
    check: async () => ((await read()) ? 'next version' : 'new'),
    async store(secret) {
      const body = { value: secret.reveal(), contentType: 'application/json' }
      await client.call({ ...call('PUT', 'setSecret'), body })
    },
    read,
  }
}
