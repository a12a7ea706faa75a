import { randomUUID } from 'node:crypto'
import { dispatch, type Inquiry } from './aws/dispatch.ts'
import { keyOf, LiveEstate } from './aws/estate.ts'
import { isAnswer, receive } from './aws/receive.ts'
import { type Plain, snapshotOf } from './aws/snapshot.ts'
import type { Estate, Responder } from './aws/store.ts'
import type { Answer } from './aws/wire.ts'
import { Calls } from './calls.ts'
import { LabClock } from './clock.ts'
import { control } from './control.ts'
import { Faults, type Trouble } from './faults.ts'
import { keep, load } from './keep.ts'
import { type Exchange, listen } from './server.ts'

export type { Plain } from './aws/snapshot.ts'
export type { Estate, Responder } from './aws/store.ts'
export type { FaultRule, Trouble } from './faults.ts'

export interface LabOptions {
  /** What there is at the start, and again after a reset. Needed unless `file` is there already. */
  estate?: Estate | (() => Estate)
  /** Where the estate is kept after each change, and taken from at the start. */
  file?: string
  /** A free one when missing. */
  port?: number
  /** Milliseconds until the data plane knows of a change; 1000 when missing. */
  propagationMs?: number
  /** Told of every exchange after it was answered. */
  record?: (exchange: RecordedExchange) => void
}

/** `params` as they came: flat names for the query protocols, the parsed body for JSON. Headers and body are the answer's. */
export interface RecordedExchange {
  service: string
  operation: string
  params: Record<string, unknown>
  headers: Record<string, string>
  status: number
  body: string
}

export interface Lab {
  /** The same for as long as its file is. */
  readonly id: string
  /** `http://127.0.0.1:<port>`: for all services. */
  readonly endpoint: string
  /** Credentials for the tool under test. */
  readonly responder: Responder
  readonly clock: LabClock
  readonly faults: Faults
  readonly calls: Calls
  /** All of it, as plain data. */
  estate(): Estate
  /** What is compared before and after: see {@link snapshotOf}. */
  snapshot(): Plain
  /** Back to the estate that it began with. Moves the clock nowhere. */
  reset(): Promise<void>
  close(): Promise<void>
}

/**
 * Starts a lab on the loopback interface: real SDK clients work with it when they are given its endpoint.
 * @throws TypeError when there is neither an estate nor a file, or the file is none of ours; system errors of listen
 */
export async function startLab(options: LabOptions): Promise<Lab> {
  const { file, port = 0, propagationMs = 1000, record } = options
  const kept = file === undefined ? undefined : await load(file)
  const first = kept?.estate ?? fresh(options)
  const id = kept?.id ?? `lab-${randomUUID()}`
  const clock = new LabClock(kept?.clockOffset)
  const faults = new Faults()
  const calls = new Calls()
  let estate = new LiveEstate(first, clock, propagationMs)

  const keeper =
    file === undefined
      ? undefined
      : keep(file, () => ({ id, clockOffset: clock.offset, estate: estate.toEstate() }))
  if (kept === undefined) await keeper?.()

  const reset = async () => {
    estate = new LiveEstate(options.estate === undefined ? first : fresh(options), clock, propagationMs)
    await keeper?.()
  }
  const serve = async (exchange: Exchange) => {
    if (exchange.url.startsWith('/_lab')) {
      await control({ lab, keep: async () => keeper?.() }, exchange)
      return
    }
    const inquiry = receive(exchange)
    if (isAnswer(inquiry)) {
      await send(exchange, inquiry)
      return
    }
    await answerTo(inquiry, exchange)
  }
  const answerTo = async (inquiry: Inquiry, exchange: Exchange) => {
    const { service, operation, signature } = inquiry
    const params = service === 'secretsmanager' ? { ...inquiry.input } : inquiry.params.toObject()
    const accessKeyId = signature?.accessKeyId
    calls.add(service, operation, accessKeyId)
    const trouble = faults.strike({ service, operation, accessKeyId, params })
    if (trouble?.kind === 'reset') {
      exchange.reset()
      return
    }
    if (trouble?.kind === 'hang') {
      await exchange.hang()
      return
    }
    const [answer, changed] = dispatch({ estate, clock, delay: propagationMs }, inquiry, trouble)
    if (trouble?.kind === 'vanish') vanish(estate, trouble)
    if (changed || trouble?.kind === 'vanish') await keeper?.()
    if (trouble?.kind === 'applied-then-reset') {
      exchange.reset()
      return
    }
    await send(exchange, answer)
    record?.({ service, operation, params, ...answer })
  }

  const server = await listen(port, serve)
  const lab: Lab = {
    id,
    endpoint: `http://127.0.0.1:${server.port}`,
    get responder() {
      return estate.responder
    },
    clock,
    faults,
    calls,
    estate: () => estate.toEstate(),
    snapshot: () => snapshotOf(estate),
    reset,
    close: () => server.close(),
  }
  return lab
}

function fresh({ estate, file }: LabOptions): Estate {
  if (estate === undefined) {
    throw new TypeError(file === undefined ? 'a lab needs an estate' : `there is no lab in ${file} yet`)
  }
  return typeof estate === 'function' ? estate() : estate
}

async function send(exchange: Exchange, { status, headers, body }: Answer): Promise<void> {
  await exchange.answer(status, headers, body)
}

function vanish({ accounts }: LiveEstate, { user, role }: Extract<Trouble, { kind: 'vanish' }>): void {
  for (const { users, roles } of accounts.values()) {
    if (user !== undefined && users.get(keyOf({ name: user }))) users.delete(keyOf({ name: user }))
    if (role !== undefined && roles.get(keyOf({ name: role }))) roles.delete(keyOf({ name: role }))
  }
}
