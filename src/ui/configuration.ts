import type { ConfigurationResult } from '../toolkit/results/configuration.ts'
import type { Page } from './page.ts'
import { type Column, table } from './table.ts'
import { hanging, plain } from './text.ts'

type Row = { key: string; value: string; from: string; mark: string; counts: boolean }

const STATES = {
  used: 'used',
  tightens: 'adds protections and lowers ceilings only',
  ignored: 'ignored',
  absent: 'not there',
} as const

/** The files, then each value with where it comes from and whether it counts. */
export function configurationText(of: ConfigurationResult, page: Page): string {
  const { files, settings, given = [], profile } = of
  const { paint } = page
  const kinds = new Map(files.map(({ path, kind }) => [path, kind]))
  const lines = files.flatMap(({ kind, state, path, because }) => {
    const sign = state === 'used' ? paint.proven('✔') : state === 'absent' ? '‒' : paint.person('!')
    const text = `${STATES[state]}${because === undefined ? '' : ` (${because})`}`
    // A path is copied, so that it stands whole on a line of its own.
    return [
      ...hanging(`${sign} ${kind.padEnd(7)}  `, plain(text), page.columns),
      `${' '.repeat(11)}${plain(path)}`,
    ]
  })
  if (profile !== undefined) lines.push(`profile ${plain(profile)}`)
  const rows: Row[] = [
    ...given.map(({ key, value, by }) => ({
      ...{ key, value: valueText(value), from: by, mark: '✔', counts: true },
    })),
    ...settings.map(({ key, value, at, profile: of, use }): Row => {
      const isOver = given.some(each => each.key === key)
      const from = `${kinds.get(at.file) ?? at.file}:${at.line}:${at.column}${of === undefined ? '' : ` ${of}`}`
      const counts = use === 'used' && !isOver
      return {
        ...{ key, value: valueText(value), from, counts },
        mark: counts ? '✔' : use === 'used' ? 'overridden' : use,
      }
    }),
  ]
  if (rows.length === 0) return `${[...lines, '', 'no values: the defaults count'].join('\n')}\n`
  const columns: Column<Row>[] = [
    { title: 'KEY', value: ({ key }) => key, least: 16 },
    { title: 'VALUE', value: ({ value }) => value, least: 12 },
    { title: 'FROM', value: ({ from }) => from },
    {
      title: 'COUNTS',
      value: ({ mark }) => mark,
      paint: ({ counts }) => (counts ? paint.proven : paint.person),
    },
  ]
  return `${[...lines, '', ...table(columns, rows, page)].join('\n')}\n`
}

function valueText(value: unknown): string {
  if (Array.isArray(value)) return value.map(valueText).join(', ')
  return typeof value === 'string' ? value : JSON.stringify(value)
}
