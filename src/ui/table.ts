import type { Page, Paint } from './page.ts'
import { clip, pad, plain, width } from './text.ts'

export interface Column<Row> {
  title: string
  value: (row: Row) => string
  side?: 'left' | 'right'
  /** Narrowed to this when the page is too narrow. */
  least?: number
  /** Shown only where there is room for it beside the others as wide as they are; higher goes first. */
  optional?: number
  /** Left out where the others would have no room even at their least; higher goes first. */
  expendable?: number
  paint?: (row: Row) => Paint | undefined
}

const GAP = 2

/**
 * Rows under a head, aligned. On a page that is too narrow `optional` columns go first, then columns are narrowed to their `least`,
 * and `expendable` ones go before a narrowed one would get less.
 */
export function table<Row>(columns: readonly Column<Row>[], rows: readonly Row[], page: Page): string[] {
  const cells = new Map(columns.map(column => [column, rows.map(row => plain(column.value(row)))]))
  const natural = (column: Column<Row>) =>
    Math.max(width(column.title), ...(cells.get(column) ?? []).map(width))
  let shown = [...columns]
  const least = (column: Column<Row>) => Math.min(natural(column), column.least ?? Number.POSITIVE_INFINITY)
  const total = (widths: readonly number[]) => widths.reduce((sum, each) => sum + each + GAP, -GAP)
  while (total(shown.map(natural)) > page.columns) {
    const [first] = shown
      .filter(({ optional }) => optional !== undefined)
      .sort((a, b) => (b.optional ?? 0) - (a.optional ?? 0))
    if (!first) break
    shown = shown.filter(column => column !== first)
  }
  while (total(shown.map(least)) > page.columns) {
    const [first] = shown
      .filter(({ expendable }) => expendable !== undefined)
      .sort((a, b) => (b.expendable ?? 0) - (a.expendable ?? 0))
    if (!first) break
    shown = shown.filter(column => column !== first)
  }
  const widths = shown.map(natural)
  // The widest gives way first, so that none is cut to nothing beside one that is shown whole.
  for (let over = total(widths) - page.columns; over > 0; over--) {
    const wide = shown
      .map((column, index) => ({ index, columns: widths[index] ?? 0, least: least(column) }))
      .filter(each => each.columns > each.least)
      .reduce((a, b) => (b.columns > a.columns ? b : a), { index: -1, columns: 0, least: 0 })
    if (wide.index < 0) break
    widths[wide.index] = wide.columns - 1
  }
  const line = (texts: readonly string[], paints: readonly (Paint | undefined)[]) => {
    const parts = texts.map((text, index) => {
      const last = index === texts.length - 1 && shown[index]?.side !== 'right'
      const columns = widths[index] ?? 0
      const cell = last ? clip(text, columns) : pad(text, columns, shown[index]?.side)
      return paints[index]?.(cell) ?? cell
    })
    return parts.join(' '.repeat(GAP)).trimEnd()
  }
  const head = line(
    shown.map(({ title }) => title),
    shown.map(() => page.paint.faint),
  )
  const body = rows.map((row, at) =>
    line(
      shown.map(column => cells.get(column)?.[at] ?? ''),
      shown.map(({ paint }) => paint?.(row)),
    ),
  )
  return [head, ...body]
}
