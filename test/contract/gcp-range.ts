import type { GcpClient } from '../../src/clouds/gcp/client.ts'
import { DenyEditor } from '../../src/clouds/gcp/deny/editor.ts'
import { gcp } from '../../src/clouds/gcp/provider.ts'
import { type GcpEstate, type GcpLab, gcpLab, permissionsOf } from '../../src/lab/gcp/index.ts'
import { seedGcp } from '../../src/lab/gcp/seed/index.ts'
import { type Lab, startLab } from '../../src/lab/index.ts'
import type { Json } from '../../src/model/json.ts'
import type { Session } from '../../src/model/provider.ts'
import { REAL } from '../../src/model/timing.ts'
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

/** Notes in the trace when somebody has waited until what was written is enforced: no call shows it. */
class NotedDenies extends DenyEditor {
  readonly #trace: string[]

  constructor(client: GcpClient, trace: string[]) {
    super(client)
    this.#trace = trace
  }

  override async settled(): Promise<void> {
    await super.settled()
    this.#trace.push('deny enforced')
  }
}

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
  const traced: string[] = []
  const lab = await startLab({
    clouds: [cloud],
    propagationMs: 0,
    record: ({ operation, status }) => {
      if (status < 300 && WRITES.test(operation)) traced.push(operation)
    },
  })
  const again = async () => {
    const { sessions, unreached } = await gcp.connect({
      timing: REAL,
      scope: { projects: [project] },
      lab: { endpoint: lab.endpoint, credentials: { ...cloud.responder } },
    })
    const [session] = sessions
    if (!session) throw new Error(`the lab does not let us in: ${JSON.stringify(unreached)}`)
    const client = session.client as GcpClient
    DenyEditor.of.set(client, new NotedDenies(client, traced))
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
    trace: () => traced.splice(0),
    writes: () => methods().filter(each => WRITES.test(each)),
    now: () => lab.clock.now(),
    async close() {
      await session.close()
      await lab.close()
    },
  }
}
