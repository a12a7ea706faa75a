import { randomUUID } from 'node:crypto'
import { Calls } from './calls.ts'
import { LabClock } from './clock.ts'
import type { Answer, Inquiry, LabCloud, Plain } from './cloud.ts'
import { control } from './control.ts'
import { Faults } from './faults.ts'
import { keep, load } from './keep.ts'
import { type Exchange, listen } from './server.ts'

export type { LabCloud, Plain } from './cloud.ts'
export type { FaultRule, Trouble } from './faults.ts'

export interface LabOptions {
  /** The clouds that it answers for; each brings what there is at the start, and again after a reset. */
  clouds: readonly LabCloud[]
  /** Where the estates are kept after each change, and taken from at the start. */
  file?: string
  /** A free one when missing. */
  port?: number
  /** Milliseconds until the data planes know of a change; 1000 when missing. */
  propagationMs?: number
  /** Milliseconds that the `Date` of its answers is ahead of its clock: as if the clock of everybody else were off. */
  dateOffset?: number
  /** Told of every exchange after it was answered. */
  record?: (exchange: RecordedExchange) => void
}

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

export interface Lab {
  /** The same for as long as its file is. */
  readonly id: string
  /** `http://127.0.0.1:<port>`: for all services of all clouds. */
  readonly endpoint: string
  /** Credentials for the tool under test, by cloud. */
  readonly responders: { readonly [cloud: string]: unknown }
  readonly clock: LabClock
  readonly faults: Faults
  readonly calls: Calls
  readonly clouds: readonly LabCloud[]
  /** What is compared before and after, by cloud. */
  snapshot(): { [cloud: string]: Plain }
  /** Back to the estates that it began with. Moves the clock nowhere. */
  reset(): Promise<void>
  close(): Promise<void>
}

/**
 * Starts a lab on the loopback interface: real SDK clients work with it when they are given its endpoint.
 * @throws TypeError when the file is none of ours; system errors of listen
 */
export async function startLab(options: LabOptions): Promise<Lab> {
  const { clouds, file, port = 0, propagationMs = 1000, record } = options
  const kept = file === undefined ? undefined : await load(file)
  const id = kept?.id ?? `lab-${randomUUID()}`
  const clock = new LabClock(kept?.clockOffset)
  const faults = new Faults()
  const calls = new Calls()
  const shared = { clock, propagationMs }
  for (const cloud of clouds) cloud.open(shared, kept?.estates[cloud.cloud])

  const estates = () => ({
    // A cloud that this lab was not started with stays as it was.
    ...kept?.estates,
    ...Object.fromEntries(clouds.map(each => [each.cloud, each.estate()])),
  })
  const keeper =
    file === undefined ? undefined : keep(file, () => ({ id, clockOffset: clock.offset, estates: estates() }))
  if (kept === undefined) await keeper?.()

  const serve = async (exchange: Exchange) => {
    if (exchange.url.startsWith('/_lab')) {
      await control({ lab, keep: async () => keeper?.() }, exchange)
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
    const { service, operation, caller, params } = inquiry
    calls.add(service, operation, caller)
    const trouble = faults.strike({ cloud: cloud.cloud, service, operation, caller, params })
    if (trouble?.kind === 'reset') {
      exchange.reset()
      return
    }
    if (trouble?.kind === 'hang') {
      await exchange.hang()
      return
    }
    const { answer, changed } = inquiry.run(trouble)
    if (trouble?.kind === 'vanish') cloud.vanish(trouble.of, trouble.name)
    if (changed || trouble?.kind === 'vanish') await keeper?.()
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
    snapshot: () => Object.fromEntries(clouds.map(each => [each.cloud, each.snapshot()])),
    async reset() {
      for (const cloud of clouds) cloud.open(shared)
      await keeper?.()
    },
    close: () => server.close(),
  }
  return lab
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
