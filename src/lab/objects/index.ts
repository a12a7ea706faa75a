import { Calls } from '../calls.ts'
import { LabClock } from '../clock.ts'
import { Faults } from '../faults.ts'
import { type Exchange, listen } from '../server.ts'
import { blob } from './blob.ts'
import { gcs } from './gcs.ts'
import { s3 } from './s3.ts'
import { type ObjectCall, type ObjectWire, Shelf, type Shelves } from './shelf.ts'

const WIRES: readonly ObjectWire[] = [gcs, s3, blob]

export interface ObjectLabOptions {
  /** Names in one page of a list. */
  pageSize?: number
  /** HTTP methods whose conditions are ignored, as some compatible services do. */
  ignores?: readonly string[]
}

export interface ObjectLab {
  /** `http://127.0.0.1:<port>`, for Amazon S3, Cloud Storage and Azure Blob Storage. */
  readonly endpoint: string
  readonly clock: LabClock
  readonly faults: Faults
  readonly calls: Calls
  /** The objects of a bucket, which is made when it is new. */
  bucket(name: string): Shelf
  close(): Promise<void>
}

/**
 * Starts the object stores of a lab on the loopback interface, which hold every write to its condition. Nothing is kept on disk.
 */
export async function startObjects({
  pageSize = 1_000,
  ignores = [],
}: ObjectLabOptions = {}): Promise<ObjectLab> {
  const clock = new LabClock()
  const faults = new Faults()
  const calls = new Calls()
  const made = new Map<string, Shelf>()
  const shelves: Shelves = { find: bucket => made.get(bucket), pageSize, ignores: new Set(ignores) }

  const serve = async (exchange: Exchange) => {
    const call = callOf(shelves, exchange)
    if (!call) {
      const body = `the object stores of the lab do not know ${exchange.method} ${exchange.url}\n`
      await exchange.answer(501, { 'content-type': 'text/plain' }, body)
      return
    }
    const { cloud, service, operation, caller, params } = call
    calls.add(service, operation, caller)
    const trouble = faults.strike({ cloud, service, operation, caller, params })
    if (trouble?.kind === 'reset') return exchange.reset()
    if (trouble?.kind === 'hang') return await exchange.hang()
    if (trouble?.kind === 'throttle') return await send(exchange, call.refuse('SlowDown', 503))
    if (trouble?.kind === 'error') return await send(exchange, call.refuse(trouble.code, trouble.status))
    const answer = call.run()
    if (trouble?.kind === 'applied-then-reset') return exchange.reset()
    if (trouble?.kind === 'applied-then-503')
      return await send(exchange, call.refuse('ServiceUnavailable', 503))
    if (trouble?.kind === 'half-answer')
      return await exchange.half(answer.status, answer.headers, answer.body)
    await send(exchange, answer)
  }

  const server = await listen(0, serve, () => clock.ms())
  return {
    endpoint: `http://127.0.0.1:${server.port}`,
    clock,
    faults,
    calls,
    bucket(name) {
      const shelf = made.get(name) ?? new Shelf()
      made.set(name, shelf)
      return shelf
    },
    close: () => server.close(),
  }
}

function callOf(shelves: Shelves, exchange: Exchange): ObjectCall | undefined {
  for (const wire of WIRES) {
    const call = wire(shelves, exchange)
    if (call) return call
  }
  return undefined
}

async function send(exchange: Exchange, answer: ReturnType<ObjectCall['run']>): Promise<void> {
  await exchange.answer(answer.status, answer.headers, answer.body)
}
