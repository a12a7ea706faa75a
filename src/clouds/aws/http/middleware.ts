import type { CloudClock } from '../../../model/cloud-clock.ts'
import type { Timing } from '../../../model/timing.ts'
import { customEndpoint } from './endpoint.ts'

export type Middleware = (next: (args: unknown) => Promise<unknown>) => (args: unknown) => Promise<unknown>

/** Where calls went that did not go to AWS; one object a client. */
export interface Went {
  custom: string | undefined
}

/** Notes the address of the first call that does not go to AWS. */
export function noteEndpoint(went: Went, suffixes: readonly string[]): Middleware {
  return next => async args => {
    went.custom ??= customEndpoint(args, suffixes)
    return await next(args)
  }
}

/** Notes the `Date` of each answer. */
export function noteTime(clock: CloudClock | undefined, timing: Timing): Middleware {
  return next => async args => {
    const sent = timing.date()
    const result = await next(args)
    clock?.note(dateOf(result), sent, timing.date())
    return result
  }
}

function dateOf(result: unknown): string | undefined {
  const { response } = (result ?? {}) as { response?: { headers?: { [name: string]: string } } }
  return response?.headers?.['date']
}
