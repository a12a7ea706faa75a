import { aws } from '../../src/clouds/aws/provider.ts'
import { GUARD_ROLE, seedEstate } from '../../src/lab/aws/seed/index.ts'
import type { Estate } from '../../src/lab/aws/store.ts'
import type { Json } from '../../src/model/json.ts'
import { REAL } from '../../src/model/timing.ts'
import { startAwsLab } from '../aws-lab.ts'
import type { Range } from './suite.ts'

/** The lab with the seeded estate, its calls counted and its changes seen by everybody at once. */
export interface AwsRange extends Range {
  lab: Awaited<ReturnType<typeof startAwsLab>>
}

/** By the names that AWS gives to reading. */
const READS = /:(Get|List|Describe|Simulate|Generate|AssumeRole)/

/** A range over the seed of a moment, changed before it is served. */
export async function openAws(
  prepare: (estate: Estate) => void = () => undefined,
  at = new Date().toISOString(),
): Promise<AwsRange> {
  const traced: string[] = []
  const lab = await startAwsLab({
    record: ({ service, operation, status }) => {
      const call = `${service}:${operation}`
      if (status < 300 && !READS.test(call)) traced.push(call)
    },
    estate: () => {
      const estate = seedEstate(at)
      prepare(estate)
      return estate
    },
    propagationMs: 0,
  })
  const { sessions, unreached } = await aws.connect({
    timing: REAL,
    // The instances of the seed are there.
    scope: { regions: ['eu-west-1'], guard: { roleArn: GUARD_ROLE } },
    lab: { endpoint: lab.endpoint, credentials: { ...lab.responder } },
  })
  const [session] = sessions
  if (!session) throw new Error(`the lab does not let us in: ${JSON.stringify(unreached)}`)
  const operations = () => {
    const since = Object.keys(lab.calls.toJSON().operations)
    lab.calls.clear()
    return since
  }
  return {
    lab,
    session,
    snapshot: () => lab.snapshot() as Json,
    operations,
    trace: () => traced.splice(0),
    writes: () => operations().filter(call => !READS.test(call)),
    now: () => lab.clock.now(),
    async close() {
      await session.close()
      await lab.close()
    },
  }
}
