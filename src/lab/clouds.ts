import type { LabCloud } from './cloud.ts'

export interface SeedOptions {
  /** Thieves that are given the rights to undo what is done to them; nobody when missing. */
  armed?: readonly string[]
  /** Whether Google's deny API has its quota of five reads and five writes a minute; true when missing. */
  denyQuota?: boolean
}

/** The clouds that a lab can have, each over its seed; loaded one by one, since a seed costs. */
const CLOUDS: {
  readonly [cloud: string]: ((options: Required<SeedOptions>) => Promise<LabCloud>) | undefined
} = {
  aws: async ({ armed: thieves }) => {
    const [{ awsLab }, { seedEstate }, { armed }] = await Promise.all([
      import('./aws/index.ts'),
      import('./aws/seed/index.ts'),
      import('./aws/seed/armed.ts'),
    ])
    return awsLab(() => armed(seedEstate(new Date().toISOString()), thieves))
  },
  gcp: async ({ armed: thieves, denyQuota }) => {
    const [{ gcpLab }, { seedGcp }, { armed }] = await Promise.all([
      import('./gcp/index.ts'),
      import('./gcp/seed/index.ts'),
      import('./gcp/seed/armed.ts'),
    ])
    return gcpLab(() => armed(seedGcp(new Date().toISOString()), thieves, Date.now()), { denyQuota })
  },
  azure: async ({ armed: thieves }) => {
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
  { armed = [], denyQuota = true }: SeedOptions = {},
): Promise<LabCloud[]> {
  const known = names.flatMap(name => {
    const open = Object.hasOwn(CLOUDS, name) ? CLOUDS[name] : undefined
    return open === undefined ? [] : [open({ armed, denyQuota })]
  })
  return await Promise.all(known)
}
