import type { RecordReader } from '../signals/index.ts'
import { aws } from './aws/cloud.ts'
import { azure } from './azure/cloud.ts'
import { gcp } from './gcp/cloud.ts'
import type { Cloud } from './kit/cloud.ts'

export type { Cloud, ScopeFlag } from './kit/cloud.ts'

/** The clouds. Another one is one folder, one place in this list and one in that of the flags. */
export const clouds: readonly Cloud[] = [aws, gcp, azure]

/** Apart from the clouds, so that the declarations of the package name no type of a cloud's own client. */
const flags = [...aws.scope.flags, ...gcp.scope.flags, ...azure.scope.flags] as const

type Flag = (typeof flags)[number]

/** Where to look in place of the playbook's scope: flags of all clouds, by name. */
export type ScopeFlags = {
  [name in Flag['flag']]?:
    | (Extract<Flag, { flag: name }> extends { many: true } ? string[] : string)
    | undefined
}

/** Returns what reads the records of these clouds' logs and detectors; loads their formats. */
export async function recordReader(of: readonly Cloud[]): Promise<RecordReader> {
  const [{ RecordReader: Reader }, ...records] = await Promise.all([
    import('../signals/reader.ts'),
    ...of.flatMap(each => each.records?.() ?? []),
  ])
  return new Reader(records)
}
