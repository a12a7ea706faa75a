import type { Interruption } from '../model/interruption.ts'
import type { Page } from './page.ts'
import { table } from './table.ts'
import { wrap } from './text.ts'

export function catalogText(interruptions: readonly Interruption[], page: Page): string {
  const lines = table<Interruption>(
    [
      { title: 'INTERRUPTION', value: ({ id }) => id },
      { title: 'DOES', value: ({ summary }) => summary, least: 30 },
      { title: 'COMES BACK', value: ({ reversal }) => reversal.kind, optional: 1 },
      { title: 'ON', value: ({ on }) => on.join(', '), optional: 2 },
    ],
    [...interruptions].sort((a, b) => (a.id < b.id ? -1 : 1)),
    page,
  )
  return `${lines.join('\n')}\n`
}

/** One interruption in full. */
export function interruptionText(interruption: Interruption, page: Page): string {
  const { id, summary, verbs, on, leaves, lapses, undoneBy, reversal, permissions, example } = interruption
  const rows: [string, string][] = [
    ['does', summary],
    ['verbs', verbs.join(', ')],
    ['on', on.join(', ')],
    ['leaves', leaves],
    ...(lapses === undefined
      ? []
      : [['ends', 'by itself, if a playbook says onExpiry: lapse'] as [string, string]]),
    ...(undoneBy === undefined ? [] : [['undone by', undoneBy] as [string, string]]),
    ['comes back', reversal.kind === 'exact' ? 'exactly' : `equivalent: ${reversal.differs}`],
    ['to read', permissions.read.join(' ')],
    ['to cut', permissions.cut.join(' ')],
    ['to restore', permissions.restore.join(' ')],
    ...(example === undefined ? [] : [['e.g.', JSON.stringify(example)] as [string, string]]),
  ]
  const lines = rows.flatMap(([name, text]) =>
    wrap(text, page.columns - 14).map((line, at) => `  ${(at === 0 ? name : '').padEnd(10)}  ${line}`),
  )
  return `${page.paint.strong(id)}\n${lines.join('\n')}\n`
}
