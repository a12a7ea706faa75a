import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { Fault } from '../model/fault.ts'
import type { Configuration } from '../toolkit/config/configuration.ts'
import { CONFIG_FILE } from '../toolkit/config/file-name.ts'
import { setConfiguration } from './current-configuration.ts'
import { configFolder } from './folders.ts'
import { tell } from './terminal.ts'

/** The flags that say which configuration counts. */
export interface ConfigFlags {
  config?: string | undefined
  profile?: string | undefined
}

/**
 * Makes the configuration of the working folder and of the user that of this command, and names on stderr what of it is ignored.
 * Loads no code for it where there is no file.
 */
export async function useConfiguration(flags: ConfigFlags): Promise<void> {
  setConfiguration(undefined)
  const user = configFolder(flags)
  const isThere = [process.cwd(), user].some(folder => existsSync(join(folder, CONFIG_FILE)))
  if (!isThere) {
    if (flags.profile === undefined) return
    throw new Fault('usage', `no profile is called ${JSON.stringify(flags.profile)}`, {
      where: '--profile',
      next: `write ${join(user, CONFIG_FILE)}; docs/configuration.md describes it`,
    })
  }
  const configuration = await readConfiguration(flags)
  setConfiguration(configuration)
  for (const text of ignoredTexts(configuration)) tell(`interdict: ${text}`)
}

/** Reads the configuration; with `kinds` its expressions are checked too. Faults: `usage`, `invalid-input`, `tampered`. */
export async function readConfiguration(
  flags: ConfigFlags,
  kinds?: Parameters<typeof import('../toolkit/config/load.ts').loadConfiguration>[0]['kinds'],
): Promise<Configuration> {
  const { loadConfiguration } = await import('../toolkit/config/load.ts')
  return await loadConfiguration({
    working: process.cwd(),
    user: configFolder(flags),
    profile: flags.profile,
    uid: process.getuid?.(),
    ...(kinds === undefined ? {} : { kinds }),
  })
}

function ignoredTexts({ files, settings }: Configuration): string[] {
  const strange = files.flatMap(({ state, path, because }) =>
    state === 'ignored' ? [`${path} is ignored: ${because}`] : [],
  )
  const untrusted = files.flatMap(({ state, path, kind }) => {
    const keys = settings.filter(({ use, at }) => use === 'ignored' && at.file === path).map(({ key }) => key)
    if (state !== 'tightens' || kind !== 'working' || keys.length === 0) return []
    const named = [...new Set(keys.map(key => key.split('.')[0]))].join(', ')
    return [
      `${path} adds protections and lowers ceilings; ${named} in it ignored, since the folder is not in \`trust\` of your own ${CONFIG_FILE}`,
    ]
  })
  return [...strange, ...untrusted]
}
