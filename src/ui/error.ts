import type { Fault } from '../model/fault.ts'
import { EXIT, type FaultRecord } from '../model/fault.ts'
import type { ErrorResult } from '../toolkit/results/fault.ts'
import { COLOURLESS, type Palette } from './page.ts'
import { plain, plainLines, wrapNames } from './text.ts'

/** An error as people read it: what, where, what to do next. Without a width, nothing is wrapped. */
export function errorText(
  fault: FaultRecord,
  paint: Palette = COLOURLESS,
  columns = Number.POSITIVE_INFINITY,
): string {
  const [first = '', ...rest] = plainLines(fault.message)
  const headline = wrapNames(first, columns - 2).map((line, at) =>
    paint.open(`${at === 0 ? '✖' : ' '} ${line}`),
  )
  const more = rest.flatMap(text =>
    wrapNames(text, columns - 4).map((line, at) => `${at === 0 ? '  ' : '    '}${line}`),
  )
  const lines = [...headline, ...more]
  const labelled = (label: string, text: string) =>
    wrapNames(plain(text), columns - 9).map(
      (line, at) => `  ${at === 0 ? paint.faint(label.padEnd(5)) : '     '}  ${line}`,
    )
  if (fault.where) lines.push(...labelled('where', fault.where))
  if (fault.next) lines.push(...labelled('next', fault.next))
  if (fault.code === 'bug') {
    lines.push('  this is a bug in interdict; INTERDICT_DEBUG=1 shows where. Nothing more was changed.')
  }
  return `${lines.join('\n')}\n`
}

/** An error as programs read it, with the exit code of the one table. */
export function errorJson(fault: Fault): ErrorResult {
  return { error: fault.record(), exit: EXIT[fault.exit].code }
}
