import { commandText } from '../model/command-text.ts'
import type { Plan } from '../model/plan.ts'
import { isAbsolute } from '../model/spare.ts'
import type { PlanRequest } from './plan-request.ts'
import { scopeWords } from './scope.ts'

/** The command that would contain what was spared, where a person may decide that; undefined where nobody may. */
export function overruling({ spared }: Plan, request: PlanRequest, lab: boolean): string | undefined {
  const may = spared.filter(each => each.class !== undefined && !isAbsolute({ class: each.class }))
  if (may.length === 0 || typeof request.subject !== 'string') return undefined
  const words = [
    request.subject,
    ...(request.input ?? []).flatMap(each => ['--input', each]),
    ...(request.cloud ?? []).flatMap(each => ['--cloud', each]),
    ...scopeWords(request),
    ...may.slice(0, 3).flatMap(({ identity }) => ['--include-protected', identity.id]),
    ...['--reason', 'why it is touched all the same'],
  ]
  return commandText(['contain', ...words], { lab })
}
