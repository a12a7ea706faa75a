import { nearest } from '../../model/document/problems.ts'
import { Fault } from '../../model/fault.ts'
import type { Kind } from '../../model/kind.ts'
import { type ConfigFile, type Configuration, combined } from './configuration.ts'
import { type ConfigFileRead, parseConfig } from './document.ts'
import { CONFIG_FILE } from './file-name.ts'
import { type ConfigKind, isTrusted, readConfigFile, type UserId } from './files.ts'
import type { Layer } from './layers.ts'

/** Where configuration files are looked for, and what is asked of them. */
export interface ConfigRequest {
  /** The working folder. */
  working: string
  /** The folder of the user's keys. */
  user: string
  /** The name of a profile. */
  profile?: string | undefined
  /** Id of the user who runs this; absent where there are none. */
  uid: UserId
  /** Kinds that expressions are checked against; absent: when a plan is made. */
  kinds?: readonly Kind[]
}

interface Read {
  kind: ConfigKind
  path: string
  file: ConfigFileRead
  tightens: boolean
}

/**
 * Reads `interdict.yaml` of the working folder and of the user. Of a profile both files may have a part; its settings count more
 * than those above it, and the working folder's more than the user's. The file of a working folder that the user's file does not
 * trust adds protections and lowers ceilings, and nothing else.
 *
 * @throws Fault `invalid-input` with line and column of each error, `usage` for a profile that there is not, `tampered` for a
 *   file that others can write
 */
export async function loadConfiguration(request: ConfigRequest): Promise<Configuration> {
  const { working, user, profile, uid, kinds } = request
  const files: ConfigFile[] = []
  const read: Read[] = []
  const take = async (kind: ConfigKind, folder: string, isTightening: () => Promise<boolean>) => {
    const found = await readConfigFile(kind, folder, uid)
    if (found === undefined || 'ignored' in found) {
      files.push(
        found === undefined
          ? { kind, path: `${folder}/${CONFIG_FILE}`, state: 'absent' }
          : { kind, path: found.path, state: 'ignored', because: found.ignored },
      )
      return
    }
    const { path, text } = found
    const tightens = await isTightening()
    files.push({
      ...{ kind, path, state: tightens ? 'tightens' : 'used' },
      ...(tightens ? { because: 'its folder is not in `trust` of the file of the user' } : {}),
    })
    read.push({ kind, path, file: parseConfig(text, path, kinds), tightens })
  }
  await take('user', user, async () => false)
  const own = read[0]
  const trusted = own?.file.document.trust ?? []
  if (working !== user) {
    await take('working', working, async () => !(await isTrusted(working, trusted, own?.path ?? user)))
  }
  files.reverse()
  read.reverse()
  if (profile !== undefined) checkProfile(profile, read)
  return combined(layersOf(read, profile), files, profile)
}

function layersOf(read: readonly Read[], profile: string | undefined): Layer[] {
  const layer = ({ path: file, file: { document, placeOf }, tightens }: Read): Layer => ({
    ...{ settings: document, path: [], file, tightens, placeOf },
  })
  const ofProfile = (each: Read): Layer[] => {
    const settings = profile === undefined ? undefined : profileIn(each, profile)
    if (profile === undefined || settings === undefined) return []
    return [{ ...layer(each), settings, profile, path: ['profiles', profile] }]
  }
  return [...read.flatMap(ofProfile), ...read.map(layer)]
}

function profileIn({ file: { document } }: Read, name: string) {
  const { profiles = {} } = document
  return Object.hasOwn(profiles, name) ? profiles[name] : undefined
}

function checkProfile(name: string, read: readonly Read[]): void {
  if (read.some(each => profileIn(each, name) !== undefined)) return
  const known = [...new Set(read.flatMap(({ file }) => Object.keys(file.document.profiles ?? {})))]
  const near = nearest(name, known)
  throw new Fault('usage', `no profile is called ${JSON.stringify(name)}`, {
    where: '--profile',
    next:
      near !== undefined
        ? `did you mean ${near}?`
        : known.length > 0
          ? `profiles are: ${known.join(', ')}`
          : 'add it under profiles: in interdict.yaml; interdict doctor --config shows which files are read',
  })
}
