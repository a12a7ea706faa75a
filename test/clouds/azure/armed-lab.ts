import type { AzureClient } from '../../../src/clouds/azure/client.ts'
import { azure } from '../../../src/clouds/azure/provider.ts'
import { azureLab } from '../../../src/lab/azure/index.ts'
import { armed } from '../../../src/lab/azure/seed/armed.ts'
import { objectId } from '../../../src/lab/azure/seed/ids.ts'
import { seedAzure } from '../../../src/lab/azure/seed/index.ts'
import type { AzureEstate } from '../../../src/lab/azure/store.ts'
import { type Lab, startLab } from '../../../src/lab/index.ts'
import type { Identity } from '../../../src/model/identity.ts'
import type { Session } from '../../../src/model/provider.ts'
import { REAL } from '../../../src/model/timing.ts'

export interface ArmedLab {
  lab: Lab
  estate: AzureEstate
  session: Session<AzureClient>
  /** The service principal of this name in the seed, as the inventory lists it. */
  principal(name: string): Promise<Identity>
  close(): Promise<void>
}

/**
 * A lab in which `mail-insights` and `iac-pipeline` own the production subscription and may write every application.
 *
 * @param change of the seed, before the lab starts
 */
export async function armedLab(change: (estate: AzureEstate) => void = () => undefined): Promise<ArmedLab> {
  const estate = armed(seedAzure(new Date().toISOString()), ['consented-app'])
  change(estate)
  const lab = await startLab({ clouds: [azureLab(() => estate)], propagationMs: 0 })
  const { sessions } = await azure.connect({
    timing: REAL,
    scope: {},
    lab: { endpoint: lab.endpoint, credentials: { ...estate.responder } },
  })
  const [session] = sessions
  if (!session) throw new Error('not signed in')
  return {
    lab,
    estate,
    session: session as Session<AzureClient>,
    async principal(name) {
      for await (const each of session.inventory({ kinds: ['service-principal', 'managed-identity'] })) {
        if (each.name === objectId(name)) return each
      }
      throw new Error(`no ${name}`)
    },
    async close() {
      await session.close()
      await lab.close()
    },
  }
}
