import { networkAdvice } from '../egress/advice.ts'
import { fetchOut } from '../egress/fetch.ts'
import { backoff } from '../model/backoff.ts'
import { Fault } from '../model/fault.ts'
import type { Timing } from '../model/timing.ts'

export interface Posting {
  /** For errors. */
  name: string
  url: string
  body: string
  /** Made anew for each attempt: a signature has a time. */
  headers(): { [name: string]: string }
  timing: Timing
  signal?: AbortSignal | undefined
}

const ATTEMPTS = 5
const TIMEOUT = 10_000
/** Milliseconds before the second attempt; twice as many before each further one. */
const BACKOFF = { first: 500, most: 30_000 }
const REDIRECTS = 3

/**
 * Posts until it is taken (2xx), at most five times. A post that the receiver refuses (4xx other than 408, 425 and 429) is not
 * repeated. A redirect is followed on the same host only: what is sent is meant for nobody else.
 */
export async function post(posting: Posting): Promise<void> {
  const { name, timing, signal } = posting
  const retries = backoff({ ...BACKOFF, timing })
  let last = ''
  let next: string | undefined
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    if (attempt > 0) await retries.wait(signal)
    if (signal?.aborted) throw new Fault('interrupted', `${name} was not notified`)
    const said = await once(posting)
    if (said === undefined) return
    last = said.why
    next = said.next
    if (said.final) break
  }
  throw new Fault('unavailable', `${name} was not notified: ${last}`, next === undefined ? {} : { next })
}

async function once({
  url,
  body,
  headers,
  signal,
}: Posting): Promise<{ why: string; final: boolean; next?: string } | undefined> {
  const limit = AbortSignal.timeout(TIMEOUT)
  let target = new URL(url)
  try {
    for (let hop = 0; hop <= REDIRECTS; hop++) {
      const answer = await fetchOut(target, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers() },
        body,
        redirect: 'manual',
        signal: signal ? AbortSignal.any([signal, limit]) : limit,
      })
      await answer.body?.cancel()
      if (answer.ok) return undefined
      const location = answer.headers.get('location')
      if (answer.status < 300 || answer.status >= 400 || location === null) {
        const passes = [408, 425, 429].includes(answer.status) || answer.status >= 500
        return { why: `HTTP ${answer.status}`, final: !passes }
      }
      const next = new URL(location, target)
      if (next.origin !== target.origin) return { why: 'it redirects to another host', final: true }
      target = next
    }
    return { why: 'too many redirects', final: true }
  } catch (error) {
    const { name, cause } = error as Error
    const code = (cause as { code?: string } | undefined)?.code
    const why = name === 'TimeoutError' ? 'no answer in time' : (code ?? 'no connection')
    const next = networkAdvice(error)
    return { why, final: false, ...(next === undefined ? {} : { next }) }
  }
}
