import { randomUUID } from 'node:crypto'
import { Calls } from './calls.ts'
import { LabClock } from './clock.ts'
import type { Answer, Inquiry, LabCloud } from './cloud.ts'
import { control } from './control.ts'
import { keeper, load } from './estate-file.ts'
import { Faults } from './faults.ts'
import type { Lab } from './lab.ts'
import { type Exchange, listen } from './server.ts'
import { type BucketSizes, Throttle } from './throttle.ts'

export type { LabCloud, Plain } from './cloud.ts'
export type { FaultRule, Trouble } from './faults.ts'
export type { Lab } from './lab.ts'

export interface LabOptions {
  /** The clouds that it answers for; each brings what there is at the start, and again after a reset. */
  clouds: readonly LabCloud[]
  /** Where the estates are kept after each change, and taken from at the start. */
  file?: string
  /**
   * 0, or missing: a change is answered once it is in the file, so that it is still there if the lab is killed. More:
   * it is answered at once, and is in the file so many milliseconds later at the latest, and when the lab is closed.
   */
  keepWithinMs?: number
  /** A free one when missing. */
  port?: number
  /**
   * Milliseconds until the data planes know of a change: for all clouds, or by cloud. A cloud that is not given has
   * `PROPAGATION_MS`.
   */
  propagationMs?: number | { readonly [cloud: string]: number }
  /**
   * Whether callers are throttled at the rates that the clouds have, or at others by family, e.g.
   * `{ 'aws iam writes': { size: 30, perSecond: 10 } }`; false when missing.
   */
  throttle?: boolean | BucketSizes
  /** Milliseconds that the `Date` of its answers is ahead of its clock: as if the clock of everybody else were off. */
  dateOffset?: number
  /** Milliseconds since 1970, that its clock begins from; this machine's when missing. */
  date?: () => number
  /** Called with every exchange after it was answered. */
  record?: (exchange: RecordedExchange) => void
}

/** Milliseconds until the data plane of a cloud knows of a change, where nothing else is asked for. */
export const PROPAGATION_MS = 1000

/** `params` as they came: flat names for the query protocols, the parsed body for JSON. Headers and body are the answer's. */
export interface RecordedExchange {
  cloud: string
  service: string
  operation: string
  params: Readonly<Record<string, unknown>>
  method: string
  /** Path and query. */
  url: string
  /** The request's body. */
  sent: string
  headers: Record<string, string>
  status: number
  body: string
}

/**
 * Starts a lab on the loopback interface: real SDK clients work with it when they are given its endpoint.
 * @throws TypeError when the file is none of ours; system errors of listen
 */
export async function startLab(options: LabOptions): Promise<Lab> {
  const { clouds, file, port = 0, keepWithinMs = 0, throttle = false, record } = options
  const kept = file === undefined ? undefined : await load(file)
  const id = kept?.id ?? `lab-${randomUUID()}`
  const clock = new LabClock(kept?.clockOffset, options.date)
  const faults = new Faults()
  const calls = new Calls()
  const throttled = typeof throttle === 'boolean' ? new Throttle() : new Throttle(throttle)
  const propagationMs = delays(clouds, options.propagationMs)
  const shared = ({ cloud }: LabCloud) => ({ clock, propagationMs: propagationMs[cloud] ?? PROPAGATION_MS })
  for (const cloud of clouds) cloud.open(shared(cloud), kept?.estates[cloud.cloud])

  const estates = () => ({
    // A cloud that this lab was not started with stays as it was.
    ...kept?.estates,
    ...Object.fromEntries(clouds.map(each => [each.cloud, each.estate()])),
  })
  const keeps =
    file === undefined
      ? undefined
      : keeper(file, () => ({ id, clockOffset: clock.offset, estates: estates() }), keepWithinMs)
  if (kept === undefined) await keeps?.flush()

  const serve = async (exchange: Exchange) => {
    if (exchange.url.startsWith('/_lab')) {
      await control({ lab, keep: async () => keeps?.flush() }, exchange)
      return
    }
    const cloud = clouds.find(each => each.recognises(exchange))
    if (cloud === undefined) {
      await send(exchange, nobody(exchange, clouds))
      return
    }
    const inquiry = cloud.receive(exchange)
    if (isAnswer(inquiry)) await send(exchange, inquiry)
    else await answerTo(cloud, inquiry, exchange)
  }
  const answerTo = async (cloud: LabCloud, inquiry: Inquiry, exchange: Exchange) => {
    const { service, operation, caller, params, parts = [] } = inquiry
    calls.add(service, operation, caller)
    const limited = throttle !== false ? throttled.take(inquiry.limits?.() ?? [], clock.ms()) : undefined
    const struck = faults.strike({ cloud: cloud.cloud, service, operation, caller, params })
    const inParts = parts.map(each => faults.strike({ cloud: cloud.cloud, service, caller, ...each }))
    const trouble =
      struck ??
      (limited && { kind: 'throttle' as const, seconds: limited.limit.silent ? null : limited.seconds })
    if (trouble?.kind === 'reset') {
      exchange.reset()
      return
    }
    if (trouble?.kind === 'hang') {
      await exchange.hang()
      return
    }
    const { answer, changed } = inquiry.run(trouble, inParts)
    if (trouble?.kind === 'vanish') cloud.vanish(trouble.of, trouble.name)
    if (changed || trouble?.kind === 'vanish') await keeps?.changed()
    if (trouble?.kind === 'applied-then-reset') {
      exchange.reset()
      return
    }
    if (trouble?.kind === 'half-answer') {
      await exchange.half(answer.status, answer.headers, answer.body)
      return
    }
    await send(exchange, answer)
    const { method, url, body: sent } = exchange
    record?.({ cloud: cloud.cloud, service, operation, params, method, url, sent, ...answer })
  }

  const server = await listen(port, serve, () => clock.ms() + (options.dateOffset ?? 0))
  const lab: Lab = {
    id,
    endpoint: `http://127.0.0.1:${server.port}`,
    get responders() {
      return Object.fromEntries(clouds.map(each => [each.cloud, each.responder]))
    },
    clock,
    faults,
    calls,
    clouds,
    propagationMs,
    snapshot: () => Object.fromEntries(clouds.map(each => [each.cloud, each.snapshot()])),
    async reset() {
      for (const cloud of clouds) cloud.open(shared(cloud))
      await keeps?.flush()
    },
    async close() {
      await server.close()
      await keeps?.flush()
    },
  }
  return lab
}

/** @throws RangeError for a delay that is not a number of milliseconds from 0 */
function delays(
  clouds: readonly LabCloud[],
  given: LabOptions['propagationMs'] = PROPAGATION_MS,
): { [cloud: string]: number } {
  const byCloud = clouds.map(({ cloud }) => {
    const delay = typeof given === 'number' ? given : (given[cloud] ?? PROPAGATION_MS)
    if (!Number.isFinite(delay) || delay < 0) {
      throw new RangeError(`propagation of ${cloud}: ${delay} is not a number of milliseconds from 0`)
    }
    return [cloud, delay] as const
  })
  return Object.fromEntries(byCloud)
}

function isAnswer(value: Inquiry | Answer): value is Answer {
  return 'status' in value
}

function nobody({ method, url }: Exchange, clouds: readonly LabCloud[]): Answer {
  const names = clouds.map(({ cloud }) => cloud).join(', ')
  return {
    status: 501,
    headers: { 'content-type': 'text/plain' },
    body: `the lab does not know ${method} ${url}; it answers for ${names}\n`,
  }
}

async function send(exchange: Exchange, { status, headers, body }: Answer): Promise<void> {
  await exchange.answer(status, headers, body)
}
