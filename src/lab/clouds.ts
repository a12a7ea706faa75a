import type { LabCloud } from './cloud.ts'

export interface SeedOptions {
  /** Whether Google's deny API has its quota of five reads and five writes a minute; true when missing. */
  denyQuota?: boolean
}

/** The clouds that a lab can have, each over its seed; loaded one by one, since a seed costs. */
const CLOUDS: { readonly [cloud: string]: ((options: SeedOptions) => Promise<LabCloud>) | undefined } = {
  aws: async () => {
    const [{ awsLab }, { seedEstate }] = await Promise.all([
      import('./aws/index.ts'),
      import('./aws/seed/index.ts'),
    ])
    return awsLab(() => seedEstate(new Date().toISOString()))
  },
  gcp: async ({ denyQuota }) => {
    const [{ gcpLab }, { seedGcp }] = await Promise.all([
      import('./gcp/index.ts'),
      import('./gcp/seed/index.ts'),
    ])
    return gcpLab(() => seedGcp(new Date().toISOString()), denyQuota === undefined ? {} : { denyQuota })
  },
  azure: async () => {
    const [{ azureLab }, { seedAzure }] = await Promise.all([
      import('./azure/index.ts'),
      import('./azure/seed/index.ts'),
    ])
    return azureLab(() => seedAzure(new Date().toISOString()))
  },
}

/** Names of the clouds that a lab can have. */
export const labClouds: readonly string[] = Object.keys(CLOUDS)

/** Seeded clouds by name, all that there are when no names are given; names that the lab does not know are left out. */
export async function seededClouds(
  names: readonly string[] = labClouds,
  options: SeedOptions = {},
): Promise<LabCloud[]> {
  const known = names.flatMap(name => {
    const open = Object.hasOwn(CLOUDS, name) ? CLOUDS[name] : undefined
    return open === undefined ? [] : [open(options)]
  })
  return await Promise.all(known)
}
