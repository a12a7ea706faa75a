import type { RecordReader } from '../signals/index.ts'
import { aws } from './aws/cloud.ts'
import { azure } from './azure/cloud.ts'
import { gcp } from './gcp/cloud.ts'
import type { Cloud } from './kit/cloud.ts'

export type { Cloud, ScopeFlag } from './kit/cloud.ts'

/** The clouds. Another one is one folder, and one place here. */
export const clouds: readonly Cloud[] = [aws, gcp, azure]

/** Returns what reads the records of these clouds' logs and detectors; loads their formats. */
export async function recordReader(
  of: readonly Cloud[] = clouds,
): Promise<RecordReader> {
  const [{ RecordReader: Reader }, ...records] = await Promise.all([
    import('../signals/reader.ts'),
    ...of.flatMap(each => each.records?.() ?? []),
  ])
  return new Reader(records)
}
