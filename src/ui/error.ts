import type { Fault } from '../model/fault.ts'
import { EXIT, type FaultRecord } from '../model/fault.ts'
import { COLOURLESS, type Palette } from './page.ts'
import { plain, plainLines } from './text.ts'

/** An error as people read it: what, where, what to do next. */
export function errorText(fault: FaultRecord, paint: Palette = COLOURLESS): string {
  const [first = '', ...rest] = plainLines(fault.message)
  const lines = [paint.open(`✖ ${first}`), ...rest.map(line => `  ${line}`)]
  if (fault.where) lines.push(`  ${paint.faint('where')}  ${plain(fault.where)}`)
  if (fault.next) lines.push(`  ${paint.faint('next')}   ${plain(fault.next)}`)
  if (fault.code === 'bug') {
    lines.push('  this is a bug in interdict; DEBUG=interdict shows where. Nothing more was changed.')
  }
  return `${lines.join('\n')}\n`
}

/** An error as programs read it, with the exit code of the one table. */
export function errorJson(fault: Fault): { error: FaultRecord; exit: number } {
  return { error: fault.record(), exit: EXIT[fault.exit].code }
}
