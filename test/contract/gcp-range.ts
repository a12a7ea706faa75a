import { gcp } from '../../src/clouds/gcp/cloud.ts'
import { type GcpEstate, type GcpLab, gcpLab, permissionsOf } from '../../src/lab/gcp/index.ts'
import { seedGcp } from '../../src/lab/gcp/seed/index.ts'
import { type Lab, startLab } from '../../src/lab/index.ts'
import type { Json } from '../../src/model/json.ts'
import type { Session } from '../../src/model/provider.ts'
import type { Range } from './suite.ts'

/** The lab with the seeded estate, its calls counted and its changes seen by everybody at once. */
export interface GcpRange extends Range {
  lab: Lab
  cloud: GcpLab
  /** Calls since the last time, by Google's own id of the method. */
  methods(): string[]
  /** Signs in again, as another process would. */
  again(): Promise<Session>
}

const WRITES = /\.(disable|enable|setIamPolicy|patch|update|createPolicy|delete)$/

/** A range over one project of the seed, changed before it is served; without the quota of deny policies. */
export async function openGcp(
  prepare: (estate: GcpEstate) => void = () => undefined,
  project = 'acme-prod',
): Promise<GcpRange> {
  const cloud = gcpLab(
    () => {
      const estate = seedGcp(new Date().toISOString())
      prepare(estate)
      return estate
    },
    { denyQuota: false },
  )
  const lab = await startLab({ clouds: [cloud], propagationMs: 0 })
  const again = async () => {
    const { sessions, unreached } = await gcp.connect({
      scope: { projects: [project] },
      lab: { endpoint: lab.endpoint, credentials: { ...cloud.responder } },
    })
    const [session] = sessions
    if (!session) throw new Error(`the lab does not let us in: ${JSON.stringify(unreached)}`)
    return session as Session
  }
  const session = await again()
  const methods = () => {
    const since = Object.keys(lab.calls.toJSON().operations).map(each => each.replace(/^[^:]+:/, ''))
    lab.calls.clear()
    return since
  }
  return {
    lab,
    cloud,
    session,
    again,
    methods,
    snapshot: () => cloud.snapshot() as Json,
    operations: () => [...new Set(methods().flatMap(method => permissionsOf(method) ?? [method]))],
    writes: () => methods().filter(each => WRITES.test(each)),
    now: () => lab.clock.now(),
    async close() {
      await session.close()
      await lab.close()
    },
  }
}
