import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { brotliDecompressSync } from 'node:zlib'
import { liveAt } from './recorded-time.ts'
import { type Lab, openKeptLab } from './today.ts'

/** Folder of all fixtures; each format of journals has one of its own in it, which has its number. */
const RECORDED = fileURLToPath(new URL('.', import.meta.url))

/** Formats of which there are fixtures, the oldest first. */
export const FORMATS: readonly string[] = readdirSync(RECORDED, { withFileTypes: true })
  .flatMap(each => (each.isDirectory() && /^\d+$/.test(each.name) ? [each.name] : []))
  .sort((one, other) => Number(one) - Number(other))

/**
 * A fixture is opened as if this long after it was recorded: no reading can be from before its last write any more, so that no
 * command waits until that is sure. Milliseconds.
 */
const SINCE_MS = 180_000

/** Estates of the lab, by cloud. */
export type Estates = { [cloud: string]: unknown }

interface Described {
  runs: { [run: string]: string }
}

interface KeptLab {
  id: string
  at: string
  before: Estates
  after: Estates
}

/** A recorded state folder, copied to where it may be written, beside a lab in the state that it had. */
export class Fixture {
  /** Format and name: `1/aws`. */
  readonly name: string
  readonly folder: string
  /** Run → what shape it has, in words. */
  readonly shapes: { readonly [run: string]: string }
  readonly lab: Lab
  readonly #kept: KeptLab

  private constructor(name: string, folder: string, kept: KeptLab, lab: Lab) {
    this.name = name
    this.folder = folder
    this.shapes = (JSON.parse(readFileSync(join(RECORDED, name, 'fixture.json'), 'utf8')) as Described).runs
    this.#kept = kept
    this.lab = lab
  }

  /**
   * Copies a fixture to a folder of its own and starts its lab, minutes after it was recorded.
   *
   * @param name its format and name: `1/aws`
   * @param key `public`: this machine trusts the key that sealed it, and has another one; `private`: it has that very key,
   * which files need that only their own machine believes
   */
  static async open(name: string, key: 'public' | 'private' = 'public'): Promise<Fixture> {
    const from = join(RECORDED, name)
    const folder = mkdtempSync(join(tmpdir(), `interdict-${basename(name)}-`))
    const [state, config] = [join(folder, 'state'), join(folder, 'config')]
    mkdirSync(config, { mode: 0o700 })
    cpSync(join(from, 'state'), state, { recursive: true })
    if (existsSync(join(from, 'heads')))
      cpSync(join(from, 'heads'), join(config, 'heads'), { recursive: true })
    if (key === 'private') cpSync(join(RECORDED, dirname(name), 'seal.pem'), join(config, 'seal.pem'))
    else {
      mkdirSync(join(config, 'trusted'))
      cpSync(join(RECORDED, dirname(name), 'seal.pub.pem'), join(config, 'trusted', 'recorded.pem'))
    }
    for (const file of ['gate.yaml', 'gate.yaml.checked'])
      if (existsSync(join(from, file))) cpSync(join(from, file), join(config, file))
    tighten(folder)
    const kept = JSON.parse(
      brotliDecompressSync(readFileSync(join(from, 'lab.json.br'))).toString(),
    ) as KeptLab
    liveAt(new Date(Date.parse(kept.at) + SINCE_MS).toISOString())
    mkdirSync(join(state, 'lab'), { mode: 0o700 })
    const lab = await openKeptLab(state, kept.id, kept.after)
    return new Fixture(name, folder, kept, lab)
  }

  /** Path of a file of the copy. */
  path(...names: string[]): string {
    return join(this.folder, ...names)
  }

  /** Path of a file as it was recorded. */
  recorded(...names: string[]): string {
    return join(RECORDED, this.name, ...names)
  }

  get folders(): { state: string; config: string } {
    return { state: this.path('state'), config: this.path('config') }
  }

  /** Copies a recorded file beside the state folder. */
  bring(name: string): string {
    cpSync(this.recorded(name), this.path(name))
    return this.path(name)
  }

  /** Changes one byte in the middle of a file of the copy. */
  damage(...names: string[]): void {
    const path = this.path(...names)
    const bytes = readFileSync(path)
    const middle = bytes.length >> 1
    bytes[middle] = (bytes[middle] ?? 0) ^ 1
    writeFileSync(path, bytes)
  }

  /** Cuts the last line off a file of the copy. */
  cut(name: string): void {
    const lines = readFileSync(this.path(name), 'utf8').trimEnd().split('\n')
    writeFileSync(this.path(name), `${lines.slice(0, -1).join('\n')}\n`)
  }

  /** Trusts the key no more that sealed the fixture. */
  distrust(): void {
    rmSync(this.path('config', 'trusted'), { recursive: true })
  }

  /** Estates from before the first run. */
  get before(): Estates {
    return this.#kept.before
  }

  /** Another lab like this one, over the estates from before. */
  async beginning(): Promise<Lab> {
    return await openKeptLab(undefined, this.#kept.id, this.#kept.before)
  }

  async close(): Promise<void> {
    await this.lab.close()
    rmSync(this.folder, { recursive: true, force: true })
    liveAt(undefined)
  }
}

/** Formats and names of all fixtures: `1/aws`. */
export function fixtureNames(): string[] {
  return FORMATS.flatMap(format =>
    readdirSync(join(RECORDED, format), { withFileTypes: true }).flatMap(each =>
      each.isDirectory() ? [`${format}/${each.name}`] : [],
    ),
  )
}

/** Paths of the recorded journals. */
export function journalPaths(): string[] {
  return fixtureNames().flatMap(name => {
    const folder = join(RECORDED, name, 'state', 'runs')
    const files = existsSync(folder) ? readdirSync(folder) : []
    return files.filter(file => file.endsWith('.jsonl')).map(file => join(folder, basename(file)))
  })
}

/** Git keeps no modes but the executable one, and the program refuses files that others can write. */
function tighten(folder: string): void {
  chmodSync(folder, 0o700)
  for (const each of readdirSync(folder, { recursive: true, withFileTypes: true }))
    chmodSync(join(each.parentPath, each.name), each.isDirectory() ? 0o700 : 0o600)
}

/** Paths at which two snapshots differ, `*` in the place of names that only one of them has. */
export function differingPaths(before: unknown, after: unknown, path = ''): string[] {
  if (Array.isArray(before) && Array.isArray(after)) {
    const [one, other] = [before, after].map(all => new Set(all.map(each => JSON.stringify(each))))
    const differs = [...(one ?? [])].some(each => !other?.has(each)) || one?.size !== other?.size
    return differs ? [path] : []
  }
  if (!isRecord(before) || !isRecord(after))
    return JSON.stringify(before) === JSON.stringify(after) ? [] : [path]
  const names = new Set([...Object.keys(before), ...Object.keys(after)])
  const found = [...names].flatMap(name => {
    if (!Object.hasOwn(before, name)) return [`${path}/* added`]
    if (!Object.hasOwn(after, name)) return [`${path}/* removed`]
    return differingPaths(before[name], after[name], `${path}/${name}`)
  })
  return found.sort()
}

function isRecord(value: unknown): value is { [member: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
