import type { FaultRule } from './faults.ts'
import type { Lab } from './lab.ts'
import type { Exchange } from './server.ts'

export interface Controlled {
  lab: Lab
  /** Keeps the lab's file up to date, where it has one. */
  keep: () => Promise<void>
}

/** Answers what is asked of the lab itself, in JSON, under `/_lab`. */
export async function control({ lab, keep }: Controlled, exchange: Exchange): Promise<void> {
  const { method, url, body, headers } = exchange
  const say = (status: number, value: unknown) =>
    exchange.answer(status, { 'content-type': 'application/json' }, `${JSON.stringify(value)}\n`)
  // No web page has any business here, even one that finds the port.
  if (headers.origin !== undefined) return say(403, { error: 'not for browsers' })
  try {
    switch (`${method} ${url}`) {
      case 'GET /_lab': {
        return await say(200, {
          id: lab.id,
          clock: lab.clock.now(),
          responders: lab.responders,
          propagationMs: lab.propagationMs,
          clouds: Object.fromEntries(lab.clouds.map(each => [each.cloud, each.summary()])),
        })
      }
      case 'GET /_lab/estate':
        return await say(200, lab.snapshot())
      case 'GET /_lab/calls':
        return await say(200, lab.calls)
      case 'DELETE /_lab/calls':
        lab.calls.clear()
        return await say(200, lab.calls)
      case 'POST /_lab/advance': {
        const { seconds } = read(body)
        lab.clock.advance(Number(seconds))
        await keep()
        return await say(200, { clock: lab.clock.now() })
      }
      case 'POST /_lab/reset':
        await lab.reset()
        return await say(200, { id: lab.id, clock: lab.clock.now() })
      case 'POST /_lab/faults': {
        const value: unknown = JSON.parse(body)
        lab.faults.add(...((Array.isArray(value) ? value : [value]) as FaultRule[]))
        return await say(200, {})
      }
      case 'DELETE /_lab/faults':
        lab.faults.clear()
        return await say(200, {})
      default:
        return await say(404, { error: `no such control: ${method} ${url}` })
    }
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof TypeError || error instanceof RangeError))
      throw error
    return say(400, { error: error.message })
  }
}

function read(body: string): { [member: string]: unknown } {
  const value: unknown = JSON.parse(body)
  if (typeof value !== 'object' || value === null) throw new TypeError('a JSON object is needed')
  return { ...value }
}
