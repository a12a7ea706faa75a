import { PLATFORM, type Platform, WINDOWS } from '../platform/platform.ts'
import type { Budget } from './budget.ts'

/** Where a path leads. */
export interface Resolved {
  /** Absolute, without `.`, `..` and links. A missing part keeps its name. */
  text: string
  /** Identity of every folder on the way and of the thing itself, outermost first; the part that exists. */
  ids: readonly string[]
  /** All of it exists. */
  exists: boolean
}

/** The kind of thing at a path, links not followed. */
export type Look = { link: string } | { id: string } | 'missing'

/** Why a path cannot be judged. The text never quotes the path: it is an attacker's. */
export class PathFlaw extends Error {}

const MOST_LENGTH = 4096
const MOST_LINKS = 40
const MOST_PATHS = 256
/** Names that Windows takes for a device in every folder, with any ending (https://learn.microsoft.com/windows/win32/fileio/naming-a-file). */
const DEVICE = /^(?:con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])(?:\.|$)/i

/** Why a text is not a path that every tool reads alike, or undefined. */
export function pathFlaw(path: string, platform: Platform = PLATFORM): string | undefined {
  const windows = platform === WINDOWS
  if (path === '') return 'it is empty'
  if (path.length > MOST_LENGTH) return `it is longer than ${MOST_LENGTH} characters`
  const ascii = /^[ -~]*$/.test(path)
  if (!ascii && /[\p{Cc}\p{Cs}]/u.test(path)) return 'it holds a NUL or another control character'
  if (path.startsWith('~')) return 'it begins with ~, which some tools take for a home folder'
  if (windows ? /:/.test(path.replace(/^[A-Za-z]:/, '')) : /^[A-Za-z][A-Za-z0-9+.-]*:/.test(path))
    return 'it reads like a URL'
  if (!windows && path.includes('\\')) return 'it holds a backslash, which some tools take for a slash'
  const odd = windows ? windowsFlaw(path) : undefined
  if (odd !== undefined) return odd
  if (ascii) return undefined
  // Full-width dots and slashes become `..` and `/` where a tool normalises what it is given.
  const parts = (text: string) => text.replace(/[^./\\:~\0]/gu, '')
  return parts(path.normalize('NFKC')) === parts(path)
    ? undefined
    : 'it changes its meaning when it is normalised'
}

/** Why Windows and the tools on it could take a path for different files; or undefined. */
function windowsFlaw(path: string): string | undefined {
  const drive = /^[A-Za-z]:/.exec(path)?.[0] ?? ''
  const rest = path.slice(drive.length)
  const rooted = /^[\\/]/.test(rest)
  if (rooted && drive === '') return 'it begins with a slash and not with a drive'
  if (!rooted && drive !== '') return "it is relative to a drive's own folder"
  const parts = rest.split(/[\\/]+/).filter(part => part !== '' && part !== '.' && part !== '..')
  if (parts.some(part => /[. ]$/.test(part)))
    return 'a name in it ends in a dot or a space, which Windows leaves out'
  if (parts.some(part => DEVICE.test(part))) return 'a name in it is that of a device'
  return parts.some(part => /~\d/.test(part)) ? 'a name in it may be the short form of another' : undefined
}

/** The path from the root; throws `PathFlaw` if it cannot be resolved. */
export function absolutePath(path: string, cwd: string | undefined, platform: Platform = PLATFORM): string {
  const flaw = pathFlaw(path, platform)
  if (flaw !== undefined) throw new PathFlaw(`its path cannot be judged: ${flaw}`)
  const { isAbsolute } = platform.path
  if (isAbsolute(path)) return path
  if (cwd === undefined || !isAbsolute(cwd))
    throw new PathFlaw('its path is relative, and the harness does not say to what')
  return `${cwd}/${path}`
}

