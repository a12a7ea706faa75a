export type Paint = (text: string) => string

/**
 * Colour means something: red is still open, yellow needs a person, green is proven. In a plan, where nothing is done yet, a
 * setting that is added is green, one that is changed yellow and one that is removed red, as in other tools' plans.
 */
export interface Palette {
  open: Paint
  person: Paint
  proven: Paint
  strong: Paint
  faint: Paint
}

/** The page that a renderer draws on. Renderers are pure: the same page and data give the same text. */
export interface Page {
  /** Infinite where lines are neither cut nor wrapped. */
  columns: number
  /** Long lists are not folded. */
  all: boolean
  /** Tables have all rows even so: it is a pipe or a file, and a program searches them. */
  whole?: boolean
  paint: Palette
  /** RFC 3339; what `ago` and `in` are counted from. */
  now: string
}

const asIs: Paint = text => text
export const COLOURLESS: Palette = { open: asIs, person: asIs, proven: asIs, strong: asIs, faint: asIs }

/** The parts of a stream that say how wide its lines may be. */
export interface Sheet {
  isTTY?: boolean
  columns?: number
}

/**
 * Returns how many columns a line on a stream may take: those of `COLUMNS` if it is a whole number of 1 or more, else those of the
 * terminal (80 where it does not say), at least 40. Without either it is a pipe or a file, and the width is infinite: a program
 * that searches a line must find all of it.
 */
export function columnsOf({ isTTY, columns }: Sheet, env: NodeJS.ProcessEnv = process.env): number {
  const given = /^[1-9]\d{0,5}$/.test(env['COLUMNS'] ?? '') ? Number(env['COLUMNS']) : undefined
  if (given === undefined && isTTY !== true) return Number.POSITIVE_INFINITY
  return Math.max(40, given ?? (columns || 80))
}

/**
 * Returns the page of a stream. On a terminal it has the terminal's columns, folds long lists and has colours, unless NO_COLOR is
 * set or TERM is `dumb`. In a pipe or a file no line is cut or wrapped, and tables have all rows. See `columnsOf` for `COLUMNS`.
 *
 * @param now RFC 3339; what `ago` and `in` are counted from
 */
export async function pageOf(
  stream: Sheet,
  { now, all = false, env = process.env }: { now: string; all?: boolean; env?: NodeJS.ProcessEnv },
): Promise<Page> {
  const forced = env['FORCE_COLOR'] !== undefined && env['FORCE_COLOR'] !== '0'
  const coloured = !env['NO_COLOR'] && (forced || (stream.isTTY === true && env['TERM'] !== 'dumb'))
  return {
    columns: columnsOf(stream, env),
    all,
    ...(stream.isTTY === true ? {} : { whole: true }),
    paint: coloured ? await coloursOf() : COLOURLESS,
    now,
  }
}

async function coloursOf(): Promise<Palette> {
  const { Chalk } = await import('chalk')
  const chalk = new Chalk({ level: 1 })
  // Chalk paints all of its arguments, and `lines.map(paint.open)` would hand it three.
  return {
    open: text => chalk.red(text),
    person: text => chalk.yellow(text),
    proven: text => chalk.green(text),
    strong: text => chalk.bold(text),
    faint: text => chalk.dim(text),
  }
}

/** Each unit with the one below it, in seconds. */
const UNITS = [
  [86_400, 3600, 'd'],
  [3600, 60, 'h'],
  [60, 1, 'm'],
] as const

/** `4m ago`, `in 2h`, `just now`; one unit, rounded, since a person does not need the second. */
export function relative(at: string, now: string): string {
  const seconds = (Date.parse(at) - Date.parse(now)) / 1000
  if (!Number.isFinite(seconds)) return '?'
  const far = Math.abs(seconds)
  if (far < 5) return 'just now'
  // Rounded in the unit below: 59.9 minutes are an hour, and 23.9 hours a day, never `24h` beside `1d`.
  const [size, , unit] = UNITS.find(([each, below]) => Math.round(far / below) * below >= each) ?? [1, 1, 's']
  const text = `${Math.max(1, Math.round(far / size))}${unit}`
  return seconds < 0 ? `${text} ago` : `in ${text}`
}

/** `overdue 3h` for a moment that has passed, else `in 3h`. */
export function untilText(at: string, now: string): string {
  const text = relative(at, now)
  return text.endsWith(' ago') ? `overdue ${text.slice(0, -4)}` : text
}

export { clockTime } from '../model/clock-time.ts'

/** The page as tables take it: those in a pipe or a file are not folded. */
export function tableOf({ all, whole = false }: Pick<Page, 'all' | 'whole'>): Pick<Page, 'all'> {
  return { all: all || whole }
}

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
