import type { LabCloud } from './cloud.ts'

/** The clouds that a lab can have, each over its seed; loaded one by one, since a seed costs. */
const CLOUDS: { readonly [cloud: string]: (() => Promise<LabCloud>) | undefined } = {
  aws: async () => {
    const [{ awsLab }, { seedEstate }] = await Promise.all([
      import('./aws/index.ts'),
      import('./aws/seed/index.ts'),
    ])
    return awsLab(() => seedEstate(new Date().toISOString()))
  },
  gcp: async () => {
    const [{ gcpLab }, { seedGcp }] = await Promise.all([
      import('./gcp/index.ts'),
      import('./gcp/seed/index.ts'),
    ])
    // A rehearsal does not sit out the five calls a minute that deny policies have.
    return gcpLab(() => seedGcp(new Date().toISOString()), { denyQuota: false })
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
export async function seededClouds(names: readonly string[] = labClouds): Promise<LabCloud[]> {
  const known = names.flatMap(name => {
    const open = Object.hasOwn(CLOUDS, name) ? CLOUDS[name] : undefined
    return open === undefined ? [] : [open()]
  })
  return await Promise.all(known)
}
