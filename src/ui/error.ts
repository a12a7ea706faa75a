import type { Fault } from '../model/fault.ts'
import { EXIT, type FaultRecord } from '../model/fault.ts'
import type { ErrorResult } from '../toolkit/results/fault.ts'
import { COLOURLESS, type Palette } from './page.ts'
import { plain, plainLines, wrapNames } from './text.ts'

/** How an error is drawn. */
interface ErrorPage {
  paint?: Palette
  /** Infinite if absent: nothing is wrapped. */
  columns?: number
  /** The changes made to the clouds before it, in words. */
  cloud?: string | undefined
}

/** An error as people read it: what, where, what was done to the clouds, what to do next. */
export function errorText(
  fault: FaultRecord,
  { paint = COLOURLESS, columns = Number.POSITIVE_INFINITY, cloud }: ErrorPage = {},
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
  if (cloud !== undefined) lines.push(...labelled('cloud', cloud))
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
