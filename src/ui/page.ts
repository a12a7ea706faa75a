export type Paint = (text: string) => string

/** Colour means something: red is still open, yellow needs a person, green is proven. */
export interface Palette {
  open: Paint
  person: Paint
  proven: Paint
  strong: Paint
  faint: Paint
}

/** The page that a renderer draws on. Renderers are pure: the same page and data give the same text. */
export interface Page {
  columns: number
  /** Long lists are not folded. */
  all: boolean
  paint: Palette
  /** RFC 3339; what `ago` and `in` are counted from. */
  now: string
}

const asIs: Paint = text => text
export const COLOURLESS: Palette = { open: asIs, person: asIs, proven: asIs, strong: asIs, faint: asIs }

/**
 * The page of a stream: 80 columns where it does not say, colour only on a terminal and never with NO_COLOR.
 *
 * @param now RFC 3339; what `ago` and `in` are counted from
 */
export async function pageOf(
  stream: { isTTY?: boolean; columns?: number },
  { now, all = false, env = process.env }: { now: string; all?: boolean; env?: NodeJS.ProcessEnv },
): Promise<Page> {
  const forced = env['FORCE_COLOR'] !== undefined && env['FORCE_COLOR'] !== '0'
  const coloured = !env['NO_COLOR'] && (forced || (stream.isTTY === true && env['TERM'] !== 'dumb'))
  return {
    columns: Math.max(40, stream.columns ?? 80),
    all,
    paint: coloured ? await coloursOf() : COLOURLESS,
    now,
  }
}

async function coloursOf(): Promise<Palette> {
  const { Chalk } = await import('chalk')
  const chalk = new Chalk({ level: 1 })
  return {
    open: chalk.red,
    person: chalk.yellow,
    proven: chalk.green,
    strong: chalk.bold,
    faint: chalk.dim,
  }
}

const UNITS = [
  [86_400, 'd'],
  [3600, 'h'],
  [60, 'm'],
  [1, 's'],
] as const

/** `4m ago`, `in 2h`, `just now`; one unit, rounded, since nobody needs the second. */
export function relative(at: string, now: string): string {
  const seconds = (Date.parse(at) - Date.parse(now)) / 1000
  if (!Number.isFinite(seconds)) return '?'
  const far = Math.abs(seconds)
  if (far < 5) return 'just now'
  // A unit is taken when the rounded number in it is at least one: 59.9 minutes are an hour.
  const [size, unit] = UNITS.find(([each]) => Math.round(far / 60) * 60 >= each && each > 1) ?? UNITS[3]
  const text = `${Math.max(1, Math.round(far / size))}${unit}`
  return seconds < 0 ? `${text} ago` : `in ${text}`
}

export { clockTime } from '../model/clock-time.ts'

/** The first few, and how many more there are; `hint` says how to see them all. */
export function folded<Item>(
  items: readonly Item[],
  most: number,
  page: Pick<Page, 'all'>,
): { shown: readonly Item[]; more: number } {
  // One more line than allowed is better than a line that says "1 more".
  if (page.all || items.length <= most + 1) return { shown: items, more: 0 }
  return { shown: items.slice(0, most), more: items.length - most }
}