/** Follows a path part by part, as the system does. Yields each path to look at, and is given what is there. */
export function* resolving(path: string, platform: Platform = PLATFORM): Generator<string, Resolved, Look> {
  const windows = platform === WINDOWS
  const separators = windows ? /[\\/]+/ : /\/+/
  const split = (text: string) => text.split(separators).filter(part => part !== '' && part !== '.')
  const [root, ...first] = windows ? [`${path.slice(0, 2)}/`, ...split(path.slice(2))] : ['/', ...split(path)]
  let rest = first
  let at: string[] = []
  let ids: string[] = []
  let links = 0
  let exists = true
  const top = yield root
  const outermost = typeof top === 'object' && 'id' in top ? [top.id] : []
  for (;;) {
    const [part, ...more] = rest
    if (part === undefined) break
    rest = more
    if (part === '..') {
      if (!exists) throw new PathFlaw('its path leads through a folder that does not exist')
      at = at.slice(0, -1)
      ids = ids.slice(0, -1)
      continue
    }
    const next = [...at, part]
    const found: Look = exists ? yield root + next.join('/') : 'missing'
    if (found === 'missing') exists = false
    else if ('link' in found) {
      links += 1
      if (links > MOST_LINKS) throw new PathFlaw('its path leads through too many links')
      const target = windows ? withoutDrive(found.link, root) : found.link
      rest = [...split(target), ...rest]
      if (platform.path.isAbsolute(found.link)) [at, ids] = [[], []]
      continue
    } else ids = [...ids, found.id]
    at = next
  }
  return { text: root + at.join('/'), ids: [...outermost, ...ids], exists }
}

/** The rest of an absolute target of a link on the drive of `root`; a relative target as it is. Throws `PathFlaw` for another drive. */
function withoutDrive(link: string, root: string): string {
  const [start, drive] = /^(?:\\\\[?]\\)?([A-Za-z]:)(?=[\\/])/.exec(link) ?? []
  if (start === undefined && !/^[\\/]{2}/.test(link)) return link
  if (`${drive}/`.toLowerCase() !== root.toLowerCase())
    throw new PathFlaw('its path leads through a link to another drive')
  return link.slice(start?.length)
}

/** The same without the links on the way before a `..`: tools that resolve text first get there. */
function lexical(path: string): string {
  const parts: string[] = []
  for (const part of path.split('/')) {
    if (part === '..') parts.pop()
    else if (part !== '' && part !== '.') parts.push(part)
  }
  return `/${parts.join('/')}`
}

/** The one thing that a path leads to. `resolve` follows links. Throws `PathFlaw` when tools could differ on it. */
export function* judgedPath(path: string, platform: Platform = PLATFORM): Generator<string, Resolved, Look> {
  // Windows itself takes `..` away before it looks for the file.
  if (platform === WINDOWS) return yield* resolving(platform.path.normalize(path), platform)
  const resolved = yield* resolving(path, platform)
  if (!/(^|\/)\.\.(\/|$)/.test(path)) return resolved
  const other = yield* resolving(lexical(path), platform)
  if (other.text === resolved.text) return resolved
  throw new PathFlaw('its path leads elsewhere when a link in it is not followed before a ..')
}

/** Is the path inside the folder, or the folder itself? Compared by identity: a folder has more than one name. */
export function isWithin(path: Resolved, root: Resolved): boolean {
  const id = root.ids.at(-1)
  if (!root.exists || id === undefined) throw new PathFlaw('the folder of within() does not exist')
  return path.ids.includes(id)
}

/** Looks at a path. Throws if it cannot be read. */
export type Looking = (path: string) => Promise<Look>

/** Paths of one decision: what the rules ask about, and what was found. Rules are evaluated again when it is known. */
export class PathBook {
  readonly #known = new Map<string, Resolved | PathFlaw>()
  readonly #look: Looking
  #wanted = new Set<string>()

  constructor(look: Looking) {
    this.#look = look
  }

  /** Where a path leads; undefined when it is not known yet. Throws `PathFlaw`. */
  find(path: string, cwd: string | undefined): Resolved | undefined {
    const absolute = absolutePath(path, cwd)
    const known = this.#known.get(absolute)
    if (known instanceof PathFlaw) throw known
    if (known === undefined) this.#wanted.add(absolute)
    return known
  }

  /** Follows what was asked for and is not known yet, within the budget. Resolves to false when there is nothing to do. */
  async follow(budget: Budget): Promise<boolean> {
    const wanted = [...this.#wanted].filter(path => !this.#known.has(path))
    this.#wanted = new Set()
    if (this.#known.size + wanted.length > MOST_PATHS)
      throw new PathFlaw(`the rules ask about more than ${MOST_PATHS} paths`)
    for (const path of wanted) this.#known.set(path, await budget.within(followed(path, this.#look)))
    return wanted.length > 0
  }
}

async function followed(path: string, look: Looking): Promise<Resolved | PathFlaw> {
  try {
    const steps = judgedPath(path)
    let step = steps.next()
    while (!step.done) step = steps.next(await look(step.value))
    return step.value
  } catch (error) {
    return error instanceof PathFlaw ? error : new PathFlaw(`its path cannot be read: ${reasonOf(error)}`)
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
}
