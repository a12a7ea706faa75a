/**
 * The code of today, as the fixtures need it: the only file of this folder that imports from src. When files of src move,
 * this one changes, and the fixtures and their tests stay as they are.
 */
import type { LabCloud } from '../../src/lab/cloud.ts'
import { seededClouds } from '../../src/lab/clouds.ts'
import { type FaultRule, type Lab, startLab } from '../../src/lab/index.ts'

export { startActors } from '../../src/lab/actors/index.ts'
export type { FaultRule, Lab }

/** A lab with the seeds of some clouds, which may be changed before it starts. */
export async function openLabOf({
  clouds: names,
  armed = [],
  denyQuota = false,
  change,
  propagationMs = 0,
  record,
}: {
  clouds: readonly string[]
  armed?: readonly string[]
  denyQuota?: boolean
  change?: (estates: { [cloud: string]: unknown }) => void
  propagationMs?: number
  record?: (operation: string) => void
}): Promise<Lab> {
  const clouds = await seededClouds(names, { armed, denyQuota })
  if (change) {
    const lab = await startLab({ clouds, propagationMs })
    const estates = Object.fromEntries(clouds.map(each => [each.cloud, structuredClone(each.estate())]))
    await lab.close()
    change(estates)
    for (const each of clouds) openWith(each, estates[each.cloud])
  }
  return await startLab({
    clouds,
    propagationMs,
    ...(record ? { record: ({ operation }) => record(operation) } : {}),
  })
}

/** Makes a cloud of the lab begin with an estate in place of its seed. */
function openWith(cloud: LabCloud, estate: unknown): void {
  const open = cloud.open.bind(cloud)
  cloud.open = (shared, kept) => open(shared, kept ?? estate)
}
