import type { AzureClient } from '../../src/clouds/azure/client.ts'
import { permissionOf } from '../../src/clouds/azure/permission-map.ts'
import { azure } from '../../src/clouds/azure/provider.ts'
import { azureLab } from '../../src/lab/azure/index.ts'
import { seedAzure } from '../../src/lab/azure/seed/index.ts'
import type { AzureEstate } from '../../src/lab/azure/store.ts'
import { type Lab, startLab } from '../../src/lab/index.ts'
import type { Json } from '../../src/model/json.ts'
import type { Session } from '../../src/model/provider.ts'
import { REAL } from '../../src/model/timing.ts'
import type { Range } from './suite.ts'

/** The lab with the seeded tenant, its calls counted and its changes seen by everybody at once. */
export interface AzureRange extends Range {
  lab: Lab
  session: Session<AzureClient>
  estate(): AzureEstate
}

/** A range over the seed, changed before it is served. */
export async function openAzure(
  prepare: (estate: AzureEstate) => void = () => undefined,
): Promise<AzureRange> {
  const cloud = azureLab(() => {
    const estate = seedAzure(new Date().toISOString())
    prepare(estate)
    return estate
  })
  const traced: string[] = []
  const lab = await startLab({
    clouds: [cloud],
    propagationMs: 0,
    record: ({ operation, status }) => {
      if (status < 300 && isWrite(operation)) traced.push(operation)
    },
  })
  const { sessions, unreached } = await azure.connect({
    timing: REAL,
    scope: {},
    lab: { endpoint: lab.endpoint, credentials: cloud.responder as Json },
  })
  const [session] = sessions
  if (!session) throw new Error(`the lab does not let us in: ${JSON.stringify(unreached)}`)
  const wire = () => {
    const since = Object.keys(lab.calls.toJSON().operations)
      .filter(each => !each.startsWith('login:'))
      .map(each => each.slice(each.indexOf(':') + 1))
    lab.calls.clear()
    return since
  }
  return {
    lab,
    session: session as Session<AzureClient>,
    estate: () => cloud.estate() as AzureEstate,
    snapshot: () => withoutServerMade(cloud.snapshot() as Estate),
    trace: () => traced.splice(0),
    writes: () => wire().filter(isWrite),
    operations: () => [...new Set(wire().map(permission))],
    now: () => lab.clock.now(),
    async close() {
      await session.close()
      await lab.close()
    },
  }
}

function isWrite(operation: string): boolean {
  return !/^GET |\/read$/.test(operation)
}

/** The parameters of an operation; a credential may be addressed by its name as well as by its id. */
function permission(operation: string): string {
  const byId = operation.replace(/\(name=[^)]*\)/, '/{id}')
  return permissionOf(byId) ?? operation
}

interface Estate {
  applications: { [id: string]: { [member: string]: Json } }
  /** They show what their application is set to. */
  servicePrincipals: { [id: string]: { [member: string]: Json } }
  resources: { [id: string]: { [member: string]: Json } }
  [kind: string]: Json
}

/**
 * The lab's snapshot already leaves out new ids and times. Two settings that had never been set read as what that means
 * once they were put back: an application is not disabled, and a storage account takes shared keys.
 */
function withoutServerMade(estate: Estate): Json {
  for (const each of [estate.applications, estate.servicePrincipals].flatMap(Object.values)) {
    each.isDisabled ??= false
  }
  for (const { properties } of Object.values(estate.resources)) {
    if (typeof properties !== 'object' || properties === null || Array.isArray(properties)) continue
    if (properties.allowSharedKeyAccess === null) properties.allowSharedKeyAccess = true
  }
  return estate
}
