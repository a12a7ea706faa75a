import type { LabCloud } from './cloud.ts'

export interface SeedOptions {
  /** Thieves that are given the rights to undo what is done to them; nobody when missing. */
  armed?: readonly string[]
}

/** The clouds that a lab can have, each over its seed; loaded one by one, since a seed costs. */
const CLOUDS: { readonly [cloud: string]: ((thieves: readonly string[]) => Promise<LabCloud>) | undefined } =
  {
    aws: async thieves => {
      const [{ awsLab }, { seedEstate }, { armed }] = await Promise.all([
        import('./aws/index.ts'),
        import('./aws/seed/index.ts'),
        import('./aws/seed/armed.ts'),
      ])
      return awsLab(() => armed(seedEstate(new Date().toISOString()), thieves))
    },
    gcp: async thieves => {
      const [{ gcpLab }, { seedGcp }, { armed }] = await Promise.all([
        import('./gcp/index.ts'),
        import('./gcp/seed/index.ts'),
        import('./gcp/seed/armed.ts'),
      ])
      // A rehearsal does not sit out the five calls a minute that deny policies have.
      return gcpLab(() => armed(seedGcp(new Date().toISOString()), thieves, Date.now()), { denyQuota: false })
    },
    azure: async thieves => {
      const [{ azureLab }, { seedAzure }, { armed }] = await Promise.all([
        import('./azure/index.ts'),
        import('./azure/seed/index.ts'),
        import('./azure/seed/armed.ts'),
      ])
      return azureLab(() => armed(seedAzure(new Date().toISOString()), thieves))
    },
  }

/** Names of the clouds that a lab can have. */
export const labClouds: readonly string[] = Object.keys(CLOUDS)

/** Seeded clouds by name, all that there are when no names are given; names that the lab does not know are left out. */
export async function seededClouds(
  names: readonly string[] = labClouds,
  { armed = [] }: SeedOptions = {},
): Promise<LabCloud[]> {
  const known = names.flatMap(name => {
    const open = Object.hasOwn(CLOUDS, name) ? CLOUDS[name] : undefined
    return open === undefined ? [] : [open(armed)]
  })
  return await Promise.all(known)
}
