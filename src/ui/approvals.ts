import type { RunState } from '../model/run/state.ts'
import type { Page } from './page.ts'
import { plain, wrapNames } from './text.ts'

/** The acts of a run that others approved; those that were begun without them are in red. */
export function approvalLines({ approvals = [] }: RunState, { columns, paint }: Page): string[] {
  return approvals.flatMap(({ act, at, by, bypassed }) => {
    const people = by.map(({ approver, fingerprint }) => `${plain(approver)} (${fingerprint})`).join(', ')
    const text =
      bypassed === undefined
        ? `${act} approved by ${people}, ${at}`
        : `${act} WITHOUT the approvals that are needed, ${at}: ${plain(bypassed)}`
    const lines = wrapNames(text, columns - 4).map(
      (line, index) => `  ${index > 0 ? ' ' : bypassed === undefined ? '✔' : '✖'} ${line}`,
    )
    return bypassed === undefined ? lines : lines.map(paint.open)
  })
}
