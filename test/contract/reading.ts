import { afterEach } from 'vitest'
import type { Facet } from '../../src/model/facet.ts'
import type { Context, Interruption } from '../../src/model/interruption.ts'
import type { Json } from '../../src/model/json.ts'
import { find, type Range } from './suite.ts'

/** Closes what a test opened, also between two looks of one test. */
export function rangeOfTest<R extends Range>(): (opened: R) => Promise<R> {
  let open: R | undefined
  const close = async () => {
    await open?.close()
    open = undefined
  }
  afterEach(close)
  return async opened => {
    await close()
    open = opened
    return opened
  }
}

/** An interruption's reading of an identity and its target, before anything is written. */
export async function look<R extends Range>(
  range: R,
  subject: Interruption,
  name: string,
  params: Json = {},
) {
  const { session } = range
  const identity = await find(session, subject.on, name)
  const base: Context = {
    run: 'c0de',
    now: range.now(),
    identity,
    params: subject.params.parse(params) as Json,
    exhausted: [],
  }
  const reading = await subject.read(session.client, base)
  if (!reading) throw new Error(`${identity.id} is gone`)
  const context: Context = { ...base, ...(reading.seen === undefined ? {} : { seen: reading.seen }) }
  const { facet, seen } = reading
  const seed = range.snapshot()
  range.operations()
  return {
    range,
    session: range.session as R['session'],
    identity,
    context,
    facet,
    seen,
    refusal: subject.refuse?.(facet, context),
    cut: subject.cut(facet, context),
    write: (to: Facet, from = facet) => subject.write(session.client, from, to, context),
    horizon: subject.horizon?.(identity),
    oneWay: async () => await subject.oneWay?.(session.client, context),
    seed,
    snapshot: () => range.snapshot(),
    written: () => range.writes(),
  }
}
