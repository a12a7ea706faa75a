import { Fault } from '../model/fault.ts'
import type { Catalog } from '../model/playbook/playbook.ts'
import type { CloudEntry, Provider } from '../model/provider.ts'
import type { Host } from './host.ts'

/**
 * Loads the clouds of these names; all of them when none is named.
 *
 * @param known the clouds that there are; those of interdict when missing
 * @throws Fault `usage` for an unknown cloud
 */
export async function providersOf(
  names?: readonly string[],
  known?: readonly CloudEntry[],
): Promise<Map<string, Provider>> {
  const clouds = known ?? (await import('../clouds/index.ts')).clouds
  for (const name of names ?? []) {
    if (clouds.some(({ cloud }) => cloud === name)) continue
    throw new Fault('usage', `no cloud is called ${JSON.stringify(name)}`, {
      where: '--cloud',
      next: `use one of ${clouds.map(({ cloud }) => cloud).join(', ')}`,
    })
  }
  const wanted = clouds.filter(({ cloud }) => !names || names.length === 0 || names.includes(cloud))
  const loaded = await Promise.all(wanted.map(entry => entry.load()))
  return new Map(loaded.map(provider => [provider.cloud, provider]))
}

/**
 * The clouds to look at when none is named: those that the environment is set up for; all of them when it is set up for
 * none, since the machine's own identity may be meant. `left` are those that were left out.
 */
export async function configuredClouds({
  clouds,
  environment,
}: Pick<Host, 'clouds' | 'environment'>): Promise<{ chosen: string[]; left: string[] }> {
  const each = await Promise.all(
    clouds.map(async ({ cloud, configured }) => ({ cloud, yes: await configured(environment) })),
  )
  const chosen = each.filter(({ yes }) => yes).map(({ cloud }) => cloud)
  const left = each.filter(({ yes }) => !yes).map(({ cloud }) => cloud)
  return chosen.length === 0 ? { chosen: left, left: [] } : { chosen, left }
}

/** The names that playbooks are checked against. */
export function catalogOf(providers: ReadonlyMap<string, Provider>): Catalog {
  const all = [...providers.values()]
  return {
    clouds: all.map(({ cloud }) => cloud),
    kinds: all.flatMap(({ kinds }) => kinds),
    interruptions: all.flatMap(({ interruptions }) => interruptions),
  }
}
