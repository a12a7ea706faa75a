import { Fault } from '../model/fault.ts'
import type { Catalog } from '../model/playbook/playbook.ts'
import type { Provider } from '../model/provider.ts'

/** The clouds by name, loaded; Fault `usage` for one that there is not. */
export async function providersOf(names?: readonly string[]): Promise<Map<string, Provider>> {
  const { clouds } = await import('../clouds/index.ts')
  for (const name of names ?? []) {
    if (clouds.some(({ cloud }) => cloud === name)) continue
    throw new Fault('usage', `no cloud is called ${JSON.stringify(name)}`, {
      where: '--cloud',
      next: `there is ${clouds.map(({ cloud }) => cloud).join(', ')}`,
    })
  }
  const wanted = clouds.filter(({ cloud }) => !names || names.length === 0 || names.includes(cloud))
  const loaded = await Promise.all(wanted.map(entry => entry.load()))
  return new Map(loaded.map(provider => [provider.cloud, provider]))
}

/**
 * The clouds to look at when nobody named any: those that this machine is set up for; all of them when it is set up for
 * none, since its own identity may be meant. Also says which were left out.
 */
export async function configuredClouds(): Promise<{ chosen: string[]; left: string[] }> {
  const { clouds } = await import('../clouds/index.ts')
  const each = await Promise.all(
    clouds.map(async ({ cloud, configured }) => ({ cloud, yes: await configured(process.env) })),
  )
  const chosen = each.filter(({ yes }) => yes).map(({ cloud }) => cloud)
  const left = each.filter(({ yes }) => !yes).map(({ cloud }) => cloud)
  return chosen.length === 0 ? { chosen: left, left: [] } : { chosen, left }
}

/** What playbooks are checked against. */
export function catalogOf(providers: ReadonlyMap<string, Provider>): Catalog {
  const all = [...providers.values()]
  return {
    clouds: all.map(({ cloud }) => cloud),
    kinds: all.flatMap(({ kinds }) => kinds),
    interruptions: all.flatMap(({ interruptions }) => interruptions),
  }
}
