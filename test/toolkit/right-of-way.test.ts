import { describe, expect, it } from 'vitest'
import { Lane } from '../../src/clouds/kit/http/lane.ts'
import { asking } from '../../src/model/purpose.ts'
import { RightOfWay } from '../../src/toolkit/watch/right-of-way.ts'
import { VirtualTime } from '../engine/virtual-time.ts'

/** A firing that is in hand until it is ended. */
function firing(way: RightOfWay): { end(): void } {
  const { promise, resolve } = Promise.withResolvers<void>()
  void way.during(() => promise)
  return { end: resolve }
}

const width = { atOnce: 4 }

describe('the right of way of a firing', () => {
  it('keeps the reads of a guard, also of the tasks that it begins, until no firing is in hand; its writes go', async () => {
    const time = new VirtualTime()
    const way = new RightOfWay(time)
    const lane = new Lane(
      { reads: width, writes: width },
      { rated: false, timing: time, throttleOf: () => undefined },
    )
    const order: string[] = []
    const call = (name: string, kind: 'read' | 'write' = 'read') =>
      lane.run({ kind, family: 'iam' }, async () => void order.push(name))
    const first = firing(way)
    const second = firing(way)
    const guard = asking({ purpose: 'other', giveWay: () => way.give() }, () =>
      Promise.all([call('look'), asking({ purpose: 'sweep' }, () => call('sweep')), call('write', 'write')]),
    )
    await call('of the firing')
    first.end()
    await call('of the other firing')
    expect(order).toEqual(['write', 'of the firing', 'of the other firing'])
    second.end()
    await guard
    expect(order.slice(3).sort()).toEqual(['look', 'sweep'])
  })

  it('ends after 300 ms for a read, however long the firing takes', async () => {
    const time = new VirtualTime()
    const way = new RightOfWay(time)
    const from = time.now()
    firing(way)
    await way.give()
    expect(time.now() - from).toBe(300)
  })

  it('costs nothing where no firing is in hand, and ends with a firing that fails', async () => {
    const way = new RightOfWay(new VirtualTime())
    expect(way.give()).toBeUndefined()
    await expect(way.during(() => Promise.reject(new Error('the cloud says no')))).rejects.toThrow()
    expect(way.give()).toBeUndefined()
  })
})
