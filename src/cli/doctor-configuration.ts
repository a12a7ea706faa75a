import { REAL, timestamp } from '../model/timing.ts'
import { catalogOf, providersOf } from '../toolkit/clouds.ts'
import type { Configuration } from '../toolkit/config/configuration.ts'
import type { ConfigurationResult } from '../toolkit/results/configuration.ts'
import { SCOPE_FLAGS, type ScopeFlags } from '../toolkit/scope-settings.ts'
import { configurationText } from '../ui/configuration.ts'
import { jsonText } from '../ui/json.ts'
import { pageOf } from '../ui/page.ts'
import { type ConfigFlags, readConfiguration } from './configuration.ts'
import { print } from './terminal.ts'

interface Flags extends ConfigFlags, ScopeFlags {
  state?: string | undefined
  json?: boolean
}

/**
 * `doctor --configuration`: prints which files were read, and where each value comes from. Signs in nowhere.
 *
 * @param isGiven whether a flag stands on the command line, rather than in the environment
 */
export async function showConfiguration(flags: Flags, isGiven: (flag: string) => boolean): Promise<void> {
  const { kinds } = catalogOf(await providersOf())
  const configuration = await readConfiguration(flags, kinds)
  const result = { ...shown(configuration), ...given(flags, isGiven) } satisfies ConfigurationResult
  await print(
    flags.json
      ? jsonText(result)
      : configurationText(result, await pageOf(process.stdout, { now: timestamp(REAL) })),
  )
}

function shown({ files, settings, profile }: Configuration) {
  return { files, ...(profile === undefined ? {} : { profile }), settings }
}

function given(flags: Flags, isGiven: (flag: string) => boolean): Pick<ConfigurationResult, 'given'> {
  const { state } = flags
  const scoped = Object.values(SCOPE_FLAGS).flatMap(({ flag, cloud }) => {
    const value = flags[flag as keyof ScopeFlags]
    return value === undefined ? [] : [{ key: `scope.${cloud}.${flag}`, value, by: `--${flag}` }]
  })
  const all = [
    ...(state === undefined
      ? []
      : [{ key: 'state', value: state, by: isGiven('state') ? '--state' : 'INTERDICT_STATE' }]),
    ...scoped,
  ]
  return all.length === 0 ? {} : { given: all }
}
